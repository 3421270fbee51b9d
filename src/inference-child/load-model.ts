import { totalmem } from 'node:os'
import { InsufficientMemoryError, type LlamaContext, type LlamaModel } from 'node-llama-cpp'
import type { LoadedModel, LoadRequest } from '../node/inference/contract.ts'
import { DriadError } from '../protocol/errors.ts'
import { type GgufInfo, inspectGguf } from '../protocol/gguf/inspect-gguf.ts'
import { estimateMemory } from '../protocol/model-fit/estimate-memory.ts'
import { PLAN_BATCH_TOKENS, plainPlan } from '../protocol/model-fit/memory-plan.ts'
import { type MemoryKind, outOfMemory } from '../protocol/out-of-memory.ts'
import { isTextVariant, PromptBuilder } from './chat-prompt.ts'
import { checkWeights } from './check-weights.ts'
import { Decoder } from './decoder/decoder.ts'
import { Embedder } from './embedder.ts'
import type { Backend } from './llama-backend.ts'
import { measureSpeed } from './measure-speed.ts'
import { openDraft } from './open-draft.ts'
import { type SequenceSlot, ServedModel } from './served-model.ts'
import { SlotPool } from './slot-pool.ts'
import { bestThreads, measureThreads, threadCounts } from './thread-choice.ts'

/** Where a file does not say what it was trained on. */
const FALLBACK_CONTEXT_TOKENS = 4096
const MIN_CONTEXT_TOKENS = 64
export const MAX_SLOTS = 64
/** The context that layers are fitted beside, where it is larger: fitting takes longer the larger it is. */
const FITTED_CONTEXT_TOKENS = 65_536
/** What llama.cpp and its backends complain of where an allocation fails, and which of these are a GPU's. */
const ALLOCATION_FAILED =
  /unable to allocate|failed to allocate|allocation of size|out of (?:device |host )?memory/i
const ON_THE_GPU = /cuda|vulkan|metal|device/i
/** Of llama.cpp's `llama_pooling_type`. */
const MEAN_POOLING = 1
/** As node-llama-cpp calls them. */
const KV_TYPES = { f16: 'F16', q8_0: 'Q8_0', q4_0: 'Q4_0' } as const
/** More than any model has. */
const MAX_GPU_LAYERS = 10_000
/** Generations that may wait for each slot. */
const WAITING_PER_SLOT = 64

export interface LoadOptions {
  readonly signal?: AbortSignal
  readonly onProgress: () => void
  /** Cores that other processes use. */
  readonly othersCores: number
}

/**
 * Loads a model: the file is checked first, then llama.cpp gets it, then threads are chosen and the speed is measured.
 * Throws `model_not_found`, `model_invalid`, `out_of_memory`, or the signal's reason.
 */
export async function loadModel(
  request: LoadRequest,
  backendOf: (gpu: LoadRequest['gpu']) => Promise<Backend>,
  options: LoadOptions,
): Promise<ServedModel> {
  const { signal } = options
  const startedMs = performance.now()
  checkRequest(request)
  const file = await inspectGguf(request.path, options)
  const backend = await backendOf(request.gpu)
  signal?.throwIfAborted()
  const vram = backend.llama.gpu === false ? 0 : (await backend.llama.getVramState()).total
  if (file.sizeBytes > totalmem() + vram) throw tooLarge(request, 'ram')
  const before = { startedMs, residentBytes: process.memoryUsage.rss() }
  const model = await loadWeights(request, file, backend, signal)
  try {
    return await serve(request, file, backend, model, before, options)
  } catch (error) {
    // Disposing a model disposes its contexts.
    await model.dispose()
    throw error
  }
}

