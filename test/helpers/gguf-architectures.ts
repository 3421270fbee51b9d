/** A tensor to be made: `vector`s are F32, `matrix`es of the file's type, `experts` a matrix for each of so many. */
export interface TensorPlan {
  readonly name: string
  readonly kind: 'vector' | 'matrix'
  /** As GGUF has them: elements of a row first. */
  readonly dimensions: readonly number[]
  /** What a vector is filled with. */
  readonly fill?: number
  /** Its rows are tokens, so those that must never be chosen are zero. */
  readonly perToken?: boolean
}

/** Sizes of a model that is made with random weights. Counts and elements, as in `ModelShape`. */
export interface MadeShape {
  readonly architecture: 'llama' | 'gemma3' | 'mamba' | 'lfm2' | 'qwen3moe'
  readonly embedding: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  /** Of one head; the embedding's share where absent. */
  readonly headLength?: number
  readonly feedForward: number
  readonly vocabulary: number
  readonly contextLength: number
  /** Without a matrix of its own for the output. Not for mamba, which makes nothing of the special tokens' zeros then. */
  readonly tied: boolean
  /** Tokens that most layers of gemma3 look back at. */
  readonly slidingWindow?: number
  /** Experts of qwen3moe, and how many each token uses. */
  readonly experts?: number
  readonly expertsUsed?: number
}

/**
 * The shapes that tests and benches use. `30m` and `135m` are as large as small real models (the second one is
 * SmolLM2-135M's); the others are small and there for their kind of memory.
 */
export const madeShapes = {
  '30m': llama({ embedding: 512, layers: 10, heads: 8, kvHeads: 4, feedForward: 1408, vocabulary: 1536 }),
  '135m': {
    ...llama({ embedding: 576, layers: 30, heads: 9, kvHeads: 3, feedForward: 1536, vocabulary: 49_152 }),
    tied: true,
  },
  /** Five of six layers see 512 tokens. */
  window: {
    ...llama({ embedding: 512, layers: 12, heads: 4, kvHeads: 1, feedForward: 1024, vocabulary: 8192 }),
    architecture: 'gemma3',
    headLength: 256,
    tied: true,
    slidingWindow: 512,
  },
  /** No keys and values, but a state of one size for each sequence. */
  recurrent: {
    ...llama({ embedding: 512, layers: 12, heads: 0, kvHeads: 0, feedForward: 0, vocabulary: 8192 }),
    architecture: 'mamba',
  },
  /** Every third layer has keys and values, the others a short state. */
  hybrid: {
    ...llama({ embedding: 512, layers: 12, heads: 8, kvHeads: 4, feedForward: 1024, vocabulary: 8192 }),
    architecture: 'lfm2',
    tied: true,
  },
  experts: {
    ...llama({ embedding: 512, layers: 8, heads: 8, kvHeads: 2, feedForward: 256, vocabulary: 8192 }),
    architecture: 'qwen3moe',
    experts: 16,
    expertsUsed: 4,
  },
} as const satisfies Record<string, MadeShape>

function llama(
  shape: Pick<MadeShape, 'embedding' | 'layers' | 'heads' | 'kvHeads' | 'feedForward' | 'vocabulary'>,
): MadeShape & { readonly architecture: 'llama' } {
  return { architecture: 'llama', contextLength: 8192, tied: false, ...shape }
}

/** Convolution, state and rank of mamba, as its smallest published model has them; the rank a multiple of a block. */
const MAMBA = { convolution: 4, state: 16, rank: 32 }
const LFM2_CONVOLUTION = 3

export interface ArchitecturePlan {
  /** Numbers under the architecture's own name; arrays have one entry for each layer. */
  readonly keys: Readonly<Record<string, number | readonly number[]>>
  readonly tensors: readonly TensorPlan[]
}

/** What llama.cpp expects of a file of that shape: `src/models/<architecture>.cpp` there. */
export function planArchitecture(shape: MadeShape): ArchitecturePlan {
  const { embedding, layers, vocabulary, tied, architecture } = shape
  const norm = architecture === 'lfm2' ? 'token_embd_norm.weight' : 'output_norm.weight'
  const tensors: TensorPlan[] = [
    { ...matrix('token_embd.weight', embedding, vocabulary), perToken: tied },
    vector(norm, embedding),
    ...(tied ? [] : [{ ...matrix('output.weight', embedding, vocabulary), perToken: true }]),
  ]
  for (let layer = 0; layer < layers; layer++) {
    tensors.push(
      ...layerTensors(shape, layer).map((plan) => ({ ...plan, name: `blk.${layer}.${plan.name}` })),
    )
  }
  return { keys: keysOf(shape), tensors }
}

