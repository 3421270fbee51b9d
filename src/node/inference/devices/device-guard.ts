import type { DevicePlan } from './choose-devices.ts'

/** What the supervisor needs of the devices: on what its next process may compute, and whom to tell how that went. */
export interface DeviceGuard {
  plan(): DevicePlan
  /** A process is ready on the devices of the plan. */
  working(): void
  /** It did work: its deaths before no longer count. */
  worked(): void
  /** It could not do its work, for no reason of the work: a device that was lost may be the cause. */
  suspect(failure: string): void
  /** It ended by itself. Resolves once it is known whether its devices are to blame, and the plan says so. */
  died(reason: string, options: { signal: AbortSignal }): Promise<void>
  /** `urgent`: what runs is not to be waited for. Returns how to stop listening. */
  onPlan(listener: (urgent: boolean) => void): () => void
}
