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
 * How fast a computer is beside the reference that is nearest to it, as a whole per cent: by bytes of weights that
 * generation reads in a second, since each token needs all of them. Undefined where there is nothing to compare with.
 */
export function compareBenchmark(
  { tokensPerSecond, weightsBytes }: { readonly tokensPerSecond: number; readonly weightsBytes: number },
  references: readonly ReferenceMachine[],
): { readonly machine: string; readonly percent: number } | undefined {
  const own = tokensPerSecond * weightsBytes
  if (!(own > 0)) return undefined
  let nearest: { readonly machine: string; readonly ratio: number } | undefined
  for (const { device, parameterCount, quantisation, tg128 } of references) {
    const bits = BITS.find(([pattern]) => pattern.test(quantisation.toUpperCase()))?.[1]
    const theirs = bits === undefined ? 0 : (tg128 * parameterCount * bits) / 8
    if (!(theirs > 0)) continue
    const ratio = own / theirs
    if (nearest === undefined || Math.abs(Math.log(ratio)) < Math.abs(Math.log(nearest.ratio))) {
      nearest = { machine: device, ratio }
    }
  }
  return nearest && { machine: nearest.machine, percent: Math.max(1, Math.round(nearest.ratio * 100)) }
}
