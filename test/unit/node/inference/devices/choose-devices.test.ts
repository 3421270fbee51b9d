import { describe, expect, it } from 'vitest'
import { type ChoiceFacts, planDevices } from '../../../../../src/node/inference/devices/choose-devices.ts'
import type { Device } from '../../../../../src/node/inference/devices/device.ts'

function device(id: string, fields: Partial<Device> = {}): Device {
  const [backend, selector = '0'] = id.split(':') as [Device['backend'], string?]
  return { id, backend, selector, name: id, kind: 'discrete', totalBytes: 8e9, freeBytes: 8e9, ...fields }
}

function facts(devices: readonly Device[], fields: Partial<ChoiceFacts> = {}): ChoiceFacts {
  return {
    choice: 'auto',
    cpuFallback: false,
    softwareDevices: false,
    report: {
      devices,
      backends: [{ backend: 'vulkan', available: devices.length > 0, reason: 'no driver' }],
    },
    lastGood: undefined,
    chosenNames: new Map(),
    faulty: new Map(),
    ...fields,
  }
}

const used = (given: ChoiceFacts) => {
  const plan = planDevices(given)
  return 'devices' in plan ? plan.devices : plan.state
}

describe('the choice of devices', () => {
  it('takes the cards of one backend, the quicker library first, before what shares memory', () => {
    const chip = device('vulkan:0', { kind: 'integrated' })
    const cards = [device('vulkan:1', { name: 'A' }), device('vulkan:2', { name: 'B' })]
    expect(used(facts([chip, ...cards]))).toEqual(['vulkan:1', 'vulkan:2'])
    expect(used(facts([chip, ...cards, device('cuda:0')]))).toEqual(['cuda:0'])
    expect(used(facts([chip]))).toEqual(['vulkan:0'])
    expect(used(facts([device('vulkan:0', { kind: 'software' }), device('cpu', { kind: 'cpu' })]))).toEqual([
      'cpu',
    ])
  })

  it('takes a card that two drivers list once, and equal cards of one driver both', () => {
    const twins = [
      device('vulkan:0', { name: 'Card (RADV)', driver: 'radv' }),
      device('vulkan:1', { name: 'Card', driver: 'amdvlk' }),
    ]
    expect(used(facts(twins))).toEqual(['vulkan:0'])
    const pair = ['vulkan:0', 'vulkan:1'].map((id) => device(id, { name: 'Card', driver: 'radv' }))
    expect(used(facts(pair))).toEqual(['vulkan:0', 'vulkan:1'])
  })

  it('does not go from a card to the chip beside the processor without a word', () => {
    const chip = device('vulkan:0', { kind: 'integrated', name: 'Chip' })
    const lastGood = { id: 'cuda:0', backend: 'cuda', name: 'Card', kind: 'discrete' } as const
    const plan = planDevices(facts([chip], { lastGood }))
    expect(plan).toMatchObject({
      state: 'suspended',
      causes: [{ code: 'weaker', device: 'cuda:0 (Card)', others: ['vulkan:0 (Chip)'] }],
      reason: expect.stringMatching(/Card.*There is vulkan:0 \(Chip\)/),
    })
    expect(used(facts([chip], { lastGood, cpuFallback: true }))).toEqual(['vulkan:0'])
    expect(used(facts([device('vulkan:1')], { lastGood }))).toEqual(['vulkan:1'])
  })

  it('goes on with what remains of several, and says what is missing', () => {
    const chosen = facts([device('vulkan:0')], { choice: ['vulkan:0', 'vulkan:3'] })
    expect(planDevices(chosen)).toMatchObject({
      state: 'active',
      use: { backend: 'vulkan', selectors: ['0'] },
      causes: [
        {
          code: 'absent',
          device: 'vulkan:3',
          why: { code: 'others_only', devices: ['vulkan:0 (vulkan:0)'] },
        },
      ],
      reason: expect.stringContaining('vulkan:3 is not there'),
    })
  })

  it('never uses a device that failed its trial', () => {
    const faulty = new Map([['vulkan:0', 'vulkan:0 does not work']])
    expect(planDevices(facts([device('vulkan:0')], { faulty }))).toEqual({
      state: 'suspended',
      causes: [{ code: 'broken', device: 'vulkan:0 (vulkan:0)' }],
      reason: 'vulkan:0 does not work',
    })
    const both = [device('vulkan:0', { name: 'A' }), device('vulkan:1', { name: 'B' })]
    expect(used(facts(both, { faulty }))).toEqual(['vulkan:1'])
    expect(used(facts(both, { faulty, choice: ['vulkan:0'] }))).toBe('suspended')
  })
})
