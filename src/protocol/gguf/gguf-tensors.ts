import { DriadError } from '../errors.ts'
import type { GgufCursor } from './gguf-cursor.ts'
import { ggufLimits } from './gguf-limits.ts'
import { tensorTypes } from './tensor-types.ts'

/** Which weights a model has, in bytes of the file: what goes where, and what each token needs, depends on it. */
export interface WeightBytes {
  readonly all: number
  /** The table that tokens are looked up in: one row for each, so it is never read as a whole. */
  readonly input: number
  /** The matrix that makes tokens of the last state; 0 where the input's table is used for it. */
  readonly output: number
  /** Of all experts together; each token uses a few of them. */
  readonly experts: number
}

export interface TensorSummary {
  readonly parameterCount: number
  readonly weights: WeightBytes
  /** Elements by type name; what the file mostly is, where it does not say so itself. */
  readonly elementsByType: ReadonlyMap<string, number>
  /** Where the last tensor ends, in bytes from the start of the tensor data. */
  readonly dataBytes: number
  readonly lastTensor: string
  /** Whether there are layers with a matrix for queries, and with a plain feed-forward network. */
  readonly hasAttention: boolean
  readonly hasFeedForward: boolean
}

/** Reads the list of `count` tensors. Throws `model_invalid`. */
export async function readTensors(cursor: GgufCursor, count: number): Promise<TensorSummary> {
  const elementsByType = new Map<string, number>()
  const weights = { all: 0, input: 0, output: 0, experts: 0 }
  let parameterCount = 0
  let dataBytes = 0
  let lastTensor = ''
  let hasAttention = false
  let hasFeedForward = false
  for (let index = 0; index < count; index++) {
    const where = `tensor ${index + 1} of ${count}`
    const name = (await cursor.text(`the name of ${where}`, ggufLimits.tensorNameBytes)) ?? ''
    if (name === '') throw new DriadError('model_invalid', `The file is damaged: ${where} has no usable name`)
    const elements = await readElementCount(cursor, name)
    const typeId = await cursor.u32(`the type of ${name}`)
    const offset = await cursor.u64(`the offset of ${name}`)
    const type = tensorTypes[typeId]
    if (type === undefined) {
      throw new DriadError(
        'model_invalid',
        `The tensor ${name} has the type ${typeId}, which this version of llama.cpp does not know`,
      )
    }
    const [typeName, blockElements, blockBytes] = type
    if (elements % blockElements !== 0) {
      throw new DriadError(
        'model_invalid',
        `The file is damaged: ${name} does not fill its ${typeName} blocks`,
      )
    }
    const bytes = (elements / blockElements) * blockBytes
    const end = offset + bytes
    if (!Number.isSafeInteger(end)) {
      throw new DriadError('model_invalid', `The file is damaged: ${name} would be absurdly large`)
    }
    parameterCount += elements
    weights.all += bytes
    hasAttention ||= /^blk\.\d+\.attn_(q|qkv)\.weight$/.test(name)
    hasFeedForward ||= /^blk\.\d+\.ffn_(up|down)\.weight$/.test(name)
    const part = partOf(name)
    if (part !== undefined) weights[part] += bytes
    elementsByType.set(typeName, (elementsByType.get(typeName) ?? 0) + elements)
    if (end > dataBytes) {
      dataBytes = end
      lastTensor = name
    }
  }
  return { parameterCount, weights, elementsByType, dataBytes, lastTensor, hasAttention, hasFeedForward }
}

function partOf(name: string): 'input' | 'output' | 'experts' | undefined {
  if (name === 'token_embd.weight' || name === 'per_layer_token_embd.weight') return 'input'
  if (name === 'output.weight') return 'output'
  return /^blk\.\d+\.ffn_\w+_exps\.weight$/.test(name) ? 'experts' : undefined
}

async function readElementCount(cursor: GgufCursor, name: string): Promise<number> {
  const dimensions = await cursor.u32(`the dimensions of ${name}`)
  if (dimensions === 0 || dimensions > ggufLimits.tensorDimensions) {
    throw new DriadError('model_invalid', `The file is damaged: ${name} has ${dimensions} dimensions`)
  }
  let elements = 1
  for (let index = 0; index < dimensions; index++) {
    elements *= await cursor.u64(`dimension ${index + 1} of ${name}`)
  }
  if (Number.isSafeInteger(elements)) return elements
  throw new DriadError('model_invalid', `The file is damaged: ${name} would be absurdly large`)
}
