import type { DriadError } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import type { InferenceView, ModelView } from '../../protocol/views.ts'
import type { SupervisedModel } from '../inference/contract.ts'
import { memoryParts } from './memory-parts.ts'
import type { ModelEntry } from './model-entry.ts'

export interface ModelSituation {
  readonly engine: InferenceView
  readonly supervised: SupervisedModel | undefined
  /** Why it cannot be loaded now, whatever is in memory. */
  readonly suspended: DriadError | undefined
  /** Whether it is being loaded, or about to be. */
  readonly loading: boolean
  readonly running: number
  /** Its own price or the settings'. */
  readonly price: Price
}

/** A model as the window and `driad models list` show it. */
export function modelView(entry: ModelEntry, situation: ModelSituation): ModelView {
  const { supervised, price, running } = situation
  const { info, digest, name, path, builtIn, wish, notice, benchmark } = entry
  const loaded = supervised?.state === 'ready' ? supervised.loaded : undefined
  return {
    name,
    path,
    builtIn,
    ...stateOf(entry, situation),
    sizeBytes: loaded?.sizeBytes ?? info?.sizeBytes ?? 0,
    ...(digest !== undefined && { sha256: Buffer.from(digest).toString('hex') }),
    ...(info !== undefined && {
      architecture: info.architecture,
      quantisation: info.quantisation,
      parameterCount: info.parameterCount,
      hasChatTemplate: info.hasChatTemplate,
      ...(info.contextLength !== undefined && { contextSize: info.contextLength }),
      ...(info.licence !== undefined && { licence: info.licence }),
    }),
    ...(loaded !== undefined && {
      contextSize: loaded.contextSize,
      hasChatTemplate: loaded.hasChatTemplate,
      slots: loaded.slots,
      device: loaded.device,
      gpuLayers: loaded.gpuLayers,
      totalLayers: loaded.totalLayers,
      threads: loaded.threads,
      memoryBytes: loaded.memoryBytes,
      ...(info !== undefined && { memory: memoryParts(info, loaded) }),
      kvType: loaded.kvType,
      tokensPerSecond: loaded.tokensPerSecond,
    }),
    running,
    preload: wish.preload,
    ...(wish.slots !== undefined && { ownSlots: wish.slots }),
    ...(wish.contextSize !== undefined && { ownContextSize: wish.contextSize }),
    ...(wish.kvType !== undefined && { ownKvType: wish.kvType }),
    ...(wish.draftPath !== undefined && { draftPath: wish.draftPath }),
    ...(loaded !== undefined && notice !== undefined && { notice }),
    ...(benchmark !== undefined && { benchmark }),
    promptMicroPer1k: String(price.promptMicroPer1k),
    completionMicroPer1k: String(price.completionMicroPer1k),
    ownPrice: entry.price !== undefined,
  }
}

function stateOf(
  entry: ModelEntry,
  { engine, supervised, suspended, loading }: ModelSituation,
): Pick<ModelView, 'state' | 'error'> {
  if (!entry.enabled) return { state: 'unloaded' }
  if (entry.error !== undefined) return { state: 'failed', error: told(entry.error) }
  if (suspended !== undefined && supervised?.state !== 'ready') {
    return { state: 'suspended', error: told(suspended) }
  }
  if (loading && engine.state !== 'broken' && supervised?.state !== 'ready') return { state: 'loading' }
  if (supervised === undefined) return { state: engine.state === 'stopped' ? 'unloaded' : 'idle' }
  if (supervised.state === 'failed') return { state: 'failed', error: told(supervised.error) }
  if (supervised.state === 'suspended') return { state: 'suspended', error: told(supervised.error) }
  if (engine.state === 'broken') {
    const message = engine.reason ?? 'The inference process does not run'
    return { state: 'failed', error: { code: 'inference_crashed', message } }
  }
  return { state: supervised.state === 'ready' && engine.state === 'ready' ? 'ready' : 'loading' }
}

function told({ code, message }: DriadError): NonNullable<ModelView['error']> {
  return { code, message }
}
