import { setTimeout as sleep } from 'node:timers/promises'
import type { DeviceBackend, DevicesView, ProbeCause } from '../../../protocol/device-views.ts'
import { DriadError } from '../../../protocol/errors.ts'
import type { Logger } from '../../logs/contract.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Store } from '../../store/contract.ts'
import type { ChildLauncher, ProbeFinding } from '../contract.ts'
import { answerRequests, type RequestAnswerer } from './answer-requests.ts'
import {
  type ChoiceFacts,
  type DeviceChoice,
  type DevicePlan,
  ignoredBecause,
  planDevices,
} from './choose-devices.ts'
import { type Device, deviceText, type RememberedDevice, remembered } from './device.ts'
import type { DeviceGuard } from './device-guard.ts'
import { type DeviceRequest, DeviceRows } from './device-rows.ts'
import { devicesView } from './devices-view.ts'
import { type ProbeReport, probeGpus, probeProcessor, probeSoftware, selectorsOf } from './probe-backends.ts'
import { type ProbeLimits, runProbe } from './probe-process.ts'
import { Trials } from './trials.ts'
import { watchClock } from './watch-clock.ts'

/** Lets processors in the guise of a GPU count, as the setting does. */
export const SOFTWARE_DEVICES_VARIABLE = 'DRIAD_SOFTWARE_DEVICES'
/** Deaths in a row, with no work done in between, before a device has to pass a trial. */
const MAX_DEATHS = 2
/** While what models need is missing, it is looked for that often: first soon, then ever less. Milliseconds. */
const FIRST_RETRY_MS = 5_000
const MAX_RETRY_MS = 5 * 60_000
/** A device that is at work is put on trial at most that often, whatever fails. */
const SUSPECT_INTERVAL_MS = 60_000
/** How often it is looked whether a command of another process asks for something. */
const REQUEST_POLL_MS = 1_000
/** How long looks that nothing depends on wait for the first models, which are measured as they load. */
const START_QUIET_MS = 20_000
/** A device in use that is not found is looked for once more: a look can fail for want of memory. */
const SECOND_LOOK_MS = 500

export interface DevicesComponents {
  readonly launch: ChildLauncher
  readonly store: Store
  readonly settings: Pick<Settings, 'get' | 'set' | 'onChange'>
  readonly logger: Logger
}

export interface DevicesInit {
  /** For this run only, until another choice is made. */
  readonly choice?: DeviceChoice | undefined
  /** A small model to compute on a device that is under suspicion; such devices are believed where absent. */
  readonly trialModelPath?: string
  /** The environment that the children get, for the operator's own variables in it. */
  readonly env?: NodeJS.ProcessEnv
  readonly limits?: ProbeLimits
  readonly firstRetryMs?: number
  readonly requestPollMs?: number
}

/** The devices of this computer: which there are, which are chosen, and what becomes of models that miss theirs. */
export interface Devices extends DeviceGuard {
  /** Begins to probe, in the background, and to follow what commands of other processes ask for. */
  start(): void
  /** The first models are loaded: what takes processor time and is there for the list only may begin. */
  settle(): void
  /** Ends probes that are under way. Twice is safe. */
  stop(): Promise<void>
  view(): DevicesView
  /** Probes anew; what is back is used again, what is gone suspends its models. */
  probe(cause: ProbeCause): Promise<DevicesView>
  /** Changes the choice, durably. To choose `auto` is to accept what there is. Throws `bad_setting`. */
  choose(patch: {
    readonly devices?: unknown
    readonly cpuFallback?: boolean | undefined
  }): Promise<DevicesView>
  onChange(listener: () => void): () => void
}

export function openDevices(components: DevicesComponents, init: DevicesInit = {}): Devices {
  return new DeviceKeeper(components, init)
}

