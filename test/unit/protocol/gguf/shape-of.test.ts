import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GgufValue } from '../../../../src/protocol/gguf/gguf-metadata.ts'
import { shapeOf } from '../../../../src/protocol/gguf/shape-of.ts'
import { cacheBytes } from '../../../../src/protocol/model-fit/cache-bytes.ts'
import { estimateMemory } from '../../../../src/protocol/model-fit/estimate-memory.ts'
import { plainPlan } from '../../../../src/protocol/model-fit/memory-plan.ts'
import { knownShapes } from '../../../helpers/shapes.ts'

function shape(architecture: string, keys: Readonly<Record<string, GgufValue | readonly number[]>>) {
  const metadata = new Map<string, GgufValue>([['general.architecture', architecture]])
  for (const [key, value] of Object.entries(keys)) {
    const kept = Array.isArray(value)
      ? { length: value.length, numbers: value as readonly number[] }
      : (value as GgufValue)
    metadata.set(key.startsWith('tokenizer.') ? key : `${architecture}.${key}`, kept)
  }
  return shapeOf(metadata)
}

const llama = {
  block_count: 32,
  embedding_length: 4096,
  feed_forward_length: 14_336,
  'attention.head_count': 32,
  'attention.head_count_kv': 8,
}

describe('the shape of a model', () => {
  it('is read from the usual keys, the vocabulary from the tokens', () => {
    expect(shape('llama', { ...llama, 'tokenizer.ggml.tokens': { length: 128_256 } })).toEqual({
      ...knownShapes.llama8b,
      kvElements: { full: 32 * 8 * 256, window: 0 },
    })
  })

  it('is absent where layers or width are', () => {
    expect(shape('llama', { embedding_length: 4096 })).toBeUndefined()
    expect(shape('llama', { block_count: 32 })).toBeUndefined()
    expect(shapeOf(new Map())).toBeUndefined()
  })

  it('has as many heads as each layer says', () => {
    const found = shape('openelm', {
      ...llama,
      block_count: 3,
      'attention.head_count': [12, 16, 20],
      'attention.head_count_kv': [3, 4, 5],
      'attention.key_length': 64,
      'attention.value_length': 64,
      feed_forward_length: [768, 1024, 1280],
    })
    expect(found).toMatchObject({ heads: 20, kvHeads: 5, feedForward: 1280, kvElements: { full: 12 * 128 } })
  })

  it.each([
    ['gemma2', 26, 13],
    ['gemma3', 34, 29],
    ['gpt-oss', 24, 12],
    ['cohere2', 32, 24],
  ])('knows which layers of %s have a window', (architecture, layers, windowed) => {
    const found = shape(architecture, { ...llama, block_count: layers, 'attention.sliding_window': 1024 })
    expect(found?.slidingWindow).toEqual({ tokens: 1024, layers: windowed })
    expect(found?.kvElements?.window).toBe(windowed * 2048)
  })

  it('takes the window layer by layer where the file has it so, with heads of another length there', () => {
    const found = shape('gemma4', {
      ...llama,
      block_count: 6,
      'attention.sliding_window': 512,
      'attention.sliding_window_pattern': [1, 1, 1, 1, 1, 0],
      'attention.key_length': 512,
      'attention.value_length': 512,
      'attention.key_length_swa': 256,
      'attention.value_length_swa': 256,
      'attention.shared_kv_layers': 1,
    })
    expect(found?.kvElements).toEqual({ full: 0, window: 5 * 8 * 512 })
  })

  it('keeps everything in all layers where llama.cpp does, whatever window the file tells of', () => {
    const found = shape('phi3', { ...llama, 'attention.sliding_window': 2047 })
    expect(found?.slidingWindow).toBeUndefined()
    expect(found?.kvElements).toEqual({ full: 32 * 2048, window: 0 })
  })

  it('has one vector for keys and values where they are compressed', () => {
    const found = shape('deepseek2', {
      ...llama,
      block_count: 27,
      'attention.head_count_kv': 1,
      'attention.key_length': 576,
      'attention.value_length': 512,
      'attention.key_length_mla': 192,
      'attention.value_length_mla': 128,
    })
    expect(found?.kvElements).toEqual({ full: 27 * 576, window: 0 })
  })

  it('of recurrent models is a state; of hybrid ones both', () => {
    const ssm = { 'ssm.conv_kernel': 4, 'ssm.inner_size': 1536, 'ssm.state_size': 16 }
    const mamba = shape('mamba', { block_count: 24, embedding_length: 768, ...ssm })
    expect(mamba?.recurrent).toEqual({ elements: 24 * (3 * 1536 + 16 * 1536), width: 1536 })
    expect(mamba?.kvElements).toEqual({ full: 0, window: 0 })
    const jamba = shape('jamba', {
      ...llama,
      ...ssm,
      block_count: 4,
      'attention.head_count_kv': [0, 0, 8, 0],
    })
    expect(jamba?.recurrent?.elements).toBe(3 * 19 * 1536)
    expect(jamba?.kvElements?.full).toBe(2048)
    const next = shape('qwen3next', {
      ...llama,
      block_count: 48,
      'ssm.conv_kernel': 4,
      'ssm.inner_size': 4096,
      'ssm.state_size': 128,
      'ssm.group_count': 16,
      full_attention_interval: 4,
    })
    expect(next?.kvElements?.full).toBe(12 * 2048)
    expect(next?.recurrent?.elements).toBe(36 * (3 * (4096 + 2 * 16 * 128) + 128 * 4096))
  })

  it('knows experts', () => {
    const found = shape('qwen3moe', {
      ...llama,
      expert_count: 128,
      expert_used_count: 8,
      expert_feed_forward_length: 768,
    })
    expect(found?.experts).toEqual({ count: 128, used: 8, feedForward: 768 })
  })

  it('of embedding models has no cache', () => {
    const found = shape('nomic-bert', llama)
    expect(found).toBeDefined()
    expect(found && cacheBytes(found, plainPlan({ contextSize: 8192, slots: 4 }))).toBe(0)
  })

  it('never throws and never makes an estimate of no number, whatever the keys hold', () => {
    const anyValue = fc.oneof(
      fc.integer({ min: -5, max: 5000 }),
      fc.constantFrom(2 ** 32 - 1, Number.MAX_SAFE_INTEGER, Number.NaN, 'text', true),
      fc.array(fc.oneof(fc.integer({ min: -1, max: 300 }), fc.constant(2 ** 32 - 1)), { maxLength: 40 }),
    )
    const keys = [
      ...Object.keys(llama),
      'attention.key_length',
      'attention.sliding_window',
      'attention.sliding_window_pattern',
      'attention.shared_kv_layers',
      'expert_count',
      'expert_used_count',
      'nextn_predict_layers',
      'ssm.conv_kernel',
      'ssm.inner_size',
      'ssm.state_size',
      'wkv.head_size',
      'shortconv.l_cache',
      'full_attention_interval',
      'vocab_size',
    ]
    const some = fc.record(Object.fromEntries(keys.map((key) => [key, anyValue])), { requiredKeys: [] })
    fc.assert(
      fc.property(
        fc.constantFrom('llama', 'gemma3', 'mamba', 'lfm2', 'qwen3next', 'nemotron_h', 'gemma3n'),
        some,
        (architecture, values) => {
          const found = shape(architecture, values as Record<string, GgufValue>)
          if (found === undefined) return
          const plan = plainPlan({ contextSize: 4096, slots: 2, gpuLayers: 3 })
          const { total } = estimateMemory({ shape: found, weightsBytes: 1e9 }, plan)
          expect(Number.isFinite(total.ram) && Number.isFinite(total.vram)).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })
})
