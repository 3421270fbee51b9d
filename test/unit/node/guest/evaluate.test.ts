import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GuestRules, GuestSignals } from '../../../../src/node/guest/contract.ts'
import {
  type Evaluation,
  type EvaluationInput,
  evaluate,
  wantedSignals,
} from '../../../../src/node/guest/evaluate.ts'
import { type SteadyState, steady } from '../../../../src/node/guest/steady-rule.ts'
import type { WallClock } from '../../../../src/node/guest/wall-clock.ts'
import { parseWeekHours } from '../../../../src/protocol/guest/week-hours.ts'

const noRules: GuestRules = {
  schedule: undefined,
  idleMs: 0,
  onBattery: 'serve',
  batteryLeastPercent: 0,
  programs: [],
  fullScreen: false,
  othersPercent: 0,
  maxCelsius: 0,
  quietMode: 'off',
}
/** A Monday, midnight, by the clock below. */
const MONDAY = 4 * 24 * 3_600_000
const HOUR = 3_600_000
const utcClock: WallClock = (atMs) => {
  const at = new Date(atMs)
  return { day: (at.getUTCDay() + 6) % 7, hour: at.getUTCHours() }
}

/** A node whose signals and time the test makes up. */
class Scene {
  wallMs = MONDAY + 12 * HOUR
  nowMs = 0
  signals: GuestSignals = {}
  wish: EvaluationInput['wish'] = { act: 'rules' }
  last: Evaluation | undefined
  rules: GuestRules

  constructor(rules: Partial<GuestRules>) {
    this.rules = { ...noRules, ...rules }
  }

  look(signals: GuestSignals = this.signals, afterMs = 0): Evaluation {
    this.signals = signals
    this.nowMs += afterMs
    this.wallMs += afterMs
    const { rules, wish, wallMs, nowMs } = this
    this.last = evaluate(this.last?.states ?? {}, {
      rules,
      wish,
      wallMs,
      nowMs,
      signals,
      wallClock: utcClock,
    })
    return this.last
  }

  codes(signals?: GuestSignals, afterMs?: number): readonly string[] {
    return this.look(signals, afterMs).pause?.reasons.map(({ code }) => code) ?? []
  }
}

