import { HOURS_PER_DAY, type WeekHours, weekDays } from '../../../protocol/guest/week-hours.ts'

/** An hour of the week: the day from Monday as 0, and the hour. */
export interface Cell {
  readonly day: number
  readonly hour: number
}

/** The hours with all those turned on or off that lie between two cells, these included. */
export function paint(hours: WeekHours, from: Cell, to: Cell, on: boolean): WeekHours {
  const isBetween = (value: number, a: number, b: number) =>
    value >= Math.min(a, b) && value <= Math.max(a, b)
  return hours.map((day, at) =>
    isBetween(at, from.day, to.day)
      ? day.map((open, hour) => (isBetween(hour, from.hour, to.hour) ? on : open))
      : day,
  )
}

/** Where a key leads to; undefined for keys that do not move. It stops at the edges. */
export function movedBy(key: string, { day, hour }: Cell): Cell | undefined {
  switch (key) {
    case 'ArrowLeft':
      return { day, hour: Math.max(0, hour - 1) }
    case 'ArrowRight':
      return { day, hour: Math.min(HOURS_PER_DAY - 1, hour + 1) }
    case 'ArrowUp':
      return { day: Math.max(0, day - 1), hour }
    case 'ArrowDown':
      return { day: Math.min(weekDays.length - 1, day + 1), hour }
    case 'Home':
      return { day, hour: 0 }
    case 'End':
      return { day, hour: HOURS_PER_DAY - 1 }
    default:
      return undefined
  }
}
