import type { GuestSignal, OperatorWish, PauseReason, PauseView } from '../../protocol/guest/pause-views.ts'
import type { GuestRules, GuestSignals } from './contract.ts'
import { type Patience, type SteadyState, steady } from './steady-rule.ts'
import { isOpen, nextChangeMs, type WallClock } from './wall-clock.ts'

/** Rules that look at the computer, in the order in which their reasons are shown. */
const ruleNames = ['in_use', 'program', 'full_screen', 'power', 'busy', 'hot'] as const
type RuleName = (typeof ruleNames)[number]

interface RuleState extends SteadyState {
  /** The program that it pauses for: it is named until the rule lets go, though it has ended before. */
  readonly program?: string | undefined
}

/** What the rules decided so far. Hand it to the next evaluation. */
export type RuleStates = Readonly<Partial<Record<RuleName, RuleState>>>

export interface EvaluationInput {
  readonly rules: GuestRules
  readonly wish: OperatorWish
  readonly signals: GuestSignals
  /** Unix time. */
  readonly wallMs: number
  /** Monotonic: the patience of rules must not depend on a clock that is set. */
  readonly nowMs: number
  readonly wallClock: WallClock
}

export interface Evaluation {
  readonly states: RuleStates
  /** Undefined where tasks are taken. */
  readonly pause: PauseView | undefined
  /** Set where only the operator's wish keeps rules from pausing. */
  readonly overridden: { readonly untilMs: number; readonly reasons: readonly PauseReason[] } | undefined
  /** Whether it is to compute less than it may. */
  readonly quiet: boolean
  readonly unknown: readonly GuestSignal[]
  /** Unix time at which it has to be looked again, whatever the signals do. */
  readonly nextChangeMs: number | undefined
}

/** How far below its limit something has to fall before it counts as below: what sits at a limit must not flap. */
const CHARGE_MARGIN_PERCENT = 5
const LOAD_MARGIN = 0.7
const HEAT_MARGIN_CELSIUS = 5

/** Who has not touched the computer for so long has left it, as far as quiet is concerned. */
const QUIET_IDLE_MS = 120_000

interface Rule {
  readonly patience: Patience
  readonly isOn: (rules: GuestRules) => boolean
  readonly signal: GuestSignal
  /** Whether it should pause, by what is seen now; `active` tells whether it does already. Undefined where that is unknown. */
  readonly see: (signals: GuestSignals, rules: GuestRules, active: boolean) => boolean | undefined
  readonly reason: (rules: GuestRules, state: RuleState) => PauseReason
}

const ruleTable: Readonly<Record<RuleName, Rule>> = {
  in_use: {
    // The time without input is a patience already.
    patience: { toPauseMs: 0, toServeMs: 0 },
    isOn: ({ idleMs }) => idleMs > 0,
    signal: 'idle',
    see: (signals, rules) => (signals.idleMs === undefined ? undefined : signals.idleMs < rules.idleMs),
    reason: ({ idleMs }) => ({ code: 'in_use', idleMs }),
  },
  program: {
    // Games start anew after a change of their settings.
    patience: { toPauseMs: 0, toServeMs: 30_000 },
    isOn: ({ programs }) => programs.length > 0,
    signal: 'programs',
    see: ({ programs }) => (programs === undefined ? undefined : programs.length > 0),
    reason: (_rules, { program = 'a program' }) => ({ code: 'program', name: program }),
  },
  full_screen: {
    // Who looks at another window for a moment comes back.
    patience: { toPauseMs: 0, toServeMs: 30_000 },
    isOn: ({ fullScreen }) => fullScreen,
    signal: 'fullScreen',
    see: ({ fullScreen }) => fullScreen,
    reason: () => ({ code: 'full_screen' }),
  },
  power: {
    patience: { toPauseMs: 3_000, toServeMs: 15_000 },
    isOn: ({ onBattery, batteryLeastPercent }) => onBattery === 'pause' || batteryLeastPercent > 0,
    signal: 'power',
    see: ({ power }, { onBattery, batteryLeastPercent }, active) => {
      if (power === undefined) return undefined
      if (!power.onBattery) return false
      if (onBattery === 'pause') return true
      if (power.chargePercent === undefined) return undefined
      return power.chargePercent < batteryLeastPercent + (active ? CHARGE_MARGIN_PERCENT : 0)
    },
    reason: ({ onBattery, batteryLeastPercent }) =>
      onBattery === 'pause' ? { code: 'on_battery' } : { code: 'battery_low', percent: batteryLeastPercent },
  },
  busy: {
    // Opening a program or a page keeps all cores busy for seconds.
    patience: { toPauseMs: 20_000, toServeMs: 60_000 },
    isOn: ({ othersPercent }) => othersPercent > 0,
    signal: 'load',
    see: (signals, rules, active) =>
      signals.othersPercent === undefined
        ? undefined
        : signals.othersPercent > rules.othersPercent * (active ? LOAD_MARGIN : 1),
    reason: ({ othersPercent }) => ({ code: 'busy', percent: othersPercent }),
  },
  hot: {
    patience: { toPauseMs: 3_000, toServeMs: 60_000 },
    isOn: ({ maxCelsius }) => maxCelsius > 0,
    signal: 'temperature',
    see: ({ celsius }, { maxCelsius }, active) =>
      celsius === undefined ? undefined : celsius > maxCelsius - (active ? HEAT_MARGIN_CELSIUS : 0),
    reason: ({ maxCelsius }) => ({ code: 'hot', celsius: maxCelsius }),
  },
}

