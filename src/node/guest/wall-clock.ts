import { HOURS_PER_DAY, type WeekHours, weekDays } from '../../protocol/guest/week-hours.ts'

/** What a clock on the wall shows. */
export interface WallTime {
  /** 0 is Monday. */
  readonly day: number
  /** 0 to 23. */
  readonly hour: number
}

/** Tells what it shows at a unix time. */
export type WallClock = (atMs: number) => WallTime

/** In this computer's time zone. */
export const localWallClock: WallClock = (atMs) => {
  const at = new Date(atMs)
  return { day: (at.getDay() + weekDays.length - 1) % weekDays.length, hour: at.getHours() }
}

/** Time zones have full hours at multiples of it only, and so they set their clocks forward and back. */
const STEP_MS = 15 * 60_000
/** A week, and a day more for clocks that are set back in it. */
const STEPS = ((weekDays.length + 1) * HOURS_PER_DAY * 3_600_000) / STEP_MS

export function isOpen(hours: WeekHours, atMs: number, wall: WallClock): boolean {
  const { day, hour } = wall(atMs)
  return hours[day]?.[hour] === true
}

/**
 * When the schedule next says something else, as unix time; undefined where it never does. The clock is read all the way
 * there instead of being reckoned with: it skips an hour in spring and shows one twice in autumn.
 */
export function nextChangeMs(hours: WeekHours, atMs: number, wall: WallClock): number | undefined {
  const open = isOpen(hours, atMs, wall)
  const firstMs = Math.floor(atMs / STEP_MS) * STEP_MS
  for (let step = 1; step <= STEPS; step++) {
    const stepMs = firstMs + step * STEP_MS
    if (isOpen(hours, stepMs, wall) !== open) return stepMs
  }
  return undefined
}
