import { tmpdir, totalmem } from 'node:os'
import { describe, expect, it } from 'vitest'
import { fitMachine, machineFacts } from '../../../../../src/node/models/fit/machine-facts.ts'
import { measureMemorySpeed } from '../../../../../src/node/models/fit/memory-speed.ts'

const GIB = 1024 ** 3
const gpu = { name: 'a GPU', backend: 'vulkan', totalBytes: 8 * GIB, freeBytes: 7 * GIB, unified: false }

describe('what this computer has', () => {
  it('is less for models than there is, and less the more is kept free', async () => {
    const facts = await machineFacts({ folder: tmpdir() })
    expect(facts.ramTotalBytes).toBeLessThanOrEqual(totalmem())
    expect(facts.ramReserveBytes).toBeGreaterThanOrEqual(0.5 * GIB)
    expect(facts.ramForModelsBytes).toBeLessThanOrEqual(facts.ramTotalBytes - facts.ramReserveBytes)
    expect(facts.diskFreeBytes).toBeGreaterThan(0)
    expect(facts.cores).toBeGreaterThan(0)
    expect((await machineFacts({ folder: tmpdir(), reserveBytes: 2 ** 50 })).ramForModelsBytes).toBe(0)
  })

  it('counts what loaded models have, as they would make way', async () => {
    const without = await machineFacts({ folder: tmpdir(), gpus: [gpu] })
    const loaded = await machineFacts({
      folder: tmpdir(),
      gpus: [gpu],
      loaded: { ramBytes: 0, vramBytes: 0.5 * GIB },
    })
    expect(loaded.vramForModelsBytes - without.vramForModelsBytes).toBeGreaterThan(0.3 * GIB)
    expect(loaded.vramForModelsBytes).toBeLessThan(8 * GIB)
  })

  it('has the memory of a unified GPU once', async () => {
    const facts = await machineFacts({ folder: tmpdir(), gpus: [{ ...gpu, unified: true }] })
    expect(facts.vramForModelsBytes).toBe(0)
    expect(fitMachine(facts)).toMatchObject({ unified: true, ramBytes: facts.ramForModelsBytes })
    expect(fitMachine(await machineFacts({ folder: tmpdir() }))).not.toHaveProperty('unified')
  })

  it('has no disk where the folder is none', async () => {
    expect((await machineFacts({ folder: '/no/such/folder' })).diskFreeBytes).toBe(0)
  })
})

describe('the speed of the memory', () => {
  it('is measured off the event loop', async () => {
    let turns = 0
    const turning = setInterval(() => turns++, 5)
    const speed = await measureMemorySpeed(2)
    clearInterval(turning)
    expect(speed).toBeGreaterThan(1e8)
    expect(speed).toBeLessThan(1e13)
    expect(turns).toBeGreaterThan(5)
  })

  it('can be given up', async () => {
    const giving = new AbortController()
    const measuring = measureMemorySpeed(1, { signal: giving.signal })
    giving.abort(new Error('enough'))
    await expect(measuring).rejects.toThrow('enough')
  })
})
