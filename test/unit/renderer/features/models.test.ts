import { describe, expect, it } from 'vitest'
import type { FitFactsView, MachineView } from '../../../../src/protocol/fit-views.ts'
import type { ModelView } from '../../../../src/protocol/views.ts'
import {
  missingDevices,
  switchedChoice,
} from '../../../../src/renderer/features/models/devices/device-choice.ts'
import { deviceFacts } from '../../../../src/renderer/features/models/devices/device-words.ts'
import {
  contextSteps,
  fitOfWish,
  mostOf,
  reliefs,
  slotSteps,
  wishOf,
  wishPatch,
} from '../../../../src/renderer/features/models/served/load-wish.ts'
import { memoryUse } from '../../../../src/renderer/features/models/served/memory-use.ts'
import { knownShapes } from '../../../helpers/shapes.ts'

const GB = 1e9

/** A model like Llama 3 8B in 4 bits, on a computer with so much memory. */
const facts = (ramBytes: number, vramBytes = 0): FitFactsView => ({
  model: {
    shape: knownShapes.llama8b,
    weightsBytes: 4.92 * GB,
    contextLength: 131_072,
    exact: true,
  },
  machine: { ramBytes, vramBytes },
  correction: 1,
  automatic: { contextSize: 8192, slots: 4, kvType: 'f16' },
})

describe('what is wanted of a model', () => {
  const automatic = { contextSize: 8192, slots: 4, kvType: 'f16' } as const

  it('is what is set for it, else what holds for all', () => {
    expect(wishOf({}, facts(GB))).toEqual(automatic)
    expect(wishOf({ ownSlots: 2, ownKvType: 'q4_0' }, facts(GB))).toEqual({
      contextSize: 8192,
      slots: 2,
      kvType: 'q4_0',
    })
  })

  it('is saved as far as it changed', () => {
    expect(wishPatch(automatic, automatic)).toEqual({})
    expect(wishPatch(automatic, { ...automatic, slots: 1, kvType: 'q8_0' })).toEqual({
      slots: 1,
      kvType: 'q8_0',
    })
  })

  it('has steps up to what the model was trained on, and those that are set', () => {
    expect(contextSteps(4096)).toEqual([256, 512, 1024, 1536, 2048, 3072, 4096])
    expect(contextSteps(1000, 700)).toEqual([256, 512, 700, 1000])
    expect(contextSteps(64)).toEqual([64])
    expect(slotSteps(9)).toContain(9)
    expect(slotSteps(4).filter((slots) => slots === 4)).toHaveLength(1)
  })

  it('needs more memory with more context and slots, on the GPU where there is room', () => {
    const bytesOf = (wish: Parameters<typeof fitOfWish>[1]) => {
      const { total } = fitOfWish(facts(100 * GB), wish).estimate
      return total.ram + total.vram
    }
    expect(bytesOf({ ...automatic, contextSize: 16_384 })).toBeGreaterThan(bytesOf(automatic))
    expect(bytesOf({ ...automatic, slots: 8 })).toBeGreaterThan(bytesOf(automatic))
    expect(bytesOf({ ...automatic, kvType: 'q8_0' })).toBeLessThan(bytesOf(automatic))
    expect(fitOfWish(facts(20 * GB, 6 * GB), automatic)).toMatchObject({ verdict: 'partly' })
    expect(fitOfWish(facts(20 * GB, 24 * GB), automatic)).toMatchObject({ verdict: 'fits', gpuLayers: 33 })
  })

  it('offers only what lets it fit where it does not', () => {
    const tight = facts(8 * GB)
    expect(fitOfWish(tight, automatic).verdict).toBe('tooLarge')
    const offered = reliefs(tight, automatic)
    expect(offered.length).toBeGreaterThan(1)
    for (const { patch } of offered) {
      const changed = {
        contextSize: patch.contextSize ?? automatic.contextSize,
        slots: patch.slots ?? automatic.slots,
        kvType: patch.kvType ?? automatic.kvType,
      }
      expect(fitOfWish(tight, changed).verdict, JSON.stringify(patch)).not.toBe('tooLarge')
    }
    expect(reliefs(facts(2 * GB), automatic)).toEqual([])
    expect(mostOf(facts(2 * GB), automatic)).toEqual({ contextSize: 0, slots: 0 })
  })
})

