import type { LlamaModel } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ComputeTurns } from '../../src/inference-child/decoder/compute-turns.ts'
import { type Backend, loadBackend } from '../../src/inference-child/llama-backend.ts'
import { createInferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { loadSample } from '../../src/node/models/fit/load-sample.ts'
import { type GgufInfo, inspectGguf } from '../../src/protocol/gguf/inspect-gguf.ts'
import { allBytes, estimateMemory } from '../../src/protocol/model-fit/estimate-memory.ts'
import { type MemoryPlan, plainPlan } from '../../src/protocol/model-fit/memory-plan.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { demoModelPath } from '../helpers/models.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/** Estimates may be this much off: the measured errors are in docs/models.md, and a fifth of that as a rule. */
const BOUND = 0.25

const folder = tempFolder()
let backend: Backend

beforeAll(async () => {
  backend = await loadBackend('off', { log: () => {}, turns: new ComputeTurns() })
})
afterAll(async () => {
  await backend.llama.dispose()
  folder[Symbol.dispose]()
})

const estimateOf = (info: GgufInfo, plan: MemoryPlan) => {
  if (info.shape === undefined) throw new Error('The file tells no shape')
  return estimateMemory({ shape: info.shape, weightsBytes: info.weights.all, weights: info.weights }, plan)
}

const plans = [
  plainPlan({ contextSize: 512, slots: 1 }),
  plainPlan({ contextSize: 1000, slots: 3 }),
  plainPlan({ contextSize: 4096, slots: 4 }),
  plainPlan({ contextSize: 4096, slots: 2, kvType: 'q8_0' }),
  plainPlan({ contextSize: 4096, slots: 2, kvType: 'q4_0' }),
  plainPlan({ contextSize: 2048, slots: 2, flashAttention: false }),
  plainPlan({ contextSize: 2048, slots: 2, batchTokens: 128 }),
]

async function reportedBytes(model: LlamaModel, plan: MemoryPlan): Promise<number> {
  const cache = { f16: 'F16', q8_0: 'Q8_0', q4_0: 'Q4_0' } as const
  const context = await model.createContext({
    contextSize: plan.contextSize,
    sequences: plan.slots,
    batchSize: plan.batchTokens,
    flashAttention: plan.flashAttention,
    experimentalKvCacheKeyType: cache[plan.kvType],
    experimentalKvCacheValueType: cache[plan.kvType],
    threads: 1,
    failedCreationRemedy: false,
  })
  const { ram, vram } = context.memoryUsage
  await context.dispose()
  return ram + vram
}

describe('estimates of memory, against what llama.cpp reports', () => {
  const shapes = ['30m', 'window', 'recurrent', 'hybrid', 'experts'] as const
  it.each(['demo', ...shapes])('of %s: weights, cache and buffers', { timeout: 60_000 }, async (name) => {
    const path = name === 'demo' ? demoModelPath : folder.file(`${name}.gguf`)
    if (name !== 'demo')
      await makeGguf(path, { shape: madeShapes[name as (typeof shapes)[number]], type: 'f16' })
    const info = await inspectGguf(path)
    const model = await backend.llama.loadModel({ modelPath: path })
    try {
      expect(
        model.memoryUsage.ram / estimateOf(info, plainPlan({ contextSize: 1, slots: 1 })).weights.ram,
      ).toBeCloseTo(1, 2)
      for (const plan of plans) {
        const { cache, compute } = estimateOf(info, plan)
        const error = (allBytes(cache) + allBytes(compute)) / (await reportedBytes(model, plan)) - 1
        expect(Math.abs(error), `${JSON.stringify(plan)} is ${(error * 100).toFixed(1)} % off`).toBeLessThan(
          BOUND,
        )
      }
    } finally {
      await model.dispose()
    }
  })
})

it('are what an inference process grows by', { timeout: 90_000 }, async () => {
  const path = folder.file('135m.gguf')
  await makeGguf(path, { shape: madeShapes['135m'], type: 'q8_0' })
  const info = await inspectGguf(path)
  const { logger } = recordingLogger()
  await using engine = createInferenceSupervisor({ launch: launchInferenceChild(logger), logger })
  const loaded = await engine.load({ name: 'large', path, slots: 4, contextSize: 4096, gpu: 'off' })
  const { total, cache } = estimateOf(
    info,
    plainPlan({ contextSize: loaded.contextSize, slots: loaded.slots }),
  )
  // Buffers are reserved for a full batch, and come into memory as they are written to.
  expect(loaded.residentBytes).toBeGreaterThan(allBytes(cache))
  expect(loaded.residentBytes).toBeLessThan(allBytes(total) * (1 + BOUND))
  expect(loadSample(info, loaded)).toBeGreaterThan(1 - BOUND)
  expect(loadSample(info, loaded)).toBeLessThan(1 + BOUND)
})
