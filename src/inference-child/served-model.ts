import {
  type LlamaContext,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaModel,
} from 'node-llama-cpp'
import { z } from 'zod'
import type {
  BenchmarkFigures,
  EmbedRequest,
  EmbedResult,
  GenerateOptions,
  GenerateRequest,
  GenerateResult,
  LoadedModel,
  ScoreRequest,
  ScoreResult,
} from '../node/inference/contract.ts'
import { DriadError } from '../protocol/errors.ts'
import { type Grammar, readGrammar } from '../protocol/json-schema/read-grammar.ts'
import { schemaToGrammar } from '../protocol/json-schema/schema-grammar.ts'
import { samplingSchema } from '../protocol/sampling.ts'
import { memoryText } from '../protocol/workflow/json-text.ts'
import { benchmarkModel } from './benchmark-model.ts'
import { bestReplay } from './best-replay.ts'
import type { Prompt, PromptBuilder } from './chat-prompt.ts'
import type { ComputeTurns } from './decoder/compute-turns.ts'
import type { Decoder } from './decoder/decoder.ts'
import type { KeptSequence } from './decoder/kept-sequence.ts'
import type { Embedder } from './embedder.ts'
import { argumentsGrammar, callFunction } from './function-call.ts'
import { type Generation, type GenerationEnd, runGeneration } from './generation.ts'
import type { OpenDraft } from './open-draft.ts'
import type { Slot, SlotPool } from './slot-pool.ts'
import { TextGroups } from './text-groups.ts'
import { bestThreads, measureThreads, threadCounts } from './thread-choice.ts'
import { ThreadGovernor } from './thread-governor.ts'

/** Grammars kept for the next task with the same schema. */
const KEPT_GRAMMARS = 32
/** No token stands for more text than this, so longer prompts need not be tokenized to be refused. */
const MAX_CHARACTERS_PER_TOKEN = 256
/** Texts that are embedded by one request. */
const EMBED_TEXTS = 256
/** How much of what a model can see a prompt with functions may fill before the functions are told of in fewer words. */
const FUNCTIONS_SHARE = 0.5
/** Tokens whose logits one request changes, and likeliest tokens that it is told of for each. */
const BIASED_TOKENS = 1024
const MAX_ALTERNATIVES = 20
/** Weight of the newest figure in the running mean of the prompt speed. */
const SPEED_WEIGHT = 0.3

export interface SequenceSlot extends Slot {
  readonly sequence: KeptSequence
}

export interface ServedModelInit {
  /** Where a request names none. */
  readonly defaultTemperature: number | undefined
  /** Cores that its threads are fitted to again and again, and what others used of them; absent where their number is fixed. */
  readonly governed: { readonly cores: number; readonly othersCores: number } | undefined
}

/** A loaded model with its context and slots. */
export class ServedModel {
  readonly info: LoadedModel
  readonly #model: LlamaModel
  readonly #context: LlamaContext
  readonly #decoder: Decoder
  readonly #draft: OpenDraft | undefined
  readonly #prompts: PromptBuilder
  readonly #slots: SlotPool<SequenceSlot>
  readonly #embedder: Embedder
  readonly #defaultTemperature: number | undefined
  readonly #onProgress: () => void
  readonly #governor: ThreadGovernor | undefined
  readonly #grammars = new Map<string, { readonly llama: LlamaGrammar; readonly tree: Grammar }>()
  readonly #running = new Set<Promise<unknown>>()
  readonly #unloading = new AbortController()
  #promptSpeed: number | undefined

