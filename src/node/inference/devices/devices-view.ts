import type { DevicesView, DeviceUseView, DeviceView } from '../../../protocol/device-views.ts'
import { type ChoiceFacts, type DevicePlan, ignoredBecause, resolve } from './choose-devices.ts'
import type { Device } from './device.ts'

/** Devices, what is chosen and what is used, as the window and `driad devices` show them. */
export function devicesView(
  facts: ChoiceFacts,
  plan: DevicePlan,
): Pick<DevicesView, 'devices' | 'backends' | 'choice' | 'cpuFallback' | 'use'> {
  const { report, choice, cpuFallback } = facts
  const used = plan.state === 'active' || plan.state === 'fallback' ? plan.devices : []
  return {
    devices: report.devices.map((device) => deviceView(device, used.includes(device.id), facts)),
    backends: report.backends,
    choice,
    cpuFallback,
    use: viewOfUse(plan),
  }
}

function deviceView(device: Device, chosen: boolean, facts: ChoiceFacts): DeviceView {
  const { selector: _, ...shown } = device
  const wanted = facts.choice !== 'auto' && facts.choice.some((id) => resolve(id, facts)?.id === device.id)
  const fault = facts.faulty.get(device.id)
  const because =
    !(chosen || wanted) && facts.choice !== 'auto'
      ? 'others_chosen'
      : fault !== undefined
        ? 'broken'
        : chosen || wanted
          ? undefined
          : ignoredBecause(device, facts)
  return {
    ...shown,
    chosen,
    ...(because !== undefined && { ignoredBecause: because }),
    ...(because === 'broken' && fault !== undefined && { fault }),
  }
}

function viewOfUse(plan: DevicePlan): DeviceUseView {
  if (plan.state === 'unknown') return { state: 'probing', devices: [] }
  if (plan.state === 'suspended') return { ...plan, devices: [] }
  const { use: _, ...shown } = plan
  return shown
}