/** Which signals the rules need. */
export function wantedSignals(rules: GuestRules): readonly GuestSignal[] {
  const wanted = ruleNames.flatMap((name) => (ruleTable[name].isOn(rules) ? [ruleTable[name].signal] : []))
  return rules.quietMode === 'in_use' && !wanted.includes('idle') ? [...wanted, 'idle'] : wanted
}

/** Whether tasks are taken, and why not. Pure: all that it knows comes in, and what it has to remember goes out. */
export function evaluate(before: RuleStates, input: EvaluationInput): Evaluation {
  const { rules, wallMs, wallClock } = input
  const { states, unknown } = step(before, input)
  const wish = currentWish(input.wish, wallMs)
  const reasons: PauseReason[] = []
  const ends: (number | undefined)[] = []
  const changes: (number | undefined)[] = [wish.act === 'rules' ? undefined : wish.untilMs]
  if (wish.act === 'pause') {
    reasons.push({ code: 'operator' })
    ends.push(wish.untilMs)
  }
  if (rules.schedule !== undefined) {
    const changeMs = nextChangeMs(rules.schedule, wallMs, wallClock)
    changes.push(changeMs)
    if (!isOpen(rules.schedule, wallMs, wallClock)) {
      reasons.push({ code: 'schedule' })
      ends.push(changeMs)
    }
  }
  for (const name of ruleNames) {
    const state = states[name]
    if (state?.active !== true) continue
    reasons.push(ruleTable[name].reason(rules, state))
    ends.push(undefined)
  }
  const common = { states, ...quietness(input, unknown), nextChangeMs: earliest(changes) }
  if (reasons.length === 0) return { ...common, pause: undefined, overridden: undefined }
  // Heat does harm, whatever the operator wishes.
  if (wish.act === 'serve' && states.hot?.active !== true)
    return { ...common, pause: undefined, overridden: { untilMs: wish.untilMs, reasons } }
  const untilMs = latest(ends)
  return {
    ...common,
    pause: { reasons, ...(untilMs !== undefined && { untilMs }) },
    overridden: undefined,
  }
}

function quietness(
  { rules, signals }: EvaluationInput,
  unknown: readonly GuestSignal[],
): Pick<Evaluation, 'quiet' | 'unknown'> {
  if (rules.quietMode !== 'in_use') return { quiet: rules.quietMode === 'always', unknown }
  const { idleMs } = signals
  if (idleMs !== undefined) return { quiet: idleMs < QUIET_IDLE_MS, unknown }
  return { quiet: false, unknown: unknown.includes('idle') ? unknown : [...unknown, 'idle'] }
}

/** What the operator wishes now: a wish that has run out is none. */
function currentWish(wish: OperatorWish, wallMs: number): OperatorWish {
  if (wish.act === 'rules' || wish.untilMs === undefined || wish.untilMs > wallMs) return wish
  return { act: 'rules' }
}

function step(
  before: RuleStates,
  { rules, signals, nowMs }: EvaluationInput,
): { states: RuleStates; unknown: readonly GuestSignal[] } {
  const states: Partial<Record<RuleName, RuleState>> = {}
  const unknown: GuestSignal[] = []
  for (const name of ruleNames) {
    const rule = ruleTable[name]
    // A rule that is turned off ends at once, and begins anew when it is turned on.
    if (!rule.isOn(rules)) continue
    const seen = rule.see(signals, rules, before[name]?.active === true)
    if (seen === undefined) unknown.push(rule.signal)
    const program = name === 'program' ? (signals.programs?.[0] ?? before.program?.program) : undefined
    states[name] = { ...steady(before[name], seen ?? false, nowMs, rule.patience), program }
  }
  return { states, unknown }
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** Undefined where one of them is. */
function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length < times.length ? undefined : Math.max(...known)
}
