import type { DevicesView } from '../../../../protocol/device-views.ts'

/**
 * The choice after a device was switched on or off. One process computes with one backend, so others make way; with
 * nothing left, it is automatic again. What `auto` uses now is what the first switch starts from.
 */
export function switchedChoice(
  { choice, use }: Pick<DevicesView, 'choice' | 'use'>,
  id: string,
  on: boolean,
): 'auto' | string[] {
  const before = choice === 'auto' ? use.devices : choice
  const backend = backendOf(id)
  const others = before.filter((known) => known !== id && (!on || backendOf(known) === backend))
  const after = on ? [...others, id] : others
  return after.length === 0 ? 'auto' : after
}

/** Ids that were chosen and are not among the devices found. */
export function missingDevices({ choice, devices }: Pick<DevicesView, 'choice' | 'devices'>): string[] {
  if (choice === 'auto') return []
  return choice.filter((id) => devices.every((device) => device.id !== id))
}

function backendOf(id: string): string {
  return id.split(':')[0] ?? id
}
