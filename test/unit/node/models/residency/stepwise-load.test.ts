import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forkInferenceChild } from '../../../../../src/node/inference/fork-child.ts'
import { createInferenceSupervisor } from '../../../../../src/node/inference/supervisor.ts'
import { halvableCache, smallerPlans } from '../../../../../src/node/models/residency/load-plan.ts'
import { PlanRows } from '../../../../../src/node/models/residency/plan-rows.ts'
import { loadStepwise } from '../../../../../src/node/models/residency/stepwise-load.ts'
import { openStore } from '../../../../../src/node/store/open-store.ts'
import type { ModelShape } from '../../../../../src/protocol/gguf/model-shape.ts'
import type { LoadPlan } from '../../../../../src/protocol/load-views.ts'
import { recordingLogger } from '../../../../helpers/recording-logger.ts'
import { tempFolder } from '../../../../helpers/temp-folder.ts'

const entry = fileURLToPath(new URL('../../../../fixtures/misbehaving-child.mjs', import.meta.url))
const key = { sha256: new Uint8Array(32).fill(7), device: 'auto' }
const wanted: LoadPlan = { contextSize: 8192, slots: 4, kvType: 'f16' }
const plan = (contextSize: number, slots: number): LoadPlan => ({ contextSize, slots, kvType: 'f16' })

/** A real supervisor with a child that has memory for as many tokens as the model's path says. */
function loading() {
  const { logger, lines } = recordingLogger()
  const folder = tempFolder()
  const store = openStore({ path: folder.file('driad.db') })
  const engine = createInferenceSupervisor(
    { launch: forkInferenceChild({ entry, logger }), logger },
    { restarts: { firstDelayMs: 1, maxDelayMs: 10 } },
  )
  const plans = new PlanRows(store)
  const load = (
    path: string,
    init: { roomBytes?: number; afresh?: boolean; wanted?: LoadPlan; halvableCache?: boolean } = {},
  ) =>
    loadStepwise(
      {
        engine,
        plans,
        logger,
        estimateBytes: ({ contextSize, slots, kvType }) => (contextSize * slots) / (kvType === 'f16' ? 1 : 2),
      },
      {
        request: { name: 'm', path, gpu: 'off' },
        wanted,
        roomBytes: Number.MAX_SAFE_INTEGER,
        gpuLayers: 0,
        halvableCache: false,
        key,
        now: () => 1,
        ...init,
      },
    )
  return {
    load,
    plans,
    engine,
    lines,
    [Symbol.asyncDispose]: async () => {
      await engine.stop()
      await store.close()
      folder[Symbol.dispose]()
    },
  }
}

describe('ever smaller plans', () => {
  it('take context first, then slots, then the rest of the context, then layers from the GPU', () => {
    expect(smallerPlans(wanted)).toEqual([
      plan(4096, 4),
      plan(2048, 4),
      plan(2048, 2),
      plan(2048, 1),
      plan(1024, 1),
      plan(512, 1),
    ])
    expect(smallerPlans(plan(512, 1), { gpuLayers: 20 }).map(({ gpuLayers }) => gpuLayers)).toEqual([
      10, 5, 2, 1, 0,
    ])
    expect(smallerPlans(plan(300, 1))).toEqual([])
  })

  it('keep keys and values in half the memory before anything is given up, where that is possible', () => {
    const [first, ...rest] = smallerPlans(wanted, { halvableCache: true })
    expect(first).toEqual({ ...wanted, kvType: 'q8_0' })
    expect(rest).toEqual(smallerPlans(wanted).map((plan) => ({ ...plan, kvType: 'q8_0' })))
    // What is smaller already stays as it is.
    const small: LoadPlan = { ...wanted, kvType: 'q4_0' }
    expect(smallerPlans(small, { halvableCache: true })).toEqual(smallerPlans(small))
  })

  it('know which models have keys and values that can be halved', () => {
    const shape = { keyLength: 64, valueLength: 128 } as ModelShape
    expect(halvableCache(shape)).toBe(true)
    expect(halvableCache({ ...shape, valueLength: 80 })).toBe(false)
    expect(halvableCache({ ...shape, keyLength: 0 })).toBe(false)
    expect(halvableCache(undefined)).toBe(false)
  })

  it('are few and never larger than the one before, whatever is wanted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 24 }), fc.integer({ min: 1, max: 64 }), (tokens, slots) => {
        const plans = [plan(tokens, slots), ...smallerPlans(plan(tokens, slots))]
        expect(plans.length).toBeLessThanOrEqual(17)
        for (const [index, { contextSize, slots: left }] of plans.slice(1).entries()) {
          expect(contextSize * left).toBeLessThan(
            (plans[index]?.contextSize ?? 0) * (plans[index]?.slots ?? 0),
          )
        }
      }),
    )
  })
})