  constructor(
    parts: {
      model: LlamaModel
      context: LlamaContext
      decoder: Decoder
      draft: OpenDraft | undefined
      prompts: PromptBuilder
      slots: SlotPool<SequenceSlot>
      embedder: Embedder
      turns: ComputeTurns
      onProgress: () => void
    },
    info: LoadedModel,
    init: ServedModelInit,
  ) {
    this.info = info
    this.#model = parts.model
    this.#context = parts.context
    this.#decoder = parts.decoder
    this.#draft = parts.draft
    this.#prompts = parts.prompts
    this.#slots = parts.slots
    this.#embedder = parts.embedder
    this.#onProgress = parts.onProgress
    this.#defaultTemperature = init.defaultTemperature
    const { governed } = init
    if (governed !== undefined && governed.cores > 1) {
      this.#governor = new ThreadGovernor(
        {
          setThreads: (threads) => {
            void this.#decoder.setThreads(threads)
            this.#embedder.setThreads(threads)
          },
          measure: async (othersCores) =>
            bestThreads(
              await this.#tracked(
                measureThreads(
                  { model: this.#model, turns: parts.turns },
                  threadCounts(governed.cores, othersCores),
                  {
                    signal: this.#unloading.signal,
                  },
                ),
              ),
            ),
        },
        { ...governed, threads: info.threads },
      )
    }
  }

  generate(request: GenerateRequest, options: GenerateOptions = {}): Promise<GenerateResult> {
    return this.#tracked(this.#generate(request, options))
  }

  /** Throws `too_large` for too many texts at once, or the signal's reason. */
  async embed({ texts }: EmbedRequest, options: { signal?: AbortSignal } = {}): Promise<EmbedResult> {
    if (texts.length > EMBED_TEXTS)
      throw new DriadError('too_large', `${texts.length} texts are too many at once: at most ${EMBED_TEXTS}`)
    return this.#tracked(this.#embedder.embed(texts, { signal: this.#untilUnloaded(options.signal) }))
  }

  /** Throws what `generate` throws, and `bad_workflow` where the answer could not be repeated. */
  score(request: ScoreRequest, options: { signal?: AbortSignal } = {}): Promise<ScoreResult> {
    return this.#tracked(this.#score(request, options))
  }

  /** Takes all slots for the time that it needs. */
  async benchmark(options: { signal?: AbortSignal } = {}): Promise<BenchmarkFigures> {
    return this.#tracked(this.#benchmark(this.#untilUnloaded(options.signal)))
  }

  get idle(): boolean {
    return this.#running.size === 0
  }

  /** Threads that it uses now. */
  get threads(): number {
    return this.#governor?.threads ?? this.info.threads
  }

  /** To be called once a second: see `ThreadGovernor`. */
  async govern(moment: { othersCores: number; idle: boolean }): Promise<void> {
    await this.#governor?.tick(moment)
  }

  /** Aborts what runs or waits, then frees the memory. */
  async dispose(): Promise<void> {
    this.#unloading.abort(new DriadError('model_unavailable', `The model ${this.info.name} was unloaded`))
    await Promise.allSettled(this.#running)
    await this.#embedder.dispose()
    await this.#draft?.dispose()
    await this.#decoder.dispose()
    await this.#context.dispose()
    await this.#model.dispose()
  }

  async #benchmark(signal: AbortSignal): Promise<BenchmarkFigures> {
    const taken: SequenceSlot[] = []
    try {
      for (let count = 0; count < this.#slots.size; count++)
        taken.push(await this.#slots.acquire([], { signal }))
      const sequences = taken.map(({ sequence }) => sequence).sort((a, b) => a.id - b.id)
      const parts = { model: this.#model, decoder: this.#decoder, sequences }
      return await benchmarkModel(parts, {
        contextSize: this.info.contextSize,
        signal,
        onProgress: this.#onProgress,
      })
    } finally {
      for (const slot of taken) this.#slots.release(slot)
    }
  }

  async #tracked<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    try {
      return await work
    } finally {
      this.#running.delete(work)
    }
  }

  #untilUnloaded(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#unloading.signal : AbortSignal.any([signal, this.#unloading.signal])
  }

  async #score(
    { text, compact = false, ...request }: ScoreRequest,
    options: { signal?: AbortSignal },
  ): Promise<ScoreResult> {
    const temperature = request.temperature ?? this.#defaultTemperature
    if (request.seed === undefined && temperature !== 0) {
      const message = 'Only an answer of temperature 0 or with a seed can be repeated'
      throw new DriadError('bad_workflow', message)
    }
    const { result, tries } = await bestReplay(async (turns) => {
      const { replay, ...run } = await this.#generate(request, options, { text, compact, turns })
      const written = compact ? memoryText(run.text) : run.text
      const goesOn = written.startsWith(text) ? 'longer' : 'partly'
      const extent = replay?.lost !== false ? 'partly' : written === text ? 'whole' : goesOn
      return {
        ...run,
        extent,
        tokens: replay?.scored ?? [],
        end: replay?.end,
        forks: replay?.forks ?? [],
      } as const
    })
    const { promptTokens, completionTokens, tokens, end, extent } = result
    const totalMs = tries.reduce((sum, one) => sum + one.totalMs, 0)
    return {
      promptTokens,
      tokens,
      ...(end !== undefined && { end }),
      completionTokens,
      extent,
      totalMs,
    }
  }

  async #generate(
    request: GenerateRequest,
    options: GenerateOptions,
    replay?: Generation['replay'],
  ): Promise<Omit<GenerationEnd, 'callBegan'>> {
    const startedMs = performance.now()
    const signal = this.#untilUnloaded(options.signal)
    signal.throwIfAborted()
    checkRequest(request, this.#model.fileInfo.metadata.tokenizer.ggml.tokens.length)
    const { functions } = request
    // Before anything is read: what cannot be guaranteed must not cost a token.
    for (const { name, parameters } of functions?.definitions ?? []) argumentsGrammar(name, parameters)
    const grammar = request.schema === undefined ? undefined : schemaToGrammar(request.schema)
    this.#checkLength(request)
    const call =
      functions &&
      this.#prompts.buildWithFunctions(request.messages, functions.definitions, {
        roomTokens: this.info.contextSize * FUNCTIONS_SHARE,
      })
    const prompt = this.#fitting(call ? call.free : this.#prompts.build(request.messages))
    const slot = await this.#slots.acquire(prompt.tokens, { signal })
    const groups = new TextGroups((piece) => options.onText?.(piece), options.textPace)
    const unread = new TextGroups(() => undefined)
    const generate = async (
      of: Prompt,
      { maxTokens, grammar, streamed }: { maxTokens: number; grammar?: string; streamed: boolean },
    ): Promise<GenerationEnd> =>
      runGeneration({
        model: this.#model,
        decoder: this.#decoder,
        draft: this.#draft?.draft,
        sequence: slot.sequence,
        contextSize: this.info.contextSize,
        prompt: this.#fitting(of),
        maxTokens,
        sampling: { ...request, temperature: request.temperature ?? this.#defaultTemperature },
        grammar: grammar === undefined ? undefined : await this.#grammarState(grammar),
        groups: streamed ? groups : unread,
        ...(replay !== undefined && { replay }),
        signal,
        onProgress: (tokens, durationMs) => this.#progress(tokens, durationMs),
        promptSpeed: this.#promptSpeed,
        startedMs,
      })
    try {
      if (functions && call) return await callFunction(call, functions, request.maxTokens, generate)
      const { callBegan: _, ...result } = await generate(prompt, {
        maxTokens: request.maxTokens,
        ...(grammar === undefined ? {} : { grammar }),
        streamed: true,
      })
      return result
    } finally {
      groups.cancel()
      unread.cancel()
      this.#slots.release(slot)
    }
  }

  /** No token stands for so much text: a prompt that is far too long is refused before it is tokenized. */
  #checkLength(request: GenerateRequest): void {
    const { contextSize } = this.info
    const characters = request.messages.reduce(
      (sum, message) => sum + (message.role === 'call' ? message.answer : message.content).length,
      0,
    )
    if (characters > contextSize * MAX_CHARACTERS_PER_TOKEN) {
      throw new DriadError(
        'context_exceeded',
        `The prompt has ${characters} characters, far more than the ${contextSize} tokens that ${this.info.name} can see`,
      )
    }
  }

  #fitting<P extends Prompt>(prompt: P): P {
    const { contextSize } = this.info
    // One place must be left for the first token of the answer.
    if (prompt.tokens.length < contextSize) return prompt
    throw new DriadError(
      'context_exceeded',
      `The prompt has ${prompt.tokens.length} tokens, ${this.info.name} can see ${contextSize} at once, its answer included`,
    )
  }

  async #grammarState(text: string): Promise<Generation['grammar']> {
    const { llama, tree } = await this.#grammarOf(text)
    return { state: new LlamaGrammarEvaluationState({ model: this.#model, grammar: llama }), tree }
  }

  async #grammarOf(text: string): Promise<{ readonly llama: LlamaGrammar; readonly tree: Grammar }> {
    const known = this.#grammars.get(text)
    if (known !== undefined) {
      this.#grammars.delete(text)
      this.#grammars.set(text, known)
      return known
    }
    let llama: LlamaGrammar
    try {
      llama = await this.#model.llama.createGrammar({ grammar: text })
    } catch (cause) {
      throw new DriadError('bad_workflow', 'llama.cpp cannot use this JSON Schema; simplify it', { cause })
    }
    const grammar = { llama, tree: readGrammar(text) }
    this.#grammars.set(text, grammar)
    const [oldest] = this.#grammars.keys()
    if (this.#grammars.size > KEPT_GRAMMARS && oldest !== undefined) this.#grammars.delete(oldest)
    return grammar
  }

  #progress(tokens: number, durationMs: number): void {
    this.#onProgress()
    if (tokens === 0 || durationMs <= 0) return
    const speed = (tokens * 1000) / durationMs
    this.#promptSpeed =
      this.#promptSpeed === undefined ? speed : this.#promptSpeed + (speed - this.#promptSpeed) * SPEED_WEIGHT
  }
}

const requestSchema = samplingSchema.extend({
  maxTokens: z.int().min(1),
  logitBias: z
    .array(z.object({ token: z.int().min(0), bias: z.number().min(-100).max(100) }))
    .max(BIASED_TOKENS)
    .optional(),
  logProbabilities: z.int().min(0).max(MAX_ALTERNATIVES).optional(),
})

function checkRequest(request: GenerateRequest, vocabulary: number): void {
  const { error } = requestSchema.safeParse(request)
  const [issue] = error?.issues ?? []
  if (issue !== undefined) {
    throw new DriadError('bad_workflow', `${issue.path.join('.')} of the request is wrong: ${issue.message}`)
  }
  const stranger = request.logitBias?.find(({ token }) => token >= vocabulary)
  if (stranger !== undefined) {
    throw new DriadError(
      'bad_workflow',
      `The model has ${vocabulary} tokens, none with the id ${stranger.token}`,
    )
  }
  if (request.schema !== undefined && request.functions !== undefined)
    throw new DriadError('bad_workflow', 'A generation has a schema or functions, not both')
  if (request.messages.length === 0)
    throw new DriadError('bad_workflow', 'A generation needs at least one message')
}
