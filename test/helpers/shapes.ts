import type { ModelShape } from '../../src/protocol/gguf/model-shape.ts'
import type { MemoryModel } from '../../src/protocol/model-fit/memory-plan.ts'

/** As published: shapes of well-known models, for what is worked out without their files. */
export const knownShapes = {
  /** Llama-3.1-8B. */
  llama8b: {
    architecture: 'llama',
    layers: 32,
    embedding: 4096,
    heads: 32,
    kvHeads: 8,
    keyLength: 128,
    valueLength: 128,
    feedForward: 14_336,
    vocabulary: 128_256,
  },
  /** Qwen3-30B-A3B: 128 experts, of which a token uses 8. */
  qwen30bA3b: {
    architecture: 'qwen3moe',
    layers: 48,
    embedding: 2048,
    heads: 32,
    kvHeads: 4,
    keyLength: 128,
    valueLength: 128,
    feedForward: 6144,
    vocabulary: 151_936,
    experts: { count: 128, used: 8, feedForward: 768 },
  },
  /** Gemma-3-4B: five of six layers see 1,024 tokens. */
  gemma4b: {
    architecture: 'gemma3',
    layers: 34,
    embedding: 2560,
    heads: 8,
    kvHeads: 4,
    keyLength: 256,
    valueLength: 256,
    feedForward: 10_240,
    vocabulary: 262_208,
    slidingWindow: { tokens: 1024, layers: 29 },
  },
} as const satisfies Record<string, ModelShape>

/** Their sizes as Q4_K_M. */
export const knownModels: Readonly<
  Record<keyof typeof knownShapes, MemoryModel & { contextLength: number }>
> = {
  llama8b: { shape: knownShapes.llama8b, weightsBytes: 4_920_739_232, contextLength: 131_072 },
  qwen30bA3b: { shape: knownShapes.qwen30bA3b, weightsBytes: 18_556_686_912, contextLength: 40_960 },
  gemma4b: { shape: knownShapes.gemma4b, weightsBytes: 2_489_757_856, contextLength: 131_072 },
}