async function serve(
  request: LoadRequest,
  file: GgufInfo,
  backend: Backend,
  model: LlamaModel,
  before: { readonly startedMs: number; readonly residentBytes: number },
  { signal, onProgress, othersCores }: LoadOptions,
): Promise<ServedModel> {
  const threads = await threadsFor(request, backend, model, { othersCores, signal })
  const context = await createContext({ request, file, backend, model }, threads, signal)
  const decoder = new Decoder({ context, turns: backend.turns }, { checkpointed: needsCheckpoints(model) })
  // Models that make vectors have no logits.
  if (file.pooling === undefined) await checkWeights(model, decoder, request.path, signal)
  const tokensPerSecond = await measureSpeed(model, decoder, signal)
  const { slots: slotCount, draftPath } = request
  const draft =
    draftPath === undefined
      ? undefined
      : await openDraft(
          { backend, target: context },
          {
            path: draftPath,
            contextSize: context.contextSize,
            slots: slotCount,
            threads,
            batchTokens: PLAN_BATCH_TOKENS,
          },
          signal,
        )

  const hasChatTemplate = file.hasChatTemplate && !isTextVariant(request.name)
  const prompts = new PromptBuilder(model, { chat: hasChatTemplate })
  const slots = new SlotPool<SequenceSlot>(
    decoder.sequences.map((sequence) => ({ sequence, tokens: () => sequence.tokens })),
    { maxWaiting: request.slots * WAITING_PER_SLOT },
  )
  const info: LoadedModel = {
    ...describe(request, file, backend, model, context),
    threads,
    hasChatTemplate,
    tokensPerSecond,
    residentBytes: Math.max(0, process.memoryUsage.rss() - before.residentBytes),
    loadMs: performance.now() - before.startedMs,
  }
  const embedder = new Embedder(
    { model, turns: backend.turns },
    { threads, native: file.pooling !== undefined, onProgress },
  )
  return new ServedModel(
    { model, context, decoder, draft, prompts, slots, embedder, turns: backend.turns, onProgress },
    info,
    {
      defaultTemperature: file.temperature,
      // What the operator chose stays, and a GPU has no use for more.
      governed:
        request.threads !== undefined || onGpuAlone(model)
          ? undefined
          : { cores: backend.cores, othersCores },
    },
  )
}

async function loadWeights(
  request: LoadRequest,
  file: GgufInfo,
  backend: Backend,
  signal?: AbortSignal,
): Promise<LlamaModel> {
  backend.takeComplaints()
  try {
    return await backend.llama.loadModel({
      modelPath: request.path,
      ...(backend.llama.gpu !== false && { gpuLayers: layersFor(request, file) }),
      // Vectors of a generation model are the mean over its tokens. Nothing else looks at this.
      ...(file.pooling === undefined && {
        metadataOverrides: { [file.architecture]: { pooling_type: MEAN_POOLING } } as never,
      }),
      ...(signal !== undefined && { loadSignal: signal }),
    })
  } catch (cause) {
    signal?.throwIfAborted()
    const complaints = backend.takeComplaints()
    const failed = failedAllocation(complaints)
    if (failed !== undefined) throw tooLarge(request, failed, cause)
    if (cause instanceof InsufficientMemoryError) {
      throw tooLarge(request, /vram/i.test(cause.message) ? 'vram' : 'ram', cause)
    }
    const complaint = complaints.at(0) ?? (cause instanceof Error ? cause.message : String(cause))
    throw new DriadError('model_invalid', `${request.path}: llama.cpp cannot load it: ${complaint}`, {
      cause,
    })
  }
}

/** As many layers as fit into what is free on the GPU beside the whole context, with a margin left; see `vramMargin`. */
function layersFor(request: LoadRequest, file: GgufInfo) {
  if (request.gpu === 'off' || request.gpuLayers === 0) return 0
  const trained = file.contextLength ?? FALLBACK_CONTEXT_TOKENS
  const contextSize = Math.min(request.contextSize ?? trained, trained) * request.slots
  return {
    ...(request.gpuLayers !== undefined && { max: request.gpuLayers }),
    fitContext: { contextSize: Math.min(contextSize, FITTED_CONTEXT_TOKENS) },
  }
}

/** Which memory an allocation failed in, if that is what llama.cpp complains of. */
function failedAllocation(complaints: readonly string[]): MemoryKind | undefined {
  const failed = complaints.filter((line) => ALLOCATION_FAILED.test(line))
  if (failed.length === 0) return undefined
  return failed.some((line) => ON_THE_GPU.test(line)) ? 'vram' : 'ram'
}

async function threadsFor(
  request: LoadRequest,
  backend: Backend,
  model: LlamaModel,
  { othersCores, signal }: { othersCores: number; signal: AbortSignal | undefined },
): Promise<number> {
  if (request.threads !== undefined) {
    backend.llama.maxThreads = Math.max(backend.llama.maxThreads, request.threads)
    return request.threads
  }
  // With all layers on a GPU, the threads have next to nothing to do.
  if (onGpuAlone(model)) return Math.max(1, backend.cores - 1)
  const counts = threadCounts(backend.cores, othersCores)
  return bestThreads(await measureThreads({ model, turns: backend.turns }, counts, { signal }))
}

function onGpuAlone(model: LlamaModel): boolean {
  return model.gpuLayers >= model.fileInsights.totalLayers
}

/** What a context is made of. */
interface Loading {
  readonly request: LoadRequest
  readonly file: GgufInfo
  readonly backend: Backend
  readonly model: LlamaModel
}

