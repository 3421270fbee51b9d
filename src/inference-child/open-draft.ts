import type { LlamaContext, LlamaModel } from 'node-llama-cpp'
import { DriadError } from '../protocol/errors.ts'
import { inspectGguf } from '../protocol/gguf/inspect-gguf.ts'
import { Decoder } from './decoder/decoder.ts'
import { Draft } from './decoder/draft.ts'
import type { Backend } from './llama-backend.ts'

export interface OpenDraft {
  readonly draft: Draft
  dispose(): Promise<void>
}

export interface DraftInit {
  readonly path: string
  readonly contextSize: number
  readonly slots: number
  readonly threads: number
  readonly batchTokens: number
}

/** What compares two vocabularies, beneath node-llama-cpp 3.22.1; see `decoder/bindings.ts`. */
interface ComparableContext {
  readonly _ctx: { ensureDraftContextIsCompatibleForSpeculative(draft: unknown): void }
}

/**
 * Loads the small model that guesses ahead for the one of `target`, with as many sequences of the same size.
 * Throws `model_not_found`, `model_invalid` where it cannot be loaded, has another vocabulary or cannot forget a wrong
 * guess, and the signal's reason.
 */
export async function openDraft(
  { backend, target }: { backend: Backend; target: LlamaContext },
  init: DraftInit,
  signal?: AbortSignal,
): Promise<OpenDraft> {
  await inspectGguf(init.path, signal === undefined ? {} : { signal })
  const loadSignal = signal === undefined ? {} : { loadSignal: signal }
  let model: LlamaModel | undefined
  let context: LlamaContext | undefined
  const dispose = async () => {
    await context?.dispose()
    await model?.dispose()
  }
  try {
    model = await backend.llama.loadModel({ modelPath: init.path, ...loadSignal })
    const { fileInsights } = model
    if (fileInsights.isRecurrent || fileInsights.isHybrid || fileInsights.swaSize !== undefined)
      throw new Error('it cannot forget a wrong guess')
    context = await model.createContext({
      contextSize: init.contextSize,
      sequences: init.slots,
      batchSize: init.batchTokens,
      threads: init.threads,
      failedCreationRemedy: false,
      ...(signal !== undefined && { createSignal: signal }),
    })
    const { _ctx } = context as unknown as ComparableContext
    const comparable = target as unknown as ComparableContext
    comparable._ctx.ensureDraftContextIsCompatibleForSpeculative(_ctx)
    const decoder = new Decoder({ context, turns: backend.turns }, { checkpointed: false })
    return { draft: new Draft({ decoder, model }), dispose }
  } catch (cause) {
    await dispose()
    signal?.throwIfAborted()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DriadError('model_invalid', `${init.path} cannot guess for this model: ${reason}`, { cause })
  }
}
