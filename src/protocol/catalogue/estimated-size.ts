import type { CatalogueModel, CatalogueVariant } from './schema.ts'

interface Bits {
  /** Bits a weight, of all but the matrix that makes tokens of hidden states. */
  readonly body: number
  /** Of that matrix, which is kept more precise. */
  readonly output: number
  /** The same where rows are no multiple of 256 weights: k-quants need that, and llama.cpp falls back to others. */
  readonly oddBody?: number
}

/**
 * From the sizes of Llama 3.1 8B in llama.cpp's tools/quantize/README.md (4.8944 bits a weight for Q4_K_M, 5.7036 for Q5_K_M,
 * 6.5633 for Q6_K, 8.5008 for Q8_0, 16.0005 for F16), taken apart into output matrix (Q6_K in k-quants) and the rest. Q4_0 as
 * in Google's quantisation-aware files (output in Q8_0); MXFP4 from the two gpt-oss models as ggml-org publishes them.
 */
const bitsOf: Readonly<Record<string, Bits>> = {
  Q2_K: { body: 2.9, output: 6.5625, oddBody: 5.5 },
  Q3_K_S: { body: 3.44, output: 6.5625, oddBody: 5.5 },
  Q3_K_M: { body: 3.89, output: 6.5625, oddBody: 5.5 },
  Q4_0: { body: 4.5, output: 8.5 },
  Q4_1: { body: 5, output: 6.5625 },
  Q4_K_S: { body: 4.55, output: 6.5625, oddBody: 5.5 },
  Q4_K_M: { body: 4.8, output: 6.5625, oddBody: 5.5 },
  Q5_0: { body: 5.5, output: 6.5625 },
  Q5_K_M: { body: 5.65, output: 6.5625, oddBody: 6.5 },
  Q6_K: { body: 6.5625, output: 6.5625, oddBody: 8.5 },
  Q8_0: { body: 8.5, output: 8.5 },
  MXFP4: { body: 4.34, output: 8.5 },
  F16: { body: 16, output: 16 },
  BF16: { body: 16, output: 16 },
  F32: { body: 32, output: 32 },
}

const UNKNOWN: Bits = { body: 8.5, output: 8.5 }
const QUANT_ROW = 256
/** A token's text, type and merges in the head of the file. */
const BYTES_PER_TOKEN = 40

/** The sum of its files' sizes where all are known, else an estimate from parameters and bits a weight, in bytes. */
export function sizeOf(model: CatalogueModel, variant: CatalogueVariant): { bytes: number; exact: boolean } {
  let bytes = 0
  for (const file of variant.files) {
    if (file.sizeBytes === undefined)
      return { bytes: estimatedSizeBytes(model, variant.quantisation), exact: false }
    bytes += file.sizeBytes
  }
  return { bytes, exact: true }
}

/** Mostly within 15 % of the file: how much of a model is its vocabulary is known only where its shape is. */
export function estimatedSizeBytes(
  model: Pick<CatalogueModel, 'parameterCount' | 'shape'>,
  quantisation: string,
): number {
  const { shape, parameterCount } = model
  const bits = bitsOf[quantisation] ?? UNKNOWN
  const odd = shape !== undefined && shape.embedding % QUANT_ROW !== 0 && bits.oddBody !== undefined
  const outputWeights = shape === undefined ? 0 : Math.min(shape.vocabulary * shape.embedding, parameterCount)
  const bodyBits = (parameterCount - outputWeights) * (odd ? (bits.oddBody ?? bits.body) : bits.body)
  const outputBits = outputWeights * (odd ? 8.5 : bits.output)
  return Math.round((bodyBits + outputBits) / 8) + (shape?.vocabulary ?? 0) * BYTES_PER_TOKEN
}
