/** A machine that others know, as it was measured with some model. */
export interface ReferenceMachine {
  readonly device: string
  readonly parameterCount: number
  readonly quantisation: string
  /** Generated tokens a second, of one sequence. */
  readonly tg128: number
}

/** Bits that a weight takes on average, by the file type's first letters. */
const BITS: readonly (readonly [RegExp, number])[] = [
  [/^(F32)/, 32],
  [/^(F16|BF16)/, 16],
  [/^(Q8)/, 8.5],
  [/^(Q6)/, 6.6],
  [/^(Q5)/, 5.6],
  [/^(Q4|IQ4|MXFP4)/, 4.7],
  [/^(Q3|IQ3)/, 3.8],
  [/^(Q2|IQ2)/, 2.9],
]

/**
 * How fast a computer is beside the reference that is nearest to it, as a whole per cent. Undefined where there is
 * nothing to compare with.
 */
export function compareBenchmark(
  own: OwnSpeed,
  references: readonly ReferenceMachine[],
): BenchmarkComparison | undefined {
  const [nearest] = compareWithAll(own, references).sort((a, b) => distance(a.ratio) - distance(b.ratio))
  return nearest && { machine: nearest.machine, percent: percentOf(nearest.ratio) }
}

/** The same beside each of them, the slowest first. */
export function compareBenchmarks(
  own: OwnSpeed,
  references: readonly ReferenceMachine[],
): BenchmarkComparison[] {
  return compareWithAll(own, references)
    .sort((a, b) => b.ratio - a.ratio)
    .map(({ machine, ratio }) => ({ machine, percent: percentOf(ratio) }))
}

export interface OwnSpeed {
  readonly tokensPerSecond: number
  readonly weightsBytes: number
}

export interface BenchmarkComparison {
  readonly machine: string
  readonly percent: number
}

/** By bytes of weights that generation reads in a second, since each token needs all of them. */
function compareWithAll(
  { tokensPerSecond, weightsBytes }: OwnSpeed,
  references: readonly ReferenceMachine[],
): { readonly machine: string; readonly ratio: number }[] {
  const own = tokensPerSecond * weightsBytes
  if (!(own > 0)) return []
  return references.flatMap(({ device, parameterCount, quantisation, tg128 }) => {
    const bits = BITS.find(([pattern]) => pattern.test(quantisation.toUpperCase()))?.[1]
    const theirs = bits === undefined ? 0 : (tg128 * parameterCount * bits) / 8
    return theirs > 0 ? [{ machine: device, ratio: own / theirs }] : []
  })
}

function distance(ratio: number): number {
  return Math.abs(Math.log(ratio))
}

function percentOf(ratio: number): number {
  return Math.max(1, Math.round(ratio * 100))
}