describe('the rules', () => {
  it('pause nothing while all are off, and ask for nothing', () => {
    const scene = new Scene({})
    expect(wantedSignals(scene.rules)).toEqual([])
    const busy = { idleMs: 0, power: { onBattery: true, chargePercent: 1 }, othersPercent: 100, celsius: 120 }
    expect(scene.look(busy)).toMatchObject({ pause: undefined, overridden: undefined, unknown: [] })
  })

  it('keep to the schedule, and say until when', () => {
    const scene = new Scene({ schedule: parseWeekHours('mon-fri 18-8') })
    expect(scene.look().pause).toEqual({ reasons: [{ code: 'schedule' }], untilMs: MONDAY + 18 * HOUR })
    expect(scene.look({}, 6 * HOUR - 1).pause).toBeDefined()
    expect(scene.look({}, 1)).toMatchObject({ pause: undefined, nextChangeMs: MONDAY + 32 * HOUR })
  })

  it('wait until nobody has used the computer for long enough, and make way at the first touch', () => {
    const scene = new Scene({ idleMs: 300_000 })
    expect(scene.codes({ idleMs: 299_000 })).toEqual(['in_use'])
    expect(scene.codes({ idleMs: 300_000 }, 1_000)).toEqual([])
    expect(scene.codes({ idleMs: 10 }, 1_000)).toEqual(['in_use'])
  })

  it('pause on battery, after a loose plug had its chance, and go on once it is plugged in to stay', () => {
    const scene = new Scene({ onBattery: 'pause' })
    expect(scene.codes({ power: { onBattery: false } })).toEqual([])
    expect(scene.codes({ power: { onBattery: true } }, 5_000)).toEqual([])
    expect(scene.codes({ power: { onBattery: false } }, 1_000)).toEqual([])
    expect(scene.codes({ power: { onBattery: true } }, 1_000)).toEqual([])
    expect(scene.codes({ power: { onBattery: true } }, 5_000)).toEqual(['on_battery'])
    expect(scene.codes({ power: { onBattery: false } }, 5_000)).toEqual(['on_battery'])
    expect(scene.codes({ power: { onBattery: false } }, 15_000)).toEqual([])
  })

  it('let the battery run down to a charge, and want a little more before they go on', () => {
    const scene = new Scene({ onBattery: 'serve', batteryLeastPercent: 40 })
    const at = (chargePercent: number) => ({ power: { onBattery: true, chargePercent } })
    expect(scene.codes(at(40))).toEqual([])
    scene.look(at(39), 5_000)
    expect(scene.codes(at(39), 5_000)).toEqual(['battery_low'])
    scene.look(at(44), 60_000)
    expect(scene.codes(at(44), 60_000)).toEqual(['battery_low'])
    scene.look(at(45), 5_000)
    expect(scene.codes(at(45), 15_000)).toEqual([])
  })

  it('name the program that they pause for until they let go', () => {
    const scene = new Scene({ programs: ['blender', 'game.exe'] })
    expect(scene.look({ programs: ['game.exe'] }).pause?.reasons).toEqual([
      { code: 'program', name: 'game.exe' },
    ])
    expect(scene.look({ programs: [] }, 29_000).pause?.reasons).toEqual([
      { code: 'program', name: 'game.exe' },
    ])
    expect(scene.codes({ programs: [] }, 29_000)).toEqual(['program'])
    expect(scene.codes({ programs: [] }, 1_000)).toEqual([])
  })

  it('make way for load and heat that last, not for a moment of them', () => {
    const scene = new Scene({ othersPercent: 50, maxCelsius: 80 })
    scene.look({ othersPercent: 10, celsius: 60 })
    expect(scene.codes({ othersPercent: 90, celsius: 60 }, 5_000)).toEqual([])
    expect(scene.codes({ othersPercent: 90, celsius: 60 }, 15_000)).toEqual([])
    expect(scene.codes({ othersPercent: 90, celsius: 60 }, 5_000)).toEqual(['busy'])
    // Under the limit, but not by enough.
    scene.look({ othersPercent: 40, celsius: 81 }, 60_000)
    expect(scene.codes({ othersPercent: 40, celsius: 81 }, 60_000)).toEqual(['busy', 'hot'])
    scene.look({ othersPercent: 30, celsius: 76 }, 5_000)
    expect(scene.codes({ othersPercent: 30, celsius: 76 }, 60_000)).toEqual(['hot'])
  })

  it('do not pause for what cannot be known, and say that', () => {
    const scene = new Scene({ idleMs: 60_000, fullScreen: true, maxCelsius: 70, onBattery: 'pause' })
    const { pause, unknown } = scene.look({ power: { onBattery: false } })
    expect(pause).toBeUndefined()
    expect(unknown).toEqual(['idle', 'fullScreen', 'temperature'])
  })

  it('give way to the operator: a pause adds to them, work in spite of them beats all but heat', () => {
    const scene = new Scene({ schedule: parseWeekHours('mon 18-19'), maxCelsius: 80 })
    scene.wish = { act: 'pause' }
    expect(scene.look({ celsius: 20 }).pause).toEqual({
      reasons: [{ code: 'operator' }, { code: 'schedule' }],
    })
    const untilMs = scene.wallMs + HOUR
    scene.wish = { act: 'serve', untilMs }
    expect(scene.look()).toMatchObject({
      pause: undefined,
      overridden: { untilMs, reasons: [{ code: 'schedule' }] },
      nextChangeMs: untilMs,
    })
    scene.look({ celsius: 90 }, 5_000)
    expect(scene.codes({ celsius: 90 }, 5_000)).toEqual(['schedule', 'hot'])
    expect(scene.codes({ celsius: 20 }, HOUR)).toEqual(['schedule', 'hot'])
    expect(scene.codes({ celsius: 20 }, HOUR)).toEqual(['schedule'])
  })

  it('end the operator’s pause at its time', () => {
    const scene = new Scene({})
    const untilMs = scene.wallMs + HOUR
    scene.wish = { act: 'pause', untilMs }
    expect(scene.look({}, HOUR - 1)).toMatchObject({
      pause: { reasons: [{ code: 'operator' }], untilMs },
      nextChangeMs: untilMs,
    })
    expect(scene.look({}, 1).pause).toBeUndefined()
  })

  it('have it work quietly while the computer is used, and take tasks meanwhile', () => {
    const scene = new Scene({ quietMode: 'in_use' })
    expect(wantedSignals(scene.rules)).toEqual(['idle'])
    expect(scene.look({ idleMs: 0 })).toMatchObject({ quiet: true, pause: undefined })
    expect(scene.look({ idleMs: 120_000 })).toMatchObject({ quiet: false, unknown: [] })
    expect(scene.look({ idleMs: undefined })).toMatchObject({ quiet: false, unknown: ['idle'] })
    scene.rules = { ...noRules, quietMode: 'always' }
    expect(scene.look({})).toMatchObject({ quiet: true, unknown: [] })
    expect(wantedSignals(scene.rules)).toEqual([])
  })

  it('forget what they saw once they are turned off', () => {
    const scene = new Scene({ programs: ['blender'] })
    expect(scene.codes({ programs: ['blender'] })).toEqual(['program'])
    scene.rules = { ...noRules }
    expect(scene.codes({})).toEqual([])
  })
})

describe('a steady rule', () => {
  const patience = { toPauseMs: 20_000, toServeMs: 60_000 }
  const sightings = fc.array(
    fc.record({ afterMs: fc.integer({ min: 1, max: 30_000 }), seen: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 200,
    },
  )

  it('changes its mind only after it saw the same without a break, and no more often than its patience allows', () => {
    fc.assert(
      fc.property(sightings, (looks) => {
        let state: SteadyState | undefined
        let nowMs = 0
        let changedMs = Number.NEGATIVE_INFINITY
        /** Since when the same has been seen. */
        let sameSinceMs = 0
        let previous: boolean | undefined
        for (const { afterMs, seen } of looks) {
          nowMs += afterMs
          if (seen !== previous) sameSinceMs = nowMs
          previous = seen
          const before = state
          state = steady(before, seen, nowMs, patience)
          if (before === undefined || before.active === state.active) continue
          const neededMs = state.active ? patience.toPauseMs : patience.toServeMs
          expect(state.active).toBe(seen)
          expect(nowMs - sameSinceMs).toBeGreaterThanOrEqual(neededMs)
          expect(nowMs - changedMs).toBeGreaterThanOrEqual(neededMs)
          changedMs = nowMs
        }
      }),
    )
  })

  it('comes round to what goes on and on', () => {
    fc.assert(
      fc.property(sightings, fc.boolean(), (looks, lasting) => {
        let state: SteadyState | undefined
        let nowMs = 0
        for (const { afterMs, seen } of looks) {
          nowMs += afterMs
          state = steady(state, seen, nowMs, patience)
        }
        state = steady(state, lasting, nowMs + 1, patience)
        state = steady(state, lasting, nowMs + 60_001, patience)
        expect(state.active).toBe(lasting)
      }),
    )
  })
})
