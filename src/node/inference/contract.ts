import type { BackendProblem, DeviceKind, GpuBackend } from '../../protocol/device-views.ts'
import type { DriadError, DriadErrorCode, InputIssue } from '../../protocol/errors.ts'
import type { KvType } from '../../protocol/model-fit/memory-plan.ts'
import type { SamplingOptions } from '../../protocol/sampling.ts'
import type { FunctionCall, FunctionDefinition } from '../../protocol/tools.ts'

/**
 * The one interface to llama.cpp. Three things implement it: the engine itself (in the inference child),
 * the supervisor that runs that child and restarts it, and nothing else. Types only: the child imports this file.
 */
export interface InferenceEngine {
  /** Loads a GGUF. Throws `model_invalid`, `model_not_found`, `out_of_memory` or `inference_crashed`. */
  load(request: LoadRequest, options?: { signal?: AbortSignal }): Promise<LoadedModel>
  /** Frees a model and aborts what it was generating. Unknown names are ignored. */
  unload(name: string): Promise<void>
  /**
   * Generates text. `onText` gets new text in small groups, as `textPace` says.
   * Aborting ends it within one token and rejects with the signal's reason.
   * Throws `model_unavailable`, `context_exceeded` (a JSON that a schema asks for and `maxTokens` cuts off included),
   * `bad_workflow` (a schema that cannot be guaranteed), `no_capacity`, `inference_crashed`.
   */
  generate(request: GenerateRequest, options?: GenerateOptions): Promise<GenerateResult>
  /**
   * Vectors of texts, for the similarity of their meaning: an embedding model's own, else made of the model's hidden
   * states. Throws `model_unavailable`, `context_exceeded`, `no_capacity`, `inference_crashed`.
   */
  embed(request: EmbedRequest, options?: { signal?: AbortSignal }): Promise<EmbedResult>
  /**
   * Reads a text as the answer of a generation, and tells of each of its tokens how likely it was, and whether that very
   * generation would have chosen it. Costs about as much as a prompt of that length. Throws what `generate` throws, and
   * `bad_workflow` for functions, or where neither temperature 0 nor a seed makes the choice one that can be repeated.
   */
  score(request: ScoreRequest, options?: { signal?: AbortSignal }): Promise<ScoreResult>
  /** Measures a loaded model, in a few seconds. Generations of it wait meanwhile. Throws `model_unavailable`. */
  benchmark(model: string, options?: { signal?: AbortSignal }): Promise<BenchmarkFigures>
}

/** What a model comes to. Speeds are tokens per second. */
export interface BenchmarkFigures {
  /** Reading a prompt. */
  readonly promptTokensPerSecond: number
  /** Writing, one generation alone. */
  readonly tokensPerSecond: number
  /** Writing, all slots at once, in all. */
  readonly allSlotsTokensPerSecond: number
  /** From a short prompt to the first token. */
  readonly firstTokenMs: number
}

export interface EmbedRequest {
  readonly model: string
  /** At most `EMBED_TEXTS` at a time. What is longer than the model reads at once is cut off at its end. */
  readonly texts: readonly string[]
}

export interface EmbedResult {
  /** One per text, each of length 1 (so that a dot product is their cosine similarity), all of the model's width. */
  readonly vectors: readonly Float32Array[]
  /** Tokens read, of all texts. */
  readonly promptTokens: number
}

export interface LoadRequest {
  /** The name under which it is served. */
  readonly name: string
  /** Absolute path of the GGUF. */
  readonly path: string
  /** How many generations run side by side in one context. */
  readonly slots: number
  /** Tokens per sequence; the model's own training context where absent or larger. */
  readonly contextSize?: number
  /** Threads for CPU work; found by a short measurement where absent. */
  readonly threads?: number
  /** `auto` offloads what fits to a GPU where there is one. */
  readonly gpu: 'auto' | 'off'
  /** What keys and values are kept in; f16 where absent. */
  readonly kvType?: KvType
  /** GGUF of a small model of the same vocabulary that guesses ahead: the same text, sooner where weights are slow to read. */
  readonly draftPath?: string
  /** After so many crashes of the process during its first load it is given up; three where absent. */
  readonly maxCrashes?: number
  /** At most that many layers go to the GPU; as many as fit where absent. */
  readonly gpuLayers?: number
}

