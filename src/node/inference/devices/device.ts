import type { DeviceView } from '../../../protocol/device-views.ts'

/** A device as a probe found it. */
export interface Device extends Omit<DeviceView, 'chosen' | 'ignoredBecause' | 'fault'> {
  /** The number, or with CUDA the UUID, by which a process is let see it. */
  readonly selector: string
}

/** A device as it is remembered. Numbers change with every other card or driver; names stay. */
export type RememberedDevice = Pick<Device, 'id' | 'backend' | 'name' | 'kind'>

export function remembered({ id, backend, name, kind }: RememberedDevice): RememberedDevice {
  return { id, backend, name, kind }
}

/** `vulkan:0 (AMD Radeon RX 6600)`. */
export function deviceText({ id, name }: Pick<Device, 'id' | 'name'>): string {
  return `${id} (${name})`
}
