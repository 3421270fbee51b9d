import { ggufLimits } from './gguf-limits.ts'
import type { GgufMetadata } from './gguf-metadata.ts'
import type { ModelShape } from './model-shape.ts'

/** Which layers have a window where the file does not say it layer by layer: all but one in `period`. */
interface WindowPattern {
  readonly period: number
  /** The one that sees everything is the first of them; else the last. */
  readonly fullFirst?: true
  /** Where the file has no length. */
  readonly tokens?: number
}

/** As llama.cpp has them, in `src/models/<architecture>.cpp`. Others with a window keep everything in all layers. */
const windowPatterns: Readonly<Record<string, WindowPattern>> = {
  afmoe: { period: 4 },
  cohere2: { period: 4 },
  cohere2moe: { period: 4, fullFirst: true },
  exaone4: { period: 4 },
  'exaone-moe': { period: 4, tokens: 128 },
  gemma2: { period: 2, tokens: 4096 },
  gemma3: { period: 6 },
  gemma3n: { period: 5 },
  'gpt-oss': { period: 2 },
  laguna: { period: 4, fullFirst: true },
  llama4: { period: 4, tokens: 8192 },
  mellum: { period: 4 },
  olmo2: { period: 4 },
  plamo3: { period: 8 },
  smallthinker: { period: 4, fullFirst: true, tokens: 4096 },
}
/** Architectures that read all tokens at once and keep nothing of them. */
const withoutCache: ReadonlySet<string> = new Set([
  'bert',
  'dream',
  'eurobert',
  'gemma-embedding',
  'jina-bert-v2',
  'jina-bert-v3',
  'llada',
  'llada-moe',
  'modern-bert',
  'neo-bert',
  'nomic-bert',
  'nomic-bert-moe',
])
/** Every layer has a state; no keys and values. */
const recurrentOnly: ReadonlySet<string> = new Set([
  'mamba',
  'mamba2',
  'rwkv6',
  'rwkv6qwen2',
  'rwkv7',
  'arwkv7',
])
/** One layer in so many has attention, the last; 4 where the file does not say. */
const byInterval: ReadonlySet<string> = new Set(['qwen3next', 'qwen35', 'qwen35moe', 'minimax-01'])
/** Layers from this one on use the keys and values of those before. */
const GEMMA3N_LAYERS_WITH_CACHE = 20

/** The shape that a file's metadata tell, or undefined where they lack layers or width. Never throws. */
export function shapeOf(metadata: GgufMetadata): ModelShape | undefined {
  const architecture = metadata.get('general.architecture')
  if (typeof architecture !== 'string') return undefined
  const keys = new ShapeKeys(metadata, architecture)
  const layers = Math.min(
    ggufLimits.keptItems,
    (keys.number('block_count') ?? 0) - (keys.number('nextn_predict_layers') ?? 0),
  )
  const embedding = keys.number('embedding_length')
  if (layers <= 0 || embedding === undefined || embedding === 0) return undefined

  const heads = keys.most('attention.head_count', layers) ?? 0
  const perHead = heads > 0 ? Math.floor(embedding / heads) : 0
  const keyLength = keys.number('attention.key_length') ?? perHead
  const valueLength = keys.number('attention.value_length') ?? perHead
  const windowed = windowedLayers(keys, layers)
  const window = keys.number('attention.sliding_window') ?? windowPatterns[architecture]?.tokens ?? 0
  const kvElements = kvElementsOf(keys, layers, windowed, { heads, keyLength, valueLength })
  const recurrent = recurrentOf(keys, layers, embedding, heads)
  const experts = keys.number('expert_count') ?? 0
  const feedForward = keys.most('feed_forward_length', layers) ?? 0
  const windowLayers = windowed.filter(Boolean).length
  return {
    architecture,
    layers,
    embedding,
    heads,
    kvHeads: keys.most('attention.head_count_kv', layers) ?? heads,
    keyLength,
    valueLength,
    feedForward,
    vocabulary: keys.number('vocab_size') ?? keys.length('tokenizer.ggml.tokens') ?? 0,
    ...(windowLayers > 0 && { slidingWindow: { tokens: window, layers: windowLayers } }),
    kvElements,
    ...(recurrent !== undefined && { recurrent }),
    ...(experts > 0 && {
      experts: {
        count: experts,
        used: Math.min(experts, keys.most('expert_used_count', layers) ?? 1),
        feedForward: keys.most('expert_feed_forward_length', layers) ?? feedForward,
      },
    }),
  }
}

/** The architecture's own keys, as counts: what is negative, broken or no number is taken for absent. */
class ShapeKeys {
  readonly architecture: string
  readonly #metadata: GgufMetadata

  constructor(metadata: GgufMetadata, architecture: string) {
    this.#metadata = metadata
    this.architecture = architecture
  }

  number(key: string): number | undefined {
    const value = this.#metadata.get(`${this.architecture}.${key}`)
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }

  /** Layer by layer, where the file has it so. */
  array(key: string): readonly number[] | undefined {
    const value = this.#metadata.get(`${this.architecture}.${key}`)
    return typeof value === 'object' && 'numbers' in value ? value.numbers : undefined
  }

  /** Of a layer, whether the file has one number for all or one for each. */
  ofLayer(key: string, layer: number): number | undefined {
    const value = this.array(key)?.[layer] ?? this.number(key)
    return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }

