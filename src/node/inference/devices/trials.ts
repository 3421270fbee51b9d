import type { ProbeFinding } from '../contract.ts'
import { type Device, deviceText } from './device.ts'
import type { ProbeReport } from './probe-backends.ts'

/** Computes a small model on one device, in a process of its own. */
export type Try = (device: Device) => Promise<ProbeFinding>

/**
 * Devices under suspicion compute a small model before models are put on them again: what ends processes may be a
 * device, but as well a damaged model or a person, and a device is listed long after it stopped to work.
 */
export class Trials {
  readonly #try: Try
  readonly #failed = new Map<string, string>()

  constructor(attempt: Try) {
    this.#try = attempt
  }

  /** Those that failed, by their id, with what is to be said of them. */
  get failed(): ReadonlyMap<string, string> {
    return this.#failed
  }

  /** Puts devices on trial; `why` tells of those that fail what made them suspects. */
  async hold(devices: readonly Device[], why: string): Promise<void> {
    for (const device of devices) {
      if (device.backend === 'cpu') continue
      const finding = await this.#try(device)
      if (finding.ok) continue
      const text = `${deviceText(device)} does not work: ${why}. ${finding.message}`
      this.#failed.set(device.id, text)
    }
  }

  /** Tries those again that failed; what is not there any more is forgotten. */
  async holdAgain({ devices }: ProbeReport): Promise<void> {
    for (const id of [...this.#failed.keys()]) {
      const device = devices.find((each) => each.id === id)
      if (device === undefined || (await this.#try(device)).ok) this.#failed.delete(id)
    }
  }

  /** The operator wants them used all the same. */
  forgive(): void {
    this.#failed.clear()
  }
}