async function createContext(
  { request, file, backend, model }: Loading,
  threads: number,
  signal?: AbortSignal,
): Promise<LlamaContext> {
  const trained = model.trainContextSize > 0 ? model.trainContextSize : FALLBACK_CONTEXT_TOKENS
  const contextSize = Math.min(request.contextSize ?? trained, trained)
  await checkMemory({ request, file, model }, contextSize)
  signal?.throwIfAborted()
  backend.takeComplaints()
  try {
    return await model.createContext({
      contextSize,
      sequences: request.slots,
      batchSize: PLAN_BATCH_TOKENS,
      threads,
      failedCreationRemedy: false,
      ...(request.kvType !== undefined && {
        experimentalKvCacheKeyType: KV_TYPES[request.kvType],
        experimentalKvCacheValueType: KV_TYPES[request.kvType],
      }),
      ...(signal !== undefined && { createSignal: signal }),
    })
  } catch (cause) {
    signal?.throwIfAborted()
    // What remains to fail here is the allocation of the context's memory.
    throw tooLarge(request, failedAllocation(backend.takeComplaints()) ?? 'ram', cause)
  }
}

/** Keys, values and buffers as the rest of the program estimates them. What that misses, llama.cpp refuses to allocate. */
async function checkMemory(
  { request, file, model }: { request: LoadRequest; file: GgufInfo; model: LlamaModel },
  contextSize: number,
): Promise<void> {
  if (file.shape === undefined) return
  const { cache, compute } = estimateMemory(
    { shape: file.shape, weightsBytes: file.sizeBytes },
    plainPlan({
      contextSize,
      slots: request.slots,
      gpuLayers: model.gpuLayers,
      ...(request.kvType !== undefined && { kvType: request.kvType }),
    }),
  )
  const ram = await model.llama.getRamState()
  if (cache.ram + compute.ram > Math.min(ram.free, process.availableMemory())) throw tooLarge(request, 'ram')
  if (cache.vram + compute.vram > (await model.llama.getVramState()).free) throw tooLarge(request, 'vram')
}

function tooLarge(request: LoadRequest, kind: MemoryKind, cause?: unknown): DriadError {
  const memory = kind === 'vram' ? 'memory on the GPU' : 'memory'
  return outOfMemory(
    kind,
    `There is not enough ${memory} for ${request.name} with ${request.slots} slots; use fewer slots, a smaller context or a smaller model`,
    { cause },
  )
}

/** Recurrent models keep no state but the last, windowed ones only that of the last tokens. */
function needsCheckpoints({ fileInsights }: LlamaModel): boolean {
  return fileInsights.isRecurrent || fileInsights.isHybrid || fileInsights.swaSize !== undefined
}

function describe(
  request: LoadRequest,
  file: GgufInfo,
  backend: Backend,
  model: LlamaModel,
  context: LlamaContext,
): Omit<LoadedModel, 'threads' | 'hasChatTemplate' | 'tokensPerSecond' | 'residentBytes' | 'loadMs'> {
  const used = [model.memoryUsage, context.memoryUsage]
  const gpu = model.gpuLayers > 0 ? backend.llama.gpu : false
  return {
    name: request.name,
    path: request.path,
    architecture: file.architecture,
    quantisation: file.quantisation,
    parameterCount: file.parameterCount,
    sizeBytes: file.sizeBytes,
    contextSize: context.contextSize,
    trainContextSize: model.trainContextSize,
    slots: request.slots,
    kvType: request.kvType ?? 'f16',
    device: gpu === false ? 'CPU' : (backend.gpuName ?? 'GPU'),
    backend: gpu === false ? 'cpu' : gpu,
    gpuLayers: model.gpuLayers,
    totalLayers: model.fileInsights.totalLayers,
    memoryBytes: used.reduce((sum, { ram, vram }) => sum + ram + vram, 0),
    contextBytes: context.memoryUsage.ram + context.memoryUsage.vram,
  }
}

function checkRequest({ slots, contextSize, threads, gpuLayers }: LoadRequest): void {
  const whole = (value: number, least: number, most: number) =>
    Number.isSafeInteger(value) && value >= least && value <= most
  if (!whole(slots, 1, MAX_SLOTS)) {
    throw new DriadError('bad_setting', `slots must be between 1 and ${MAX_SLOTS}, it is ${slots}`)
  }
  if (contextSize !== undefined && !whole(contextSize, MIN_CONTEXT_TOKENS, 2 ** 31)) {
    throw new DriadError(
      'bad_setting',
      `The context must have at least ${MIN_CONTEXT_TOKENS} tokens, not ${contextSize}`,
    )
  }
  if (threads !== undefined && !whole(threads, 1, 1024)) {
    throw new DriadError('bad_setting', `threads must be between 1 and 1024, it is ${threads}`)
  }
  if (gpuLayers !== undefined && !whole(gpuLayers, 0, MAX_GPU_LAYERS)) {
    throw new DriadError(
      'bad_setting',
      `gpuLayers must be between 0 and ${MAX_GPU_LAYERS}, it is ${gpuLayers}`,
    )
  }
}