export interface LoadedModel {
  readonly name: string
  readonly path: string
  readonly architecture: string
  /** As in the GGUF's file type, e.g. `F16`, `Q4_K_M`. */
  readonly quantisation: string
  readonly parameterCount: number
  readonly sizeBytes: number
  /** Tokens per sequence. */
  readonly contextSize: number
  readonly trainContextSize: number
  readonly slots: number
  /** What keys and values are kept in. */
  readonly kvType: KvType
  readonly threads: number
  /** `CPU`, or the GPU's name; of several, all that llama.cpp may split layers over. */
  readonly device: string
  readonly backend: 'cpu' | 'cuda' | 'vulkan' | 'metal'
  readonly gpuLayers: number
  readonly totalLayers: number
  /** Weights, context and buffers, as far as llama.cpp tells. */
  readonly memoryBytes: number
  /** The part of it that is not weights. */
  readonly contextBytes: number
  /** By how much the process grew in the computer's memory, with what else it loaded meanwhile. */
  readonly residentBytes: number
  /** False for a base model: it completes the last message as it is. */
  readonly hasChatTemplate: boolean
  /** Generation speed of one sequence, measured at load. */
  readonly tokensPerSecond: number
  readonly loadMs: number
}

export type ChatMessage =
  | { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }
  /** A call that the model made before, with the answer that it is given. */
  | { readonly role: 'call'; readonly call: FunctionCall; readonly answer: string }

export interface GenerateRequest extends SamplingOptions {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly maxTokens: number
  /** Added to the logits of tokens, which are ids of this very model: -100 to 100; at most 1,024. */
  readonly logitBias?: readonly { readonly token: number; readonly bias: number }[]
  /** Tells each token's log-probability, and those of so many likeliest ones: 0 to 20. */
  readonly logProbabilities?: number
  /** JSON Schema: decoding is constrained so that the text is valid JSON of it. */
  readonly schema?: unknown
  /** Functions that the model may call, or must. Not together with `schema`. */
  readonly functions?: FunctionChoice
}

/** A token of an answer, as likely as it was before temperature and all that narrows the choice. */
export interface TokenLogProbability {
  /** Its id in the model's vocabulary. */
  readonly token: number
  readonly text: string
  /** Natural logarithm. */
  readonly logProbability: number
  /** Most likely first; the token itself may be among them. */
  readonly alternatives: readonly {
    readonly token: number
    readonly text: string
    readonly logProbability: number
  }[]
}

export interface FunctionChoice {
  readonly definitions: readonly FunctionDefinition[]
  /** `required`: the answer is a call. `auto`: a call or a text, as the model likes. */
  readonly choice: 'required' | 'auto'
}

export interface GenerateOptions {
  signal?: AbortSignal
  onText?: (piece: TextPiece) => void
  /** `live` where absent. */
  textPace?: TextPace
}

/**
 * How often text is told before it is complete. `live`: the first token at once, then every 20 ms, for somebody who reads it.
 * `calm`: every 100 ms, for who only counts it; each message costs both processes as much as some tokens of a small model.
 */
export type TextPace = 'live' | 'calm'

export interface TextPiece {
  readonly text: string
  /** Completion tokens so far, this piece's included. */
  readonly tokens: number
}

export interface GenerateResult {
  /** Empty where the model made a call. */
  readonly text: string
  /** The call that the model made, always of one of the given functions and with arguments that fit its parameters. */
  readonly call?: FunctionCall
  readonly promptTokens: number
  readonly completionTokens: number
  readonly stopReason: 'stop' | 'length'
  /** From the engine taking the request to its first token. Absent where none came. */
  readonly firstTokenMs?: number
  readonly totalMs: number
  /** One for each token, where they were asked for. */
  readonly logProbabilities?: readonly TokenLogProbability[]
}

export interface ScoreRequest extends Omit<GenerateRequest, 'logProbabilities' | 'functions'> {
  /** What the generation is said to have answered. */
  readonly text: string
  /** The text is JSON whose spaces were taken out, as a workflow's memory does: there may have been any. */
  readonly compact?: boolean
}

export interface ScoredToken {
  /** Whether the generation would have chosen it, too, after what came before it in the text. */
  readonly chosen: boolean
  /** Natural logarithm of its probability, before temperature and all that narrows the choice. */
  readonly logProbability: number
  /** The same of the likeliest one. */
  readonly best: number
}

export interface ScoreResult {
  readonly promptTokens: number
  /** Those of the text. */
  readonly tokens: readonly ScoredToken[]
  /** The one that ended the answer, where a token did. */
  readonly end?: ScoredToken
  /** Tokens that a generation of this text counts. */
  readonly completionTokens: number
  /**
   * `whole`: the generation ends where the text does. `longer`: it goes on, to another end than a token's. `partly`: the
   * text could be followed to a part only, because a grammar does not allow it, or no token has it.
   */
  readonly extent: 'whole' | 'longer' | 'partly'
  readonly totalMs: number
}

