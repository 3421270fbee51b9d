/** Days of the week as they are written in a schedule, from Monday. */
export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

export const HOURS_PER_DAY = 24
/** Longest text of a schedule. The longest canonical one, every other hour of each day on its own, is shorter. */
export const WEEK_HOURS_LENGTH = 512

/** Which hours of a week: seven days from Monday, 24 hours each, by the clock on the wall. */
export type WeekHours = readonly (readonly boolean[])[]

const NEVER = 'never'
const DAY_RANGE = /^([a-z]{3})(?:-([a-z]{3}))?$/
const HOUR_RANGE = /^(\d{1,2})-(\d{1,2})$/

/**
 * Reads a schedule: `mon-fri 18-8; sat,sun 0-24`. Hours run from one o'clock to another, over midnight into the next day
 * where the second is not later. `never` is no hour at all. Undefined where it cannot be read.
 */
export function parseWeekHours(text: string): WeekHours | undefined {
  const week = emptyWeek()
  const written = text.trim().toLowerCase()
  if (written === NEVER) return week
  if (written.length > WEEK_HOURS_LENGTH) return undefined
  for (const part of written.split(';')) {
    const [dayText = '', hourText = '', ...rest] = part.trim().split(/\s+/)
    const days = readDays(dayText)
    const ranges = readRanges(hourText)
    if (days === undefined || ranges === undefined || rest.length > 0) return undefined
    for (const day of days) for (const range of ranges) mark(week, day, range)
  }
  return week
}

/** The shortest plain form: days of equal hours together, no range over midnight. `parseWeekHours` reads it back. */
export function formatWeekHours(week: WeekHours): string {
  const byHours = new Map<string, number[]>()
  for (const [day, hours] of week.entries()) {
    const text = formatHours(hours)
    if (text === '') continue
    const days = byHours.get(text)
    if (days === undefined) byHours.set(text, [day])
    else days.push(day)
  }
  if (byHours.size === 0) return NEVER
  return [...byHours].map(([hours, days]) => `${formatDays(days)} ${hours}`).join('; ')
}

export function emptyWeek(): boolean[][] {
  return weekDays.map(() => Array.from({ length: HOURS_PER_DAY }, () => false))
}

function readDays(text: string): number[] | undefined {
  const days: number[] = []
  for (const range of text.split(',')) {
    const match = DAY_RANGE.exec(range)
    const first = dayIndex(match?.[1])
    const last = dayIndex(match?.[2] ?? match?.[1])
    if (first === undefined || last === undefined) return undefined
    const length = ((last - first + weekDays.length) % weekDays.length) + 1
    for (let step = 0; step < length; step++) days.push((first + step) % weekDays.length)
  }
  return days
}

function dayIndex(name: string | undefined): number | undefined {
  const index = (weekDays as readonly (string | undefined)[]).indexOf(name)
  return index === -1 ? undefined : index
}

type HourRange = readonly [from: number, to: number]

function readRanges(text: string): HourRange[] | undefined {
  const ranges: HourRange[] = []
  for (const part of text.split(',')) {
    const match = HOUR_RANGE.exec(part)
    if (match === null) return undefined
    const from = Number(match[1])
    const to = Number(match[2])
    if (from >= HOURS_PER_DAY || to > HOURS_PER_DAY || from === to) return undefined
    ranges.push([from, to])
  }
  return ranges
}

function mark(week: boolean[][], day: number, [from, to]: HourRange): void {
  const length = to > from ? to - from : to + HOURS_PER_DAY - from
  for (let hour = from; hour < from + length; hour++) {
    const hours = week[(day + Math.floor(hour / HOURS_PER_DAY)) % weekDays.length]
    if (hours !== undefined) hours[hour % HOURS_PER_DAY] = true
  }
}

function formatHours(hours: readonly boolean[]): string {
  return runsOf(hours.flatMap((on, hour) => (on ? [hour] : [])))
    .map(([first, last]) => `${first}-${last + 1}`)
    .join(',')
}

function formatDays(days: readonly number[]): string {
  return runsOf(days)
    .map(([first, last]) => (first === last ? weekDays[first] : `${weekDays[first]}-${weekDays[last]}`))
    .join(',')
}

/** Rising numbers as runs of consecutive ones. */
function runsOf(numbers: readonly number[]): readonly HourRange[] {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run !== undefined && run[1] === number - 1) run[1] = number
    else runs.push([number, number])
  }
  return runs
}
