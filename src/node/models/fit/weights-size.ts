/** Bits that a weight takes on the whole, as the files of well-known models come out. */
const BITS: Readonly<Record<string, number>> = {
  F32: 32,
  F16: 16,
  BF16: 16,
  Q8_0: 8.5,
  Q6_K: 6.6,
  Q5_K_M: 5.7,
  Q5_K_S: 5.5,
  Q5_0: 5.5,
  Q4_K_M: 4.85,
  Q4_K_S: 4.6,
  Q4_0: 4.6,
  MXFP4: 4.3,
  IQ4_NL: 4.5,
  IQ4_XS: 4.3,
  Q3_K_L: 4.3,
  Q3_K_M: 3.9,
  Q3_K_S: 3.5,
  IQ3_M: 3.7,
  IQ3_XXS: 3.1,
  Q2_K: 3,
  IQ2_M: 2.7,
  IQ2_XXS: 2.1,
  IQ1_S: 1.6,
}
/** Of a quantisation that nobody named. */
const USUAL_BITS = 4.85

/** How large the weights of a model will be, where its catalogue does not say. */
export function expectedWeightsBytes(parameterCount: number, quantisation: string): number {
  const name = quantisation.toUpperCase().replace(/_MOE$/, '')
  return Math.round((parameterCount * (BITS[name] ?? USUAL_BITS)) / 8)
}
