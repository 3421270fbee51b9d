import type { GpuBackend } from '../../../protocol/device-views.ts'
import type { DeviceUse } from '../contract.ts'
import type { DeviceChoice } from './choose-devices.ts'
import type { DeviceGuard } from './device-guard.ts'

/** Devices that nobody looks after: for one run, which fails if they do. */
export function fixedDevices(use: DeviceUse): DeviceGuard {
  return {
    plan: () => ({ state: 'active', use, devices: [] }),
    working: () => undefined,
    worked: () => undefined,
    suspect: () => undefined,
    died: async () => undefined,
    onPlan: () => () => undefined,
  }
}

/** What ids stand for, without a look whether they are there. */
export function devicesOf(choice: DeviceChoice): DeviceUse {
  if (choice === 'auto') return 'auto'
  const chosen = choice.map((id) => id.split(':') as [GpuBackend | 'cpu', string | undefined])
  const backend = chosen[0]?.[0] ?? 'cpu'
  if (backend === 'cpu') return 'cpu'
  const selectors = chosen.flatMap(([each, selector = '0']) => (each === backend ? [selector] : []))
  return { backend, selectors }
}
