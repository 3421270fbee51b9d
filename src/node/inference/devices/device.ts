import type { DeviceBackend, DeviceKind } from '../../../protocol/device-views.ts'

/** A device as a probe found it. */
export interface Device {
  /** `vulkan:0`: its backend and how that one numbers it. */
  readonly id: string
  readonly backend: DeviceBackend
  /** The number, or with CUDA the UUID, by which a process is let see it. */
  readonly selector: string
  readonly name: string
  readonly kind: DeviceKind
  readonly totalBytes: number
  readonly freeBytes: number
  readonly driver?: string
  readonly driverVersion?: string
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
