const MINUTE_MS = 60_000
/** When a pause `until tomorrow` ends: o'clock, local. */
const MORNING_HOUR = 8

/** A pause may last so long at most; what is to last longer has no end. */
export const LONGEST_PAUSE_MS = 366 * 24 * 60 * MINUTE_MS

/** The next time that a clock on the wall shows that, as unix time. Where the clock skips it, what it shows instead. */
export function nextTimeOfDay(nowMs: number, hour: number, minute: number): number {
  const at = new Date(nowMs)
  at.setHours(hour, minute, 0, 0)
  if (at.getTime() <= nowMs) {
    at.setDate(at.getDate() + 1)
    at.setHours(hour, minute, 0, 0)
  }
  return at.getTime()
}

/** The morning of the next day, as unix time. */
export function tomorrowMorning(nowMs: number): number {
  const at = new Date(nowMs)
  at.setDate(at.getDate() + 1)
  at.setHours(MORNING_HOUR, 0, 0, 0)
  return at.getTime()
}

/** Reads `18:00` or `8:30` as hour and minute. Undefined where it is no time of day. */
export function parseTimeOfDay(text: string): { readonly hour: number; readonly minute: number } | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim())
  const hour = Number(match?.[1])
  const minute = Number(match?.[2])
  return match !== null && hour < 24 && minute < 60 ? { hour, minute } : undefined
}

/** Reads `45m`, `1h`, `1.5h` or `2d` as milliseconds. Undefined where it is no length of time above nothing. */
export function parseLength(text: string): number | undefined {
  const match = /^(\d{1,4}(?:\.\d{1,2})?)\s*(m|min|h|d)$/.exec(text.trim().toLowerCase())
  if (match === null) return undefined
  const minutes = { m: 1, min: 1, h: 60, d: 24 * 60 }[match[2] as 'm' | 'min' | 'h' | 'd']
  const lengthMs = Math.round(Number(match[1]) * minutes * MINUTE_MS)
  return lengthMs > 0 && lengthMs <= LONGEST_PAUSE_MS ? lengthMs : undefined
}
