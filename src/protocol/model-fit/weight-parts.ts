import type { ModelShape } from '../gguf/model-shape.ts'
import { type MemoryModel, whole } from './memory-plan.ts'

/** Bytes of the weights by where they go and how often they are read. */
export interface WeightParts {
  readonly input: number
  /** What makes tokens of the last state; the input's table where there is no matrix for it. */
  readonly output: number
  /** True where output and input are the same table. */
  readonly tied: boolean
  readonly experts: number
  /** All layers, experts included. */
  readonly layers: number
}

/** Models with fewer weights than this mostly use one table for input and output. */
const MOSTLY_TIED_BELOW = 4e9

/** The parts as the file has them; without a file, from the shape, with the output's table guessed from the size. */
export function weightParts({ shape, weightsBytes, weights }: MemoryModel): WeightParts {
  const all = whole(weightsBytes)
  if (weights !== undefined) {
    const input = Math.min(all, whole(weights.input))
    const output = Math.min(all - input, whole(weights.output))
    return {
      input,
      output: output === 0 ? input : output,
      tied: output === 0,
      experts: Math.min(all - input - output, whole(weights.experts)),
      layers: all - input - output,
    }
  }
  const { table, experts, layers } = parameterParts(shape)
  const tied = layers + table < MOSTLY_TIED_BELOW
  const parameters = layers + table * (tied ? 1 : 2)
  const perParameter = parameters === 0 ? 0 : all / parameters
  const input = Math.min(all, whole(table * perParameter))
  return {
    input,
    output: input,
    tied,
    experts: Math.min(all, whole(experts * perParameter)),
    layers: Math.max(0, all - (tied ? input : 2 * input)),
  }
}

/** Parameters as a transformer of that shape has them. Those of other kinds differ, but not by much. */
function parameterParts(shape: ModelShape): { table: number; experts: number; layers: number } {
  const embedding = whole(shape.embedding)
  const layers = whole(shape.layers, 1)
  const queries = whole(shape.heads) * whole(shape.keyLength)
  const keysAndValues = whole(shape.kvHeads) * (whole(shape.keyLength) + whole(shape.valueLength))
  const attention = embedding * (2 * queries + keysAndValues)
  const inner = shape.recurrent === undefined ? 0 : 3 * embedding * whole(shape.recurrent.width)
  const { experts } = shape
  const expertParameters =
    experts === undefined ? 0 : 3 * embedding * whole(experts.feedForward) * whole(experts.count)
  const feedForward = experts === undefined ? 3 * embedding * whole(shape.feedForward) : expertParameters
  return {
    table: whole(embedding * whole(shape.vocabulary)),
    experts: whole(layers * expertParameters),
    layers: whole(layers * (Math.max(attention, inner) + feedForward)),
  }
}
