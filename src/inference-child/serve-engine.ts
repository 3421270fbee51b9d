import type { FromInferenceChild, ToInferenceChild } from '../node/inference/contract.ts'
import { returnMemory } from '../node/return-memory.ts'
import { DriadError } from '../protocol/errors.ts'
import type { LlamaEngine } from './llama-engine.ts'
import type { ParentPort } from './parent-port.ts'
import { TextOutbox } from './text-outbox.ts'

export interface ServeEngineInit {
  /** How often the parent is told that this process is alive. */
  readonly beatIntervalMs?: number
  /** Called once everything is freed after a `shutdown`. */
  readonly onShutdown: () => void
}

/** Answers a parent's requests with an engine, until it is told to shut down. */
export function serveEngine(
  components: { port: ParentPort; engine: LlamaEngine },
  init: ServeEngineInit,
): void {
  const { port, engine } = components
  const running = new Map<number, AbortController>()
  const texts = new TextOutbox((message) => port.send(message))
  const beat = setInterval(
    () => port.send({ type: 'beat', progress: engine.progress, residentBytes: process.memoryUsage.rss() }),
    init.beatIntervalMs ?? 1000,
  )

  engine.onThreads = (model, threads) => port.send({ type: 'threads', model, threads })

  const answer = async (
    id: number,
    work: (signal: AbortSignal) => Promise<FromInferenceChild>,
  ): Promise<void> => {
    const controller = new AbortController()
    running.set(id, controller)
    try {
      const answer = await work(controller.signal).catch((error: unknown) =>
        failure(id, error, controller.signal),
      )
      texts.flush()
      port.send(answer)
    } finally {
      running.delete(id)
    }
  }

  const handle = async (message: ToInferenceChild): Promise<void> => {
    switch (message.type) {
      case 'load':
        return answer(message.id, async (signal) => ({
          type: 'loaded',
          id: message.id,
          model: await engine.load(message.request, { signal }),
          residentBytes: process.memoryUsage.rss(),
        }))
      case 'unload':
        return answer(message.id, async () => {
          await engine.unload(message.name)
          await returnMemory()
          return { type: 'unloaded', id: message.id, residentBytes: process.memoryUsage.rss() }
        })
      case 'generate':
        return answer(message.id, async (signal) => ({
          type: 'generated',
          id: message.id,
          result: await engine.generate(message.request, {
            signal,
            ...(message.textPace !== undefined && {
              textPace: message.textPace,
              onText: (piece) => texts.push(message.id, piece),
            }),
          }),
        }))
      case 'embed':
        return answer(message.id, async (signal) => ({
          type: 'embedded',
          id: message.id,
          result: await engine.embed(message.request, { signal }),
        }))
      case 'score':
        return answer(message.id, async (signal) => ({
          type: 'scored',
          id: message.id,
          result: await engine.score(message.request, { signal }),
        }))
      case 'benchmark':
        return answer(message.id, async (signal) => ({
          type: 'benchmarked',
          id: message.id,
          result: await engine.benchmark(message.model, { signal }),
        }))
      case 'abort':
        running.get(message.id)?.abort()
        return
      case 'limit':
        engine.limitCompute(message.computeShare)
        return
      case 'shutdown':
        clearInterval(beat)
        await engine.dispose()
        init.onShutdown()
    }
  }
  port.onMessage((message) => void handle(message))
}

function failure(id: number, error: unknown, signal: AbortSignal): FromInferenceChild {
  if (signal.aborted && error === signal.reason)
    return { type: 'failed', id, code: 'aborted', message: 'Aborted' }
  const { code, message, issues } = DriadError.from(error)
  return { type: 'failed', id, code, message, ...(issues.length > 0 && { issues }) }
}