describe('memory and what takes it', () => {
  const machine: MachineView = {
    platform: 'linux',
    arch: 'x64',
    cpu: 'a processor',
    cores: 8,
    ramTotalBytes: 32 * GB,
    ramFreeBytes: 20 * GB,
    ramReserveBytes: 4 * GB,
    ramForModelsBytes: 21 * GB,
    gpus: [],
    vramForModelsBytes: 0,
    diskFreeBytes: 0,
  }
  const share = (ram: number, vram: number) => ({ ram: ram * GB, vram: vram * GB })
  const model = (name: string, ram: number, vram: number): ModelView => ({
    name,
    path: `/${name}.gguf`,
    state: 'ready',
    builtIn: false,
    sizeBytes: GB,
    running: 0,
    memoryBytes: (ram + vram) * GB,
    memory: { weights: share(ram, vram), cache: share(0, 0), buffers: share(0, 0) },
    preload: false,
    ownPrice: false,
    promptMicroPer1k: '0',
    completionMicroPer1k: '0',
  })

  it('is the computer’s, with models, other programs and what is free adding up to all', () => {
    const [ram] = memoryUse(machine, [model('a', 3, 0), model('b', 0, 0)], 0)
    expect(ram).toMatchObject({
      totalBytes: 32 * GB,
      budgetBytes: 21 * GB,
      models: [{ name: 'a', bytes: 3 * GB }],
      othersBytes: 9 * GB,
      freeBytes: 20 * GB,
    })
  })

  it('never has more free than models leave, though mapped files count as free', () => {
    const [ram] = memoryUse(machine, [model('a', 15, 0)], 0)
    expect(ram).toMatchObject({ othersBytes: 0, freeBytes: 17 * GB })
  })

  it('is limited by the operator’s budget', () => {
    expect(memoryUse(machine, [], 8 * GB)[0]?.budgetBytes).toBe(8 * GB)
    expect(memoryUse(machine, [], 80 * GB)[0]?.budgetBytes).toBe(32 * GB)
  })

  it('is divided over cards by their size; what shares the computer’s is a part of that', () => {
    const card = (name: string, totalBytes: number, unified = false) => ({
      name,
      backend: 'vulkan',
      totalBytes,
      freeBytes: totalBytes,
      unified,
    })
    const cards = {
      ...machine,
      gpus: [card('one', 8 * GB), card('two', 24 * GB)],
      vramForModelsBytes: 28 * GB,
    }
    const [ram, one, two] = memoryUse(cards, [model('a', 1, 16)], 0)
    expect(ram?.models).toEqual([{ name: 'a', bytes: GB }])
    expect(one).toMatchObject({ budgetBytes: 7 * GB, models: [{ bytes: 4 * GB }], freeBytes: 4 * GB })
    expect(two).toMatchObject({ budgetBytes: 21 * GB, models: [{ bytes: 12 * GB }], freeBytes: 12 * GB })
    const shared = memoryUse({ ...machine, gpus: [card('three', 8 * GB, true)] }, [model('a', 1, 2)], 0)
    expect(shared).toHaveLength(1)
    expect(shared[0]).toMatchObject({
      name: 'Memory, shared with three',
      models: [{ bytes: 3 * GB }],
    })
  })
})

describe('the choice of devices', () => {
  const auto = (...devices: string[]) => ({ choice: 'auto', use: { state: 'active', devices } }) as const
  const chosen = (...ids: string[]) => ({ choice: ids, use: { state: 'active', devices: ids } }) as const

  it('begins with what is used automatically', () => {
    expect(switchedChoice(auto('cuda:0'), 'cuda:1', true)).toEqual(['cuda:0', 'cuda:1'])
    expect(switchedChoice(auto('cuda:0', 'cuda:1'), 'cuda:1', false)).toEqual(['cuda:0'])
  })

  it('has one backend at a time, and the processor alone', () => {
    expect(switchedChoice(chosen('cuda:0'), 'vulkan:0', true)).toEqual(['vulkan:0'])
    expect(switchedChoice(chosen('cuda:0'), 'cpu', true)).toEqual(['cpu'])
    expect(switchedChoice(chosen('cpu'), 'cuda:0', true)).toEqual(['cuda:0'])
  })

  it('is automatic again once nothing is left', () => {
    expect(switchedChoice(chosen('cpu'), 'cpu', false)).toBe('auto')
  })

  it('knows what was chosen and is not there', () => {
    expect(missingDevices({ choice: ['vulkan:0', 'cpu'], devices: [] })).toEqual(['vulkan:0', 'cpu'])
    expect(missingDevices({ choice: 'auto', devices: [] })).toEqual([])
  })

  it('is told with driver and version, as far as they are known', () => {
    const device = { id: 'vulkan:0', name: 'a card', totalBytes: 1, freeBytes: 1, chosen: true } as const
    expect(
      deviceFacts({ ...device, backend: 'vulkan', kind: 'discrete', driver: 'radv', driverVersion: '24.2' }),
    ).toBe('Vulkan · graphics card · driver radv 24.2')
    expect(deviceFacts({ ...device, backend: 'cpu', kind: 'cpu' })).toBe('Processor')
  })
})
