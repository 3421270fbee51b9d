import type { ModelShape } from '../gguf/model-shape.ts'

/** Parameters, layers, width, heads, key heads, feed-forward, vocabulary: of models whose shapes others follow. */
const typical: readonly (readonly [number, number, number, number, number, number, number])[] = [
  [0.135e9, 30, 576, 9, 3, 1536, 49_152],
  [0.5e9, 24, 896, 14, 2, 4864, 151_936],
  [1.2e9, 16, 2048, 32, 8, 8192, 128_256],
  [1.7e9, 28, 2048, 16, 8, 6144, 151_936],
  [3.2e9, 28, 3072, 24, 8, 8192, 128_256],
  [8e9, 32, 4096, 32, 8, 14_336, 128_256],
  [14.8e9, 40, 5120, 40, 8, 17_408, 151_936],
  [32.8e9, 64, 5120, 64, 8, 25_600, 151_936],
  [70.6e9, 80, 8192, 64, 8, 28_672, 128_256],
  [405e9, 126, 16_384, 128, 8, 53_248, 128_256],
]

/** The shape of a usual model with about so many parameters, for those that nobody described. */
export function typicalShape(parameterCount: number): ModelShape {
  const wanted = Math.log(Math.max(1, parameterCount) || 1)
  const [, layers, embedding, heads, kvHeads, feedForward, vocabulary] = typical.reduce((best, next) =>
    Math.abs(Math.log(next[0]) - wanted) < Math.abs(Math.log(best[0]) - wanted) ? next : best,
  )
  const length = embedding / heads
  return {
    architecture: 'typical',
    layers,
    embedding,
    heads,
    kvHeads,
    keyLength: length,
    valueLength: length,
    feedForward,
    vocabulary,
  }
}
