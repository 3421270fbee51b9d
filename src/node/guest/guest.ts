import { DriadError } from '../../protocol/errors.ts'
import { LONGEST_PAUSE_MS } from '../../protocol/guest/pause-times.ts'
import type { GuestSignal, GuestView, OperatorWish } from '../../protocol/guest/pause-views.ts'
import { type Clock, systemClock, type Timer } from '../clock.ts'
import type { Logger } from '../logs/contract.ts'
import type { Settings } from '../settings/settings.ts'
import type { SignalReaders } from './contract.ts'
import { type Evaluation, evaluate, type RuleStates, wantedSignals } from './evaluate.ts'
import { guestRules } from './guest-settings.ts'
import { readSignals } from './read-signals.ts'
import { localWallClock, type WallClock } from './wall-clock.ts'

/** How often the computer is looked at, where a rule needs it. */
const LOOK_MS = 5_000
/** Otherwise it waits for the next hour of the schedule, but not longer than that: timers do not hear of a clock that is set. */
const CLOCK_LOOK_MS = 30_000
/** Longest that one look may take. */
const READ_TIMEOUT_MS = 3_000

export interface GuestComponents {
  readonly settings: Pick<Settings, 'get' | 'set' | 'onChange'>
  readonly readers: SignalReaders
  readonly logger: Logger
  readonly clock?: Clock
  readonly wallClock?: WallClock
}

export interface GuestInit {
  /** Told when tasks are to be taken from now on, or no more. */
  readonly onPaused: (paused: boolean) => void
  /** Told when `view` may say something else. */
  readonly onChange: () => void
}

/**
 * Makes way for who uses the computer: looks at it as often as the operator's rules need, and says whether tasks are taken.
 * The operator's own pause is kept in the settings, so that it outlives this process and another one can write it.
 */
export class Guest {
  readonly #components: GuestComponents
  readonly #init: GuestInit
  readonly #clock: Clock
  readonly #failed = new Set<GuestSignal>()
  #states: RuleStates = {}
  #evaluation: Evaluation | undefined
  #told = ''
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #again = false
  #unsubscribe: () => void = () => {}
  #stopped = false

  constructor(components: GuestComponents, init: GuestInit) {
    this.#components = components
    this.#init = init
    this.#clock = components.clock ?? systemClock
  }

  /** Looks once, so that nothing is claimed that a rule forbids, and goes on looking. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#components.settings.onChange(() => void this.look())
    await this.look()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe()
    this.#clock.clearTimeout(this.#timer)
    await this.#looking
  }

  view(): GuestView {
    const { pause, overridden, quiet = false, unknown = [] } = this.#evaluation ?? {}
    return {
      ...(pause !== undefined && { pause }),
      ...(overridden !== undefined && { overridden }),
      quiet,
      unknown,
    }
  }

  /** Takes no tasks until that unix time, or until `resume`. Throws `bad_setting` for a time that is past or a year off. */
  async pause(options: { untilMs?: number | undefined } = {}): Promise<void> {
    const { untilMs } = options
    if (untilMs !== undefined) this.#checkTime(untilMs)
    await this.#wish({ act: 'pause', ...(untilMs !== undefined && { untilMs }) })
  }

  /** Ends the operator's pause, or the work in spite of the rules: these alone decide. */
  resume(): Promise<void> {
    return this.#wish({ act: 'rules' })
  }

  /** Takes tasks until that unix time, whatever the rules say; heat alone still pauses. Throws `bad_setting` as `pause` does. */
  async serveUntil(untilMs: number): Promise<void> {
    this.#checkTime(untilMs)
    await this.#wish({ act: 'serve', untilMs })
  }

  /** Looks at once, as after a sleep or when the mains were unplugged. Resolves when what was seen holds. */
  async look(): Promise<void> {
    if (this.#looking !== undefined) {
      // What changed may have been read already.
      this.#again = true
      return this.#looking
    }
    this.#looking = this.#lookAll()
    await this.#looking
  }

  async #lookAll(): Promise<void> {
    try {
      do {
        this.#again = false
        await this.#lookOnce()
      } while (this.#again && !this.#stopped)
    } finally {
      this.#looking = undefined
      this.#plan()
    }
  }

  async #lookOnce(): Promise<void> {
    const { readers, logger, wallClock = localWallClock } = this.#components
    const rules = guestRules(this.#components.settings.get())
    const signals = await readSignals(readers, wantedSignals(rules), {
      programs: rules.programs,
      timeoutMs: READ_TIMEOUT_MS,
      onFailure: (signal, error) => {
        if (this.#failed.has(signal)) return
        this.#failed.add(signal)
        logger.warn('Something about this computer could not be found out', { signal, error })
      },
    })
    if (this.#stopped) return
    // The operator may have changed the rules meanwhile; then it is looked again.
    const { operatorWish } = this.#components.settings.get()
    const wallMs = this.#clock.wallMs()
    const evaluation = evaluate(this.#states, {
      rules,
      signals,
      wish: operatorWish,
      wallMs,
      nowMs: this.#clock.now(),
      wallClock,
    })
    const wasPaused = this.#evaluation?.pause !== undefined
    this.#states = evaluation.states
    this.#evaluation = evaluation
    const { pause } = evaluation
    if (wasPaused !== (pause !== undefined)) {
      if (pause === undefined) logger.info('Tasks are taken again')
      else
        logger.info('Paused', {
          reasons: pause.reasons.map(({ code }) => code),
          ...(pause.untilMs !== undefined && { until: new Date(pause.untilMs).toISOString() }),
        })
      this.#init.onPaused(pause !== undefined)
    }
    this.#tell()
  }

  #tell(): void {
    const now = JSON.stringify(this.view())
    if (now === this.#told) return
    this.#told = now
    this.#init.onChange()
  }

  #plan(): void {
    this.#clock.clearTimeout(this.#timer)
    if (this.#stopped) return
    const usesSignals = wantedSignals(guestRules(this.#components.settings.get())).length > 0
    const dueMs = (this.#evaluation?.nextChangeMs ?? Number.POSITIVE_INFINITY) - this.#clock.wallMs()
    const waitMs = Math.min(usesSignals ? LOOK_MS : CLOCK_LOOK_MS, Math.max(0, dueMs))
    this.#timer = this.#clock.setTimeout(() => void this.look(), waitMs)
    this.#timer.unref()
  }

  async #wish(operatorWish: OperatorWish): Promise<void> {
    await this.#components.settings.set({ operatorWish })
    // Also where it is what was wished already: its time may have run out.
    await this.look()
  }

  #checkTime(untilMs: number): void {
    const aheadMs = untilMs - this.#clock.wallMs()
    if (aheadMs > 0 && aheadMs <= LONGEST_PAUSE_MS) return
    throw new DriadError('bad_setting', 'Give a time to come, within a year', {
      issues: [{ path: 'untilMs', expected: 'a unix time to come, within a year', found: String(untilMs) }],
    })
  }
}