describe('loading step by step', () => {
  it('loads what is wanted where it fits', async () => {
    await using t = loading()
    const { loaded, notice } = await t.load('/plenty.gguf')
    expect(loaded).toMatchObject({ contextSize: 8192, slots: 4 })
    expect(notice).toBeUndefined()
    expect(t.plans.get(key)).toBeUndefined()
  })

  it('takes less after running out of memory, says so, and begins there the next time', async () => {
    await using t = loading()
    const first = await t.load('/fits-9000.gguf')
    expect(first.loaded).toMatchObject({ contextSize: 2048, slots: 4 })
    expect(first.notice).toEqual({ wanted, used: plan(2048, 4), because: { code: 'memory' } })
    expect(t.plans.get(key)).toMatchObject({ wanted, used: plan(2048, 4) })
    const failed = t.lines.filter(({ message }) => message.includes('did not load with')).length
    expect(failed).toBe(2)
    const second = await t.load('/fits-9000.gguf')
    expect(second).toMatchObject({ loaded: { contextSize: 2048 }, notice: first.notice })
    expect(t.lines.filter(({ message }) => message.includes('did not load with'))).toHaveLength(failed)
  })

  it('goes back up when it is asked for, when there is more room, and when something else is wanted', async () => {
    for (const init of [{ afresh: true }, { roomBytes: 200_000 }, { wanted: plan(4096, 4) }]) {
      await using t = loading()
      await t.load('/fits-9000.gguf', { roomBytes: 100_000 })
      const again = await t.load('/plenty.gguf', { roomBytes: 100_000, ...init })
      expect(again.notice).toBeUndefined()
      expect(again.loaded).toMatchObject({ contextSize: init.wanted?.contextSize ?? 8192, slots: 4 })
      expect(t.plans.get(key)).toBeUndefined()
    }
  })

  it('does not try what cannot fit, and fails with the figures where nothing does', async () => {
    await using t = loading()
    expect((await t.load('/plenty.gguf', { roomBytes: 4500 })).loaded).toMatchObject({
      contextSize: 2048,
      slots: 2,
    })
    expect(t.lines.some(({ message }) => message.includes('did not load with'))).toBe(false)
    await expect(t.load('/plenty.gguf', { roomBytes: 100 })).rejects.toMatchObject({
      code: 'out_of_memory',
      message: expect.stringContaining('models may take 1 MB now'),
    })
  })

  it('keeps all of the context and says that it is kept in less memory, where that suffices', async () => {
    await using t = loading()
    const { loaded, notice } = await t.load('/plenty.gguf', { roomBytes: 20_000, halvableCache: true })
    expect(loaded).toMatchObject({ contextSize: 8192, slots: 4 })
    expect(notice).toMatchObject({ used: { kvType: 'q8_0' }, because: { code: 'room', roomBytes: 20_000 } })
    expect(t.plans.get(key)).toMatchObject({ used: { ...wanted, kvType: 'q8_0' } })
    // Whoever then chooses what they are kept in gets that.
    const chosen = await t.load('/plenty.gguf', { roomBytes: 20_000, halvableCache: false })
    expect(chosen.loaded).toMatchObject({ contextSize: 4096, slots: 4 })
    expect(chosen.notice?.used.kvType).toBe('f16')
  })

  it('survives a child that is killed while it loads', async () => {
    await using t = loading()
    const { loaded, notice } = await t.load('/kills-5000.gguf')
    expect(loaded.contextSize * loaded.slots).toBeLessThanOrEqual(5000)
    expect(notice?.because).toEqual({ code: 'crash' })
    expect(t.engine.state()).toMatchObject({ state: 'ready' })
  })

  it('gives up a file that ends every child after three of them', async () => {
    await using t = loading()
    await expect(t.load('/poison.gguf')).rejects.toMatchObject({ code: 'model_invalid' })
    expect(t.engine.state().restarts).toBe(3)
  })
})
