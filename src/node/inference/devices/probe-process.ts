import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../logs/contract.ts'
import type { ChildHandle, ChildLauncher, DeviceUse, ProbeFinding } from '../contract.ts'

/** A look takes a second; a driver that hangs is told from a slow disk by much more. Milliseconds. */
const LOOK_TIMEOUT_MS = 30_000
/** With a model to compute: shaders are compiled at the first use, by a software device for many seconds. */
const TRIAL_TIMEOUT_MS = 180_000

/** How long a killed process may take to be gone. */
const KILL_WAIT_MS = 5_000

export interface ProbeLimits {
  readonly lookMs: number
  readonly trialMs: number
}

export const probeLimits: ProbeLimits = { lookMs: LOOK_TIMEOUT_MS, trialMs: TRIAL_TIMEOUT_MS }

/**
 * Looks at devices in a process of their own that is thrown away: a driver that crashes or hangs costs nothing but
 * this look, and what became of it is the finding. Rejects with the signal's reason only.
 */
export async function runProbe(
  components: { readonly launch: ChildLauncher; readonly logger: Logger },
  probe: { readonly devices: DeviceUse; readonly modelPath?: string | undefined },
  { limits = probeLimits, signal }: { limits?: ProbeLimits | undefined; signal: AbortSignal },
): Promise<ProbeFinding> {
  signal.throwIfAborted()
  const { devices, modelPath } = probe
  let child: ChildHandle
  try {
    child = components.launch({ devices, probe: modelPath === undefined ? {} : { modelPath } })
  } catch (cause) {
    const message = `The probe could not be started: ${cause instanceof Error ? cause.message : String(cause)}`
    return { ok: false, problem: 'failed', message }
  }
  const timeoutMs = modelPath === undefined ? limits.lookMs : limits.trialMs
  const answer = Promise.withResolvers<ProbeFinding>()
  const gone = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    const message = `The probe did not answer within ${timeoutMs / 1000} s, as with a driver that hangs`
    answer.resolve({ ok: false, problem: 'timed_out', message })
  }, timeoutMs)
  const abort = () => answer.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  child.onMessage((message) => {
    if (message.type === 'probed') answer.resolve(message.finding)
  })
  child.onExit((code, killedBy) => {
    gone.resolve()
    const how = killedBy === null ? `with code ${code}` : `by ${killedBy}`
    answer.resolve({
      ok: false,
      problem: 'crashed',
      message: `The driver or llama.cpp ended the probe ${how}`,
    })
  })
  try {
    const finding = await answer.promise
    components.logger.debug('Devices were probed', { devices, finding })
    return finding
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    child.kill()
    // A driver that hangs inside the kernel keeps even a killed process.
    await Promise.race([gone.promise, sleep(KILL_WAIT_MS, undefined, { ref: false })])
  }
}
