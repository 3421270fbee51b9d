import { DriadError } from '../../../protocol/errors.ts'
import type { GgufInfo } from '../../../protocol/gguf/inspect-gguf.ts'
import type { ModelEntry } from '../model-entry.ts'

/** Two files whose parameters differ by less are of one model. */
const SAME_PARAMETERS = 0.01

/**
 * The same model in a smaller quantisation, the largest of those that are here, where one does not fit into memory. It is
 * served under its own name: whoever asks for the larger one gets no other weights.
 */
export function smallerQuantisation(
  entry: ModelEntry,
  cause: unknown,
  all: readonly ModelEntry[],
): ModelEntry | undefined {
  if (!(cause instanceof DriadError) || cause.code !== 'out_of_memory') return undefined
  return all
    .filter((other) => isSmaller(other.info, entry.info) && other.error === undefined)
    .sort((a, b) => (b.info?.sizeBytes ?? 0) - (a.info?.sizeBytes ?? 0))[0]
}

function isSmaller(one: GgufInfo | undefined, other: GgufInfo | undefined): boolean {
  if (one === undefined || other === undefined || one.sizeBytes >= other.sizeBytes) return false
  const alike = Math.abs(one.parameterCount / Math.max(1, other.parameterCount) - 1) < SAME_PARAMETERS
  return alike && one.architecture === other.architecture && one.quantisation !== other.quantisation
}
