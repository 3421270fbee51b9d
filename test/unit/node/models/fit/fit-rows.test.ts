import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FitRows } from '../../../../../src/node/models/fit/fit-rows.ts'
import type { Store } from '../../../../../src/node/store/contract.ts'
import { openStore } from '../../../../../src/node/store/open-store.ts'
import { correctionLimits } from '../../../../../src/protocol/model-fit/correct-estimate.ts'
import { tempFolder } from '../../../../helpers/temp-folder.ts'

let folder: ReturnType<typeof tempFolder>
let store: Store
let rows: FitRows

beforeEach(() => {
  folder = tempFolder()
  store = openStore({ path: folder.file('driad.db') })
  rows = new FitRows(store)
})
afterEach(async () => {
  await store.close()
  folder[Symbol.dispose]()
})

const key = { architecture: 'llama', backend: 'cpu', device: 'CPU' }

describe('corrections', () => {
  it('are 1 until something was measured, and then near what was measured last', async () => {
    expect(rows.correction(key)).toBe(1)
    for (let load = 0; load < 20; load++) await rows.addSample(key, 1.2, load)
    expect(rows.correction(key)).toBeCloseTo(1.2, 3)
    expect(rows.correctionOf('llama', 'cpu')).toBeCloseTo(1.2, 3)
    expect(rows.correctionOf('llama', 'vulkan')).toBe(1)
    expect(rows.architectures()).toEqual(['llama'])
  })

  it('follow a load that took more faster than one that took less', async () => {
    await rows.addSample(key, 1.2, 1)
    const up = rows.correction(key) - 1
    await rows.addSample({ ...key, device: 'other' }, 0.9, 2)
    const down = 1 - rows.correction({ ...key, device: 'other' })
    expect(up / 0.2).toBeGreaterThan(down / 0.1)
  })

  it('are never moved beyond their limits by outliers or nonsense', async () => {
    for (let load = 0; load < 50; load++) await rows.addSample(key, 1000, load)
    expect(rows.correction(key)).toBeLessThanOrEqual(correctionLimits.most)
    for (let load = 0; load < 50; load++) await rows.addSample(key, 0.001, load)
    expect(rows.correction(key)).toBeGreaterThanOrEqual(correctionLimits.least)
    const before = rows.correction(key)
    for (const nonsense of [Number.NaN, Number.POSITIVE_INFINITY, -3, 0])
      await rows.addSample(key, nonsense, 1)
    expect(rows.correction(key)).toBe(before)
  })

  it('are forgotten, the oldest first, where there are too many', async () => {
    for (let load = 0; load < 140; load++) {
      await rows.addSample({ ...key, architecture: `a${load}` }, 1.1, load)
    }
    expect(rows.architectures()).toHaveLength(128)
    expect(rows.correction({ ...key, architecture: 'a0' })).toBe(1)
    expect(rows.correction({ ...key, architecture: 'a139' })).toBeGreaterThan(1)
  })
})

it('remembers the memory speed of one processor', async () => {
  expect(rows.memorySpeed('this one')).toBeUndefined()
  await rows.putMemorySpeed('this one', 2e10, 1)
  expect(rows.memorySpeed('this one')).toEqual({ bytesPerSecond: 2e10, measuredAtMs: 1 })
  await rows.putMemorySpeed('a new one', 3e10, 2)
  expect(rows.memorySpeed('this one')).toBeUndefined()
})