function keysOf(shape: MadeShape): ArchitecturePlan['keys'] {
  const { architecture, embedding, layers, heads, kvHeads, headLength, slidingWindow } = shape
  const attention = architecture !== 'mamba'
  const length = headLengthOf(shape)
  return {
    context_length: shape.contextLength,
    embedding_length: embedding,
    feed_forward_length: shape.feedForward,
    block_count: layers,
    vocab_size: shape.vocabulary,
    'attention.head_count': heads,
    ...(attention && {
      'attention.head_count_kv':
        architecture === 'lfm2'
          ? Array.from({ length: layers }, (_, layer) => (attends(shape, layer) ? kvHeads : 0))
          : kvHeads,
      'rope.dimension_count': length,
    }),
    ...(headLength !== undefined && {
      'attention.key_length': headLength,
      'attention.value_length': headLength,
    }),
    ...(slidingWindow !== undefined && { 'attention.sliding_window': slidingWindow }),
    ...(architecture === 'mamba' && {
      'ssm.conv_kernel': MAMBA.convolution,
      'ssm.inner_size': 2 * embedding,
      'ssm.state_size': MAMBA.state,
      'ssm.time_step_rank': MAMBA.rank,
    }),
    ...(architecture === 'lfm2' && { 'shortconv.l_cache': LFM2_CONVOLUTION }),
    ...(shape.experts !== undefined && {
      expert_count: shape.experts,
      expert_used_count: shape.expertsUsed ?? 1,
      expert_feed_forward_length: shape.feedForward,
    }),
  }
}

function headLengthOf({ headLength, embedding, heads }: MadeShape): number {
  return headLength ?? embedding / Math.max(1, heads)
}

/** In the hybrid, the last layer of three has attention. */
function attends({ architecture }: MadeShape, layer: number): boolean {
  return architecture !== 'mamba' && (architecture !== 'lfm2' || layer % 3 === 2)
}

function layerTensors(shape: MadeShape, layer: number): TensorPlan[] {
  const { architecture, embedding } = shape
  if (architecture === 'mamba') return mambaTensors(embedding)
  const mixing = attends(shape, layer)
    ? attentionTensors(shape)
    : [
        {
          ...vector('shortconv.conv.weight', LFM2_CONVOLUTION, 0.3),
          dimensions: [LFM2_CONVOLUTION, embedding],
        },
        matrix('shortconv.in_proj.weight', embedding, 3 * embedding),
        matrix('shortconv.out_proj.weight', embedding, embedding),
      ]
  return [vector('attn_norm.weight', embedding), ...mixing, ...feedForwardTensors(shape)]
}

function attentionTensors(shape: MadeShape): TensorPlan[] {
  const { architecture, embedding, heads, kvHeads } = shape
  const length = headLengthOf(shape)
  return [
    matrix('attn_q.weight', embedding, heads * length),
    matrix('attn_k.weight', embedding, kvHeads * length),
    matrix('attn_v.weight', embedding, kvHeads * length),
    matrix('attn_output.weight', heads * length, embedding),
    ...(architecture === 'llama'
      ? []
      : [vector('attn_q_norm.weight', length), vector('attn_k_norm.weight', length)]),
    ...(architecture === 'gemma3'
      ? [vector('post_attention_norm.weight', embedding), vector('post_ffw_norm.weight', embedding)]
      : []),
  ]
}

function feedForwardTensors({ embedding, feedForward, experts }: MadeShape): TensorPlan[] {
  const norm = vector('ffn_norm.weight', embedding)
  if (experts === undefined) {
    return [
      norm,
      matrix('ffn_gate.weight', embedding, feedForward),
      matrix('ffn_down.weight', feedForward, embedding),
      matrix('ffn_up.weight', embedding, feedForward),
    ]
  }
  const ofEach = (name: string, columns: number, rows: number): TensorPlan => ({
    name,
    kind: 'matrix',
    dimensions: [columns, rows, experts],
  })
  return [
    norm,
    { ...vector('ffn_gate_inp.weight', embedding, 0.01), dimensions: [embedding, experts] },
    ofEach('ffn_gate_exps.weight', embedding, feedForward),
    ofEach('ffn_down_exps.weight', feedForward, embedding),
    ofEach('ffn_up_exps.weight', embedding, feedForward),
  ]
}

function mambaTensors(embedding: number): TensorPlan[] {
  const inner = 2 * embedding
  const { convolution, state, rank } = MAMBA
  return [
    vector('attn_norm.weight', embedding),
    matrix('ssm_in.weight', embedding, 2 * inner),
    { ...vector('ssm_conv1d.weight', convolution, 0.25), dimensions: [convolution, inner] },
    vector('ssm_conv1d.bias', inner, 0),
    matrix('ssm_x.weight', inner, rank + 2 * state),
    matrix('ssm_dt.weight', rank, inner),
    vector('ssm_dt.bias', inner, 0),
    // Negative, so that the state fades.
    { ...vector('ssm_a', state, -1), dimensions: [state, inner] },
    vector('ssm_d', inner),
    matrix('ssm_out.weight', inner, embedding),
  ]
}

function matrix(name: string, columns: number, rows: number): TensorPlan {
  return { name, kind: 'matrix', dimensions: [columns, rows] }
}

function vector(name: string, length: number, fill = 1): TensorPlan {
  return { name, kind: 'vector', dimensions: [length], fill }
}