  most(key: string, layers: number): number | undefined {
    if (this.array(key) === undefined) return this.number(key)
    let most = 0
    for (let layer = 0; layer < layers; layer++) most = Math.max(most, this.ofLayer(key, layer) ?? 0)
    return most
  }

  /** Of a key without the architecture's name. */
  length(key: string): number | undefined {
    const value = this.#metadata.get(key)
    return typeof value === 'object' && 'length' in value ? value.length : undefined
  }
}

/** For each layer, whether it sees the last tokens only. */
function windowedLayers(keys: ShapeKeys, layers: number): boolean[] {
  const none = Array.from({ length: layers }, () => false)
  const pattern = windowPatterns[keys.architecture]
  const window = keys.number('attention.sliding_window') ?? pattern?.tokens ?? 0
  if (window === 0 || withoutCache.has(keys.architecture)) return none
  // Only the largest of this family has windows, whatever the others' files say.
  if (keys.architecture === 'exaone4' && layers !== 64) return none
  const given = keys.array('attention.sliding_window_pattern')
  if (given !== undefined) return none.map((_, layer) => (given[layer] ?? 0) !== 0)
  if (keys.architecture.startsWith('lfm2')) return none.map((_, layer) => keepsCache(keys, layer))
  if (pattern === undefined) return none
  const period = keys.number('attention.sliding_window_pattern') ?? pattern.period
  return none.map((_, layer) => {
    if (period === 0) return true
    return pattern.fullFirst === true ? layer % period !== 0 : layer % period < period - 1
  })
}

function kvElementsOf(
  keys: ShapeKeys,
  layers: number,
  windowed: readonly boolean[],
  { heads, keyLength, valueLength }: { heads: number; keyLength: number; valueLength: number },
): { full: number; window: number } {
  const elements = { full: 0, window: 0 }
  if (withoutCache.has(keys.architecture)) return elements
  // Compressed attention keeps one vector in place of keys and values.
  const compressed = keys.number('attention.key_length_mla') !== undefined
  for (let layer = 0; layer < Math.min(layers, layersWithCache(keys, layers)); layer++) {
    if (!keepsCache(keys, layer)) continue
    const kvHeads =
      keys.ofLayer('attention.head_count_kv', layer) ?? keys.ofLayer('attention.head_count', layer) ?? heads
    const hasWindow = windowed[layer] === true
    const key = (hasWindow ? keys.number('attention.key_length_swa') : undefined) ?? keyLength
    const value = (hasWindow ? keys.number('attention.value_length_swa') : undefined) ?? valueLength
    elements[hasWindow ? 'window' : 'full'] += kvHeads * (compressed ? key : key + value)
  }
  return elements
}

function layersWithCache(keys: ShapeKeys, layers: number): number {
  if (keys.architecture === 'gemma3n') return GEMMA3N_LAYERS_WITH_CACHE
  return layers - (keys.number('attention.shared_kv_layers') ?? 0)
}

function keepsCache(keys: ShapeKeys, layer: number): boolean {
  if (keys.architecture === 'falcon-h1') return true
  if (isRecurrent(keys, layer)) return false
  // In these, a layer is attention or state or feed-forward, never two of them.
  return !keys.architecture.startsWith('nemotron_h') || keys.ofLayer('feed_forward_length', layer) === 0
}

function isRecurrent(keys: ShapeKeys, layer: number): boolean {
  if (recurrentOnly.has(keys.architecture) || keys.architecture === 'falcon-h1') return true
  if (byInterval.has(keys.architecture)) {
    const listed = keys.array('attention.recurrent_layers')
    if (listed !== undefined) return (listed[layer] ?? 0) !== 0
    return (layer + 1) % Math.max(1, keys.number('full_attention_interval') ?? 4) !== 0
  }
  if (keys.ofLayer('attention.head_count_kv', layer) !== 0) return false
  return !keys.architecture.startsWith('nemotron_h') || keys.ofLayer('feed_forward_length', layer) === 0
}

/** As `n_embd_r` and `n_embd_s` in llama.cpp's `llama-hparams.cpp`. */
function recurrentOf(
  keys: ShapeKeys,
  layers: number,
  embedding: number,
  heads: number,
): ModelShape['recurrent'] | undefined {
  let count = 0
  for (let layer = 0; layer < layers; layer++) if (isRecurrent(keys, layer)) count++
  const ofLayer = stateElements(keys, embedding, heads)
  if (count === 0 || ofLayer === 0) return undefined
  return { elements: count * ofLayer, width: keys.number('ssm.inner_size') ?? 0 }
}

function stateElements(keys: ShapeKeys, embedding: number, heads: number): number {
  const wkv = keys.number('wkv.head_size')
  if (wkv !== undefined) return embedding * (wkv + (keys.number('token_shift_count') ?? 2))
  const shortConvolution = keys.number('shortconv.l_cache')
  if (shortConvolution !== undefined) return embedding * Math.max(0, shortConvolution - 1)
  const past = Math.max(0, (keys.number('ssm.conv_kernel') ?? 0) - 1)
  const delta = keys.number('kda.head_dim')
  if (delta !== undefined) return heads * delta * (delta + 3 * past)
  const inner = keys.number('ssm.inner_size') ?? 0
  const state = keys.number('ssm.state_size') ?? 0
  const groups = keys.number('ssm.group_count') ?? 0
  return past * (inner + 2 * groups * state) + state * inner
}