class DeviceKeeper implements Devices {
  readonly #components: DevicesComponents
  readonly #init: DevicesInit
  readonly #env: NodeJS.ProcessEnv
  readonly #rows: DeviceRows
  readonly #planListeners = new Set<(urgent: boolean) => void>()
  readonly #listeners = new Set<() => void>()
  readonly #trials = new Trials((device) => this.#tryOut(device))
  readonly #stopping = new AbortController()
  readonly #stops: (() => void)[] = []
  readonly #settled = Promise.withResolvers<void>()
  #override: DeviceChoice | undefined
  #lastGood: RememberedDevice | undefined
  #names: Map<string, string>
  #report: ProbeReport | undefined
  #plan: DevicePlan
  /** Whether a process computes on the planned devices now. */
  #inUse = false
  #deaths = 0
  #suspectedAtMs = Number.NEGATIVE_INFINITY
  #retries = 0
  #retryTimer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined
  #nextRound: Promise<void> | undefined
  #requests: RequestAnswerer | undefined
  #probedAtMs: number | undefined
  #probedBecause: ProbeCause | undefined
  #storedView = ''
  #writing: Promise<void> = Promise.resolve()

  constructor(components: DevicesComponents, init: DevicesInit) {
    this.#components = components
    this.#init = init
    this.#env = init.env ?? process.env
    this.#rows = new DeviceRows(components.store)
    this.#override = init.choice
    this.#lastGood = this.#rows.lastGood()
    this.#names = new Map(init.choice === undefined ? this.#rows.chosenNames() : [])
    this.#plan = this.#newPlan()
    let before = components.settings.get()
    this.#stops.push(
      components.settings.onChange((after) => {
        const chosen = JSON.stringify(before.devices) !== JSON.stringify(after.devices)
        const changed =
          chosen ||
          before.cpuFallback !== after.cpuFallback ||
          before.softwareDevices !== after.softwareDevices
        before = after
        if (chosen) this.#choiceChanged(after.devices)
        if (changed) this.#replan(true)
      }),
    )
  }

  start(): void {
    this.#stops.push(watchClock(() => void this.probe('resumed').catch(() => {})))
    const pollMs = this.#init.requestPollMs ?? REQUEST_POLL_MS
    this.#requests = answerRequests(this.#rows, (request) => this.#serve(request), { pollMs })
    const timer = setTimeout(() => this.settle(), START_QUIET_MS)
    timer.unref()
    this.#stops.push(() => clearTimeout(timer))
    // Where it is known what to compute on, it can wait altogether.
    const begun = this.#plan.state === 'unknown' ? Promise.resolve() : this.#settled.promise
    void begun.then(() => this.#probe('started')).catch(() => {})
  }

  settle(): void {
    this.#settled.resolve()
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The node is shutting down'))
    for (const stop of this.#stops) stop()
    this.settle()
    clearTimeout(this.#retryTimer)
    await Promise.allSettled([this.#round, this.#nextRound, this.#requests?.stop()])
    await this.#writing
  }

  plan(): DevicePlan {
    return this.#plan
  }

  working(): void {
    this.#inUse = this.#plan.state === 'active' && this.#plan.use !== 'cpu'
    const device = this.#inUse ? this.#planned()[0] : undefined
    if (device === undefined || JSON.stringify(this.#lastGood) === JSON.stringify(remembered(device))) return
    this.#lastGood = remembered(device)
    this.#remember(this.#rows.setLastGood(this.#lastGood))
  }

  worked(): void {
    this.#deaths = 0
  }

  suspect(failure: string): void {
    const nowMs = performance.now()
    if (!this.#inUse || nowMs - this.#suspectedAtMs < SUSPECT_INTERVAL_MS) return
    this.#suspectedAtMs = nowMs
    const trial = this.#trials.hold(this.#planned(), `work on it failed (${failure})`)
    void trial.then(
      () => this.#replan(true),
      () => undefined,
    )
  }

  async died(reason: string, { signal }: { signal: AbortSignal }): Promise<void> {
    const onGpu = this.#plan.state === 'active' && this.#plan.use !== 'cpu'
    this.#inUse = false
    if (!onGpu) return
    this.#deaths++
    const waiting = Promise.withResolvers<void>()
    const abort = () => waiting.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      await Promise.race([this.#examine(reason), waiting.promise])
    } catch {
      // Nobody waits for it any more, or the node stops.
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async probe(cause: ProbeCause): Promise<DevicesView> {
    // Whoever asks waits for the whole of it.
    this.settle()
    this.#retries = 0
    await this.#probe(cause)
    return this.view()
  }

  async choose(patch: Parameters<Devices['choose']>[0]): Promise<DevicesView> {
    const { settings } = this.#components
    const { devices, cpuFallback } = patch
    // Chosen anew although it is what the settings say already: it ends what holds for this run only, and what is remembered.
    const again = devices !== undefined && JSON.stringify(devices) === JSON.stringify(settings.get().devices)
    await settings.set({
      ...(devices !== undefined && { devices }),
      ...(cpuFallback !== undefined && { cpuFallback }),
    })
    if (again) {
      this.#choiceChanged(settings.get().devices)
      this.#replan(true)
    }
    await this.#writing
    return this.view()
  }

  view(): DevicesView {
    return {
      ...devicesView(this.#facts(), this.#plan),
      probing: this.#round !== undefined,
      ...(this.#probedAtMs !== undefined && { probedAtMs: this.#probedAtMs }),
      ...(this.#probedBecause !== undefined && { probedBecause: this.#probedBecause }),
    }
  }

  onPlan(listener: (urgent: boolean) => void): () => void {
    this.#planListeners.add(listener)
    return () => this.#planListeners.delete(listener)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** One round at a time: who asks during one wants to know how things are afterwards. */
  #probe(cause: ProbeCause): Promise<void> {
    if (cause !== 'started') this.settle()
    if (this.#round === undefined) {
      this.#round = this.#probeOnce(cause).finally(() => {
        this.#round = undefined
        this.#changed()
      })
      this.#changed()
      return this.#round
    }
    this.#nextRound ??= this.#round
      .catch(() => {})
      .then(() => {
        this.#nextRound = undefined
        return this.#probe(cause)
      })
    return this.#nextRound
  }

  async #probeOnce(cause: ProbeCause): Promise<void> {
    clearTimeout(this.#retryTimer)
    let found = await this.#lookAtGpus()
    if (this.#misses(found)) {
      await sleep(SECOND_LOOK_MS, undefined, { signal: this.#stopping.signal })
      found = await this.#lookAtGpus()
    }
    // It decides what is computed on; the first models are not to wait for what is there to be listed only.
    if (this.#report === undefined || this.#softwareCounts()) this.#take(joined(found, this.#processor()))
    if (cause === 'started') await this.#settled.promise
    await this.#trials.holdAgain(found)
    const rest = await probeProcessor((devices) => this.#look(devices))
    if (!this.#softwareCounts()) found = await probeSoftware((devices) => this.#look(devices), found)
    this.#take(joined(found, rest))
    this.#probedAtMs = Date.now()
    this.#probedBecause = cause
    this.#scheduleRetry()
  }

  async #lookAtGpus(): Promise<ProbeReport> {
    const place = { env: this.#env, software: this.#softwareCounts() }
    const found = await probeGpus((devices) => this.#look(devices), place)
    return this.#believed(found)
  }

  #look(devices: Parameters<ChildLauncher>[0]['devices'], modelPath?: string): Promise<ProbeFinding> {
    const { launch, logger } = this.#components
    const options = { limits: this.#init.limits, signal: this.#stopping.signal }
    return runProbe({ launch, logger }, { devices, modelPath }, options)
  }

  /** A look that failed proves nothing against a device that works meanwhile; one that does not find it does. */
  #believed(found: ProbeReport): ProbeReport {
    const backend = this.#planned()[0]?.backend
    const failed = found.backends.find((each) => each.backend === backend)
    const inconclusive =
      failed?.problem === 'crashed' || failed?.problem === 'timed_out' || failed?.problem === 'failed'
    if (!this.#inUse || failed === undefined || !inconclusive) return found
    const reason = `It is in use and works, but a new look at it failed: ${failed.reason}`
    return {
      devices: [...found.devices, ...this.#planned()],
      backends: found.backends.map((each) =>
        each === failed ? { backend: failed.backend, available: true, reason } : each,
      ),
    }
  }

  /** What is known of the processor. */
  #processor(): ProbeReport {
    const { devices, backends } = this.#report ?? { devices: [], backends: [] }
    const isProcessor = ({ backend }: { readonly backend: DeviceBackend }) => backend === 'cpu'
    return { devices: devices.filter(isProcessor), backends: backends.filter(isProcessor) }
  }

  /** Whether a device of software may be what is computed on. */
  #softwareCounts(): boolean {
    return this.#choice() !== 'auto' || this.#facts().softwareDevices
  }

  #misses(found: ProbeReport): boolean {
    return this.#inUse && !this.#planned().every(({ id }) => found.devices.some((device) => device.id === id))
  }

  #take(report: ProbeReport): void {
    this.#report = report
    const facts = this.#facts()
    const gpu = report.devices.some((device) => ignoredBecause(device, facts) === undefined)
    if (this.#rows.seenGpu() !== gpu) this.#remember(this.#rows.setSeenGpu(gpu))
    this.#learnNames(report)
    this.#replan(false)
  }

  /** What was chosen by its number is known by its name from now on. */
  #learnNames(report: ProbeReport): void {
    const choice = this.#choice()
    if (choice === 'auto') return
    let learned = false
    for (const id of choice) {
      const device = report.devices.find((each) => each.id === id)
      if (device === undefined || this.#names.has(id)) continue
      this.#names.set(id, device.name)
      learned = true
    }
    if (learned && this.#override === undefined) this.#remember(this.#rows.setChosenNames(this.#names))
  }

  /** Without a model to try it with, a device is believed. */
  async #tryOut(device: Device): Promise<ProbeFinding> {
    const { trialModelPath } = this.#init
    if (trialModelPath === undefined || device.backend === 'cpu') return { ok: true, devices: [] }
    return this.#look({ backend: device.backend, selectors: [device.selector] }, trialModelPath)
  }

  async #examine(reason: string): Promise<void> {
    await this.#probe('died')
    if (this.#deaths < MAX_DEATHS) return
    await this.#trials.hold(this.#planned(), `the inference process ${reason}, and not for the first time`)
    // Where it passed, something else is to blame: a model, or whoever kills processes.
    this.#deaths = 0
    this.#replan(true)
    this.#scheduleRetry()
  }

  #planned(): Device[] {
    const plan = this.#plan
    if (plan.state !== 'active') return []
    return (this.#report?.devices ?? []).filter(({ id }) => plan.devices.includes(id))
  }

  #choice(): DeviceChoice {
    return this.#override ?? this.#components.settings.get().devices
  }

  #choiceChanged(choice: DeviceChoice): void {
    this.#override = undefined
    this.#trials.forgive()
    this.#names = new Map()
    if (choice === 'auto') {
      this.#lastGood = undefined
      this.#remember(this.#rows.setLastGood(undefined))
    }
    this.#remember(this.#rows.setChosenNames(this.#names))
    if (this.#report !== undefined) this.#learnNames(this.#report)
  }

  #facts(): ChoiceFacts {
    const { cpuFallback, softwareDevices } = this.#components.settings.get()
    const allowed =
      softwareDevices ||
      (this.#env[SOFTWARE_DEVICES_VARIABLE] ?? '0') !== '0' ||
      // Who names devices to ggml means them: it takes software then, too.
      selectorsOf('vulkan', this.#env) !== undefined
    const lastGood = this.#lastGood?.kind === 'software' && !allowed ? undefined : this.#lastGood
    return {
      choice: this.#choice(),
      cpuFallback,
      softwareDevices: allowed,
      report: this.#report ?? { devices: [], backends: [] },
      lastGood,
      chosenNames: this.#names,
      faulty: this.#trials.failed,
    }
  }

  #newPlan(): DevicePlan {
    const facts = this.#facts()
    const { choice } = facts
    const certain = this.#report !== undefined || (choice !== 'auto' && choice.includes('cpu'))
    if (certain) return planDevices(facts)
    // A computer that had no GPU the last time is not kept waiting for a look that finds none again.
    const hadNone = choice === 'auto' && facts.lastGood === undefined && this.#rows.seenGpu() === false
    return hadNone && !facts.softwareDevices ? planDevices(facts) : { state: 'unknown' }
  }

  #replan(urgent: boolean): void {
    const before = this.#plan
    this.#plan = this.#newPlan()
    if (JSON.stringify(before) !== JSON.stringify(this.#plan)) {
      // Whoever is to compute on others has not begun to.
      if (usedBy(before) !== usedBy(this.#plan)) this.#inUse = false
      this.#tell(before)
      for (const listener of [...this.#planListeners]) listener(urgent)
      this.#scheduleRetry()
    }
    this.#changed()
  }

  #tell(before: DevicePlan): void {
    const { logger } = this.#components
    const plan = this.#plan
    if (plan.state === 'suspended') logger.warn(`Models are suspended: ${plan.reason}`)
    else if (plan.state === 'fallback') logger.warn(`The processor takes over: ${plan.reason}`)
    else if (plan.state === 'active') {
      const names = this.#planned().map(deviceText).join(', ') || 'the processor'
      const back = before.state === 'suspended' || before.state === 'fallback'
      logger.info(`Models are computed on ${names}${back ? ' again' : ''}`)
    }
  }

  #scheduleRetry(): void {
    clearTimeout(this.#retryTimer)
    const missing = this.#plan.state === 'suspended' || this.#plan.state === 'fallback'
    if (!missing) this.#retries = 0
    if (!missing || this.#stopping.signal.aborted) return
    const firstMs = this.#init.firstRetryMs ?? FIRST_RETRY_MS
    const delayMs = Math.min(MAX_RETRY_MS, firstMs * 2 ** Math.min(this.#retries, 20))
    this.#retryTimer = setTimeout(() => {
      this.#retries++
      void this.#probe('retry').catch(() => {})
    }, delayMs)
    this.#retryTimer.unref()
  }

  async #serve({ devices, cpuFallback, probe }: DeviceRequest): Promise<void> {
    if (devices !== undefined || cpuFallback !== undefined) await this.choose({ devices, cpuFallback })
    if (probe) await this.probe('asked')
    await this.#round?.catch(() => {})
    this.#changed()
    await this.#writing
  }

  #changed(): void {
    if (this.#stopping.signal.aborted) return
    const view = this.view()
    const text = JSON.stringify(view)
    if (text === this.#storedView) return
    this.#storedView = text
    this.#remember(this.#rows.setView(view))
    for (const listener of [...this.#listeners]) listener()
  }

  /** What is not kept is found out again; a full disk must not keep models from a GPU. */
  #remember(write: Promise<void>): void {
    const written = write.catch((cause: unknown) =>
      this.#components.logger.warn('What is known of devices could not be kept', {
        error: DriadError.from(cause),
      }),
    )
    this.#writing = Promise.all([this.#writing, written]).then(() => undefined)
  }
}

function usedBy(plan: DevicePlan): string {
  return plan.state === 'active' ? JSON.stringify(plan.use) : plan.state
}

function joined(a: ProbeReport, b: ProbeReport): ProbeReport {
  return { devices: [...a.devices, ...b.devices], backends: [...a.backends, ...b.backends] }
}
