import type { WeekHours } from '../../protocol/guest/week-hours.ts'

/** When a node makes way, as its operator set it. */
export interface GuestRules {
  /** The hours in which it works; all where undefined. */
  readonly schedule: WeekHours | undefined
  /** It works once nobody has used the computer for so long; 0 is always. */
  readonly idleMs: number
  readonly onBattery: 'pause' | 'serve'
  /** On battery it works down to that charge, where it works on battery at all. 0 to 100. */
  readonly batteryLeastPercent: number
  /** Names of programs beside which it does not work. */
  readonly programs: readonly string[]
  readonly fullScreen: boolean
  /** It makes way where other programs use more than that of all cores; 0 is never. */
  readonly othersPercent: number
  /** It rests above that; 0 is never. */
  readonly maxCelsius: number
  /** When it computes less instead of taking no tasks. */
  readonly quietMode: 'off' | 'in_use' | 'always'
}

/** What is known of the computer at a moment. Undefined is unknown, and pauses nothing. */
export interface GuestSignals {
  /** Since somebody last touched keyboard, mouse or terminal. */
  readonly idleMs?: number | undefined
  readonly power?: PowerState | undefined
  /** Those of the named programs that run, as the rule names them. */
  readonly programs?: readonly string[] | undefined
  readonly fullScreen?: boolean | undefined
  /** What other programs use of all cores, 0 to 100. */
  readonly othersPercent?: number | undefined
  /** Of the hottest of processor and GPU. */
  readonly celsius?: number | undefined
}

export interface PowerState {
  readonly onBattery: boolean
  /** 0 to 100; undefined where the system does not tell. */
  readonly chargePercent?: number | undefined
}

/** Ways to find out, each absent where a system has none. What throws counts as unknown. */
export interface SignalReaders {
  readonly idleMs?: () => Reading<number>
  readonly power?: () => Reading<PowerState>
  /** Which of these run. */
  readonly programs?: (names: readonly string[]) => Reading<readonly string[]>
  readonly fullScreen?: () => Reading<boolean>
  readonly othersPercent?: () => Reading<number>
  readonly celsius?: () => Reading<number>
}

type Reading<T> = Promise<T | undefined> | T | undefined
