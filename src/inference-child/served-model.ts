import {
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaModel,
} from 'node-llama-cpp'
import type {
  GenerateOptions,
  GenerateRequest,
  GenerateResult,
  LoadedModel,
} from '../node/inference/contract.ts'
import { DriadError } from '../protocol/errors.ts'
import { schemaToGrammar } from '../protocol/json-schema/schema-grammar.ts'
import type { PromptBuilder } from './chat-prompt.ts'
import { runGeneration } from './generation.ts'
import type { Slot, SlotPool } from './slot-pool.ts'
import { TextGroups } from './text-groups.ts'

/** Grammars kept for the next task with the same schema. */
const KEPT_GRAMMARS = 32
/** No token stands for more text than this, so longer prompts need not be tokenized to be refused. */
const MAX_CHARACTERS_PER_TOKEN = 256
/** Weight of the newest figure in the running mean of the prompt speed. */
const SPEED_WEIGHT = 0.3

export interface SequenceSlot extends Slot {
  readonly sequence: LlamaContextSequence
}

/** A loaded model with its context and slots. */
export class ServedModel {
  readonly info: LoadedModel
  readonly #model: LlamaModel
  readonly #context: LlamaContext
  readonly #prompts: PromptBuilder
  readonly #slots: SlotPool<SequenceSlot>
  readonly #defaultTemperature: number | undefined
  readonly #onProgress: () => void
  readonly #grammars = new Map<string, LlamaGrammar>()
  readonly #running = new Set<Promise<unknown>>()
  readonly #unloading = new AbortController()
  #promptSpeed: number | undefined

  constructor(
    parts: {
      model: LlamaModel
      context: LlamaContext
      prompts: PromptBuilder
      slots: SlotPool<SequenceSlot>
      onProgress: () => void
    },
    info: LoadedModel,
    defaultTemperature: number | undefined,
  ) {
    this.info = info
    this.#model = parts.model
    this.#context = parts.context
    this.#prompts = parts.prompts
    this.#slots = parts.slots
    this.#onProgress = parts.onProgress
    this.#defaultTemperature = defaultTemperature
  }

  async generate(request: GenerateRequest, options: GenerateOptions = {}): Promise<GenerateResult> {
    const work = this.#generate(request, options)
    this.#running.add(work)
    try {
      return await work
    } finally {
      this.#running.delete(work)
    }
  }

  /** Aborts what runs or waits, then frees the memory. */
  async dispose(): Promise<void> {
    this.#unloading.abort(new DriadError('model_unavailable', `The model ${this.info.name} was unloaded`))
    await Promise.allSettled(this.#running)
    await this.#context.dispose()
    await this.#model.dispose()
  }

  async #generate(request: GenerateRequest, options: GenerateOptions): Promise<GenerateResult> {
    const startedMs = performance.now()
    const signal =
      options.signal === undefined
        ? this.#unloading.signal
        : AbortSignal.any([options.signal, this.#unloading.signal])
    signal.throwIfAborted()
    checkRequest(request)
    const grammar = request.schema === undefined ? undefined : await this.#grammarOf(request.schema)
    const prompt = this.#buildPrompt(request)
    const slot = await this.#slots.acquire(prompt.tokens, { signal })
    const groups = new TextGroups((piece) => options.onText?.(piece))
    try {
      return await runGeneration({
        model: this.#model,
        sequence: slot.sequence,
        prompt,
        maxTokens: request.maxTokens,
        temperature: request.temperature ?? this.#defaultTemperature,
        seed: request.seed,
        grammar:
          grammar === undefined
            ? undefined
            : new LlamaGrammarEvaluationState({ model: this.#model, grammar }),
        groups,
        signal,
        onProgress: (tokens, durationMs) => this.#progress(tokens, durationMs),
        promptSpeed: this.#promptSpeed,
        startedMs,
      })
    } finally {
      groups.cancel()
      this.#slots.release(slot)
    }
  }

  #buildPrompt(request: GenerateRequest): ReturnType<PromptBuilder['build']> {
    const { contextSize } = this.info
    const characters = request.messages.reduce((sum, { content }) => sum + content.length, 0)
    if (characters > contextSize * MAX_CHARACTERS_PER_TOKEN) {
      throw new DriadError(
        'context_exceeded',
        `The prompt has ${characters} characters, far more than the ${contextSize} tokens that ${this.info.name} can see`,
      )
    }
    const prompt = this.#prompts.build(request.messages)
    // One place must be left for the first token of the answer.
    if (prompt.tokens.length < contextSize) return prompt
    throw new DriadError(
      'context_exceeded',
      `The prompt has ${prompt.tokens.length} tokens, ${this.info.name} can see ${contextSize} at once, its answer included`,
    )
  }

  async #grammarOf(schema: unknown): Promise<LlamaGrammar> {
    const text = schemaToGrammar(schema)
    const known = this.#grammars.get(text)
    if (known !== undefined) {
      this.#grammars.delete(text)
      this.#grammars.set(text, known)
      return known
    }
    let grammar: LlamaGrammar
    try {
      grammar = await this.#model.llama.createGrammar({ grammar: text })
    } catch (cause) {
      throw new DriadError('bad_workflow', 'llama.cpp cannot use this JSON Schema; simplify it', { cause })
    }
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

function checkRequest(request: GenerateRequest): void {
  const { maxTokens, temperature, seed, messages } = request
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
    throw new DriadError('bad_workflow', `max_tokens must be a whole number above 0, it is ${maxTokens}`)
  }
  if (temperature !== undefined && !(temperature >= 0 && temperature <= 2)) {
    throw new DriadError('bad_workflow', `The temperature must be between 0 and 2, it is ${temperature}`)
  }
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw new DriadError('bad_workflow', `The seed must be a whole number of 32 bits, it is ${seed}`)
  }
  if (messages.length === 0) throw new DriadError('bad_workflow', 'A generation needs at least one message')
}
