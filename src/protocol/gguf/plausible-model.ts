import { DriadError } from '../errors.ts'
import type { GgufMetadata } from './gguf-metadata.ts'
import type { TensorSummary } from './gguf-tensors.ts'

/** Of llama.cpp: `LLAMA_MAX_LAYERS` and `LLAMA_MAX_EXPERTS`. */
const MAX_LAYERS = 512
const MAX_EXPERTS = 1024
/** Of any length or count. The largest that there are have 262,144 tokens and 53,248 elements. */
const MAX_COUNT = 2 ** 24
/** A context of fewer tokens cannot be served; no model was trained on as few. */
const MIN_CONTEXT_TOKENS = 64

const required = ['context_length', 'embedding_length', 'block_count']
const positive = [
  'embedding_length',
  'attention.key_length',
  'attention.value_length',
  'full_attention_interval',
  'ssm.conv_kernel',
  'ssm.inner_size',
  'ssm.state_size',
  'ssm.time_step_rank',
  'wkv.head_size',
]
const counts = [
  'attention.head_count',
  'attention.head_count_kv',
  'feed_forward_length',
  'rope.dimension_count',
  'vocab_size',
]
const finite = [
  'attention.layer_norm_epsilon',
  'attention.layer_norm_rms_epsilon',
  'attention.group_norm_epsilon',
  'rope.freq_base',
  'rope.freq_base_swa',
  'rope.scaling.factor',
]
const ropeScalings: readonly string[] = ['none', 'linear', 'yarn', 'longrope']
const vocabularyArrays = ['tokens', 'scores', 'token_type', 'merges'] as const

/**
 * Refuses what would end the process that loads it: llama.cpp checks some numbers by aborting, and divides by others.
 * What it refuses by itself, with a message, is left to it. Source: `llama_model_base::load_hparams` in its llama-model.cpp.
 * Throws `model_invalid`.
 */
export function refuseImplausible(metadata: GgufMetadata, tensors: TensorSummary): void {
  const numbers = new Numbers(metadata)
  // llama.cpp asks for these first, after the architecture, and says what it misses.
  if (required.some((key) => numbers.most(key) === undefined)) return
  for (const key of positive) numbers.within(key, 1, MAX_COUNT)
  for (const key of counts) numbers.within(key, 0, MAX_COUNT)
  for (const key of finite) numbers.within(key, 0, Number.MAX_VALUE)
  numbers.within('block_count', 1, MAX_LAYERS)
  numbers.within('nextn_predict_layers', 0, numbers.most('block_count') ?? MAX_LAYERS)
  const context = numbers.most('context_length') ?? 0
  if (context > 0) numbers.within('context_length', MIN_CONTEXT_TOKENS, Number.MAX_VALUE)
  if (tensors.hasAttention) checkHeads(numbers)
  if (tensors.hasFeedForward && (numbers.most('feed_forward_length') ?? 0) === 0)
    throw numbers.damaged('feed_forward_length')
  checkExperts(numbers)
  const scaling = metadata.get(`${numbers.architecture}.rope.scaling.type`)
  if (scaling !== undefined && (typeof scaling !== 'string' || !ropeScalings.includes(scaling)))
    throw numbers.damaged('rope.scaling.type')
  checkVocabulary(metadata)
}

function checkHeads(numbers: Numbers): void {
  const heads = numbers.most('attention.head_count') ?? 0
  if (heads === 0) throw numbers.damaged('attention.head_count')
  // Layers of other kinds may have none; then there is a number for each layer.
  numbers.within('attention.head_count_kv', numbers.isArray('attention.head_count_kv') ? 0 : 1, heads)
}

function checkExperts(numbers: Numbers): void {
  numbers.within('expert_count', 0, MAX_EXPERTS)
  const experts = numbers.most('expert_count') ?? 0
  // Hunyuan's dense models say that they have one expert, which is none.
  if (experts <= 1 && numbers.architecture?.startsWith('hunyuan') === true) return
  if (experts === 0) {
    for (const key of ['expert_used_count', 'expert_group_count']) numbers.within(key, 0, 0)
    return
  }
  numbers.within('expert_used_count', 0, experts)
  if ((numbers.most('expert_used_count') ?? 0) === 0) throw numbers.damaged('expert_used_count')
  numbers.within('expert_group_count', 0, experts - 1)
  const groups = numbers.most('expert_group_count') ?? 0
  if (groups <= 1) return
  if (experts % groups !== 0) throw numbers.damaged('expert_group_count')
  const used = numbers.most('expert_group_used_count') ?? 0
  if (used === 0 || used >= groups) throw numbers.damaged('expert_group_used_count')
}

function checkVocabulary(metadata: GgufMetadata): void {
  for (const name of vocabularyArrays) {
    const key = `tokenizer.ggml.${name}`
    const value = metadata.get(key)
    if (value === undefined) continue
    const isArray = typeof value === 'object' && 'length' in value
    const ofTexts = name === 'tokens' || name === 'merges'
    // An empty list of merges may have any type.
    if (isArray && (value.length === 0 || (value.ofTexts === true) === ofTexts)) continue
    throw new DriadError(
      'model_invalid',
      `The file is damaged: ${key} is no list of ${ofTexts ? 'texts' : 'numbers'}`,
    )
  }
}

/** The architecture's own numbers: one, or one for each layer. */
class Numbers {
  readonly architecture: string | undefined
  readonly #metadata: GgufMetadata

  constructor(metadata: GgufMetadata) {
    const architecture = metadata.get('general.architecture')
    this.architecture = typeof architecture === 'string' ? architecture : undefined
    this.#metadata = metadata
  }

  isArray(key: string): boolean {
    const value = this.#metadata.get(`${this.architecture}.${key}`)
    return typeof value === 'object' && 'length' in value
  }

  /** Undefined where it is absent or no number. */
  most(key: string): number | undefined {
    const all = this.#all(key)
    return all === undefined || all.length === 0 ? undefined : Math.max(...all)
  }

  /** Throws `model_invalid` where it is there and outside of that, or no number at all. */
  within(key: string, least: number, most: number): void {
    const all = this.#all(key) ?? []
    if (!all.every((value) => value >= least && value <= most)) throw this.damaged(key)
  }

  damaged(key: string): DriadError {
    const all = this.#all(key)
    const found = all === undefined ? 'missing' : all.slice(0, 8).join(', ')
    return new DriadError('model_invalid', `The file is damaged: ${this.architecture}.${key} is ${found}`)
  }

  #all(key: string): readonly number[] | undefined {
    const value = this.#metadata.get(`${this.architecture}.${key}`)
    if (typeof value === 'number') return [value]
    return typeof value === 'object' && 'numbers' in value ? value.numbers : undefined
  }
}