/** A model that the supervisor keeps loaded: through restarts of the child, until it is unloaded or fails. */
export type SupervisedModel =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly loaded: LoadedModel }
  | { readonly state: 'failed'; readonly error: DriadError }
  /** What it is to be computed on is not there; it is loaded again when that is back. */
  | { readonly state: 'suspended'; readonly error: DriadError }

/** What a child holds in memory, in bytes, weights that are mapped from files included. */
export interface ChildMemory {
  /** When it was ready, before any model. */
  readonly startBytes: number
  /** As it was told last: once a second, and after each load and unload. */
  readonly nowBytes: number
}

/** What crosses between the supervisor and the child, as structured clones. */
export type ToInferenceChild =
  | { readonly type: 'load'; readonly id: number; readonly request: LoadRequest }
  | { readonly type: 'unload'; readonly id: number; readonly name: string }
  | {
      readonly type: 'generate'
      readonly id: number
      readonly request: GenerateRequest
      /** Absent where nobody wants the text before it is complete. */
      readonly textPace?: TextPace
    }
  | { readonly type: 'embed'; readonly id: number; readonly request: EmbedRequest }
  | { readonly type: 'score'; readonly id: number; readonly request: ScoreRequest }
  | { readonly type: 'benchmark'; readonly id: number; readonly model: string }
  | { readonly type: 'abort'; readonly id: number }
  /** From now on it computes for that share of the time, above 0 to 1, and rests in between. */
  | { readonly type: 'limit'; readonly computeShare: number }
  | { readonly type: 'shutdown' }

export type FromInferenceChild =
  | {
      readonly type: 'ready'
      readonly pid: number
      readonly backend: string
      /** Resident memory before any model. */
      readonly residentBytes: number
    }
  | {
      readonly type: 'loaded'
      readonly id: number
      readonly model: LoadedModel
      /** Of the whole process. */
      readonly residentBytes: number
    }
  | { readonly type: 'unloaded'; readonly id: number; readonly residentBytes: number }
  | { readonly type: 'texts'; readonly texts: readonly { readonly id: number; readonly piece: TextPiece }[] }
  | { readonly type: 'generated'; readonly id: number; readonly result: GenerateResult }
  | { readonly type: 'embedded'; readonly id: number; readonly result: EmbedResult }
  | { readonly type: 'scored'; readonly id: number; readonly result: ScoreResult }
  | { readonly type: 'benchmarked'; readonly id: number; readonly result: BenchmarkFigures }
  | {
      readonly type: 'failed'
      readonly id: number
      readonly code: DriadErrorCode | 'aborted'
      readonly message: string
      readonly issues?: readonly InputIssue[]
    }
  /** A model uses another number of threads from now on. */
  | { readonly type: 'threads'; readonly model: string; readonly threads: number }
  /** Once a second, from the event loop: a child that is silent hangs, and so does a busy one without progress. */
  | { readonly type: 'beat'; readonly progress: number; readonly residentBytes: number }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string }
  /** From a child that was started to look only; it ends afterwards. */
  | { readonly type: 'probed'; readonly finding: ProbeFinding }

/**
 * A running child, as its host sees it: `utilityProcess` in the app, `child_process` elsewhere.
 * `exit` fires once, whatever ended it; nothing is delivered after it.
 */
export interface ChildHandle {
  readonly pid: number | undefined
  send(message: ToInferenceChild): void
  onMessage(listener: (message: FromInferenceChild) => void): void
  onExit(listener: (code: number | null, signal: string | null) => void): void
  /** SIGKILL. */
  kill(): void
}

/** Starts a child. Injected into the supervisor by each host. */
export type ChildLauncher = (options: LaunchOptions) => ChildHandle

export interface LaunchOptions {
  readonly devices: DeviceUse
  /** Only looks what there is, and computes a few tokens where a model is given; the child ends by itself. */
  readonly probe?: { readonly modelPath?: string }
}

/** What a child may compute on: what llama.cpp finds, the processor alone, or these and no other. */
export type DeviceUse = 'auto' | 'cpu' | GpuDevices

export interface GpuDevices {
  readonly backend: GpuBackend
  /** Which of its devices the child sees: numbers, with CUDA also UUIDs. All that there are where absent. */
  readonly selectors?: readonly string[]
}

/** What a child found on the devices that it was let see. */
export type ProbeFinding =
  | { readonly ok: true; readonly devices: readonly FoundDevice[] }
  | { readonly ok: false; readonly problem: BackendProblem; readonly message: string }

export interface FoundDevice {
  readonly name: string
  readonly kind: DeviceKind
  readonly totalBytes: number
  readonly freeBytes: number
  readonly driver?: string
}
