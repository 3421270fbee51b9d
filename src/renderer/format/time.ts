import { dateFormat } from '../../locales/formats.ts'
import { type Language, spokenLanguage, t } from '../../locales/translate.ts'
import { count, fixed } from './numbers.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long something took: `84 ms`, `2.6 s`, `4 min 12 s`, `3 h 05 min`, `4 d 07 h`. */
export function duration(ms: number): string {
  const size = Math.max(0, ms)
  if (size < 999.5)
    return t('common:duration.milliseconds', {
      value: size < 9.95 && size % 1 !== 0 ? fixed(size, 1) : Math.round(size),
    })
  if (size < 9.95 * SECOND) return t('common:duration.seconds', { value: fixed(size / SECOND, 1) })
  // Rounded first and split after: 59.7 s is a minute, not `0 min 59 s`.
  const seconds = Math.round(size / SECOND)
  if (seconds < 60) return t('common:duration.seconds', { value: seconds })
  if (seconds < 3_600)
    return t('common:duration.minutesSeconds', {
      minutes: Math.floor(seconds / 60),
      seconds: smallerUnit(seconds % 60),
    })
  if (size < DAY)
    return t('common:duration.hoursMinutes', {
      hours: Math.floor(size / HOUR),
      minutes: smallerUnit(Math.floor((size % HOUR) / MINUTE)),
    })
  return t('common:duration.daysHours', {
    days: count(Math.floor(size / DAY)),
    hours: smallerUnit(Math.floor((size % DAY) / HOUR)),
  })
}

/** Time since joining, in the coarse words of a state card: `12 s`, `18 min`, `3 h 05 min`. */
export function uptime(ms: number): string {
  if (ms < MINUTE) return t('common:duration.seconds', { value: Math.max(0, Math.floor(ms / SECOND)) })
  if (ms < HOUR) return t('common:duration.minutes', { value: Math.floor(ms / MINUTE) })
  return duration(ms)
}

/** `now`, `4 s ago`, `18 min ago`, `3 h ago`, then the date. A clock that ran ahead is `now`. */
export function ago(atMs: number, nowMs: number): string {
  const age = nowMs - atMs
  if (age < 2 * SECOND) return t('common:ago.now')
  if (age < MINUTE) return t('common:ago.seconds', { value: Math.floor(age / SECOND) })
  if (age < HOUR) return t('common:ago.minutes', { value: Math.floor(age / MINUTE) })
  if (age < DAY) return t('common:ago.hours', { value: Math.floor(age / HOUR) })
  return dayAndTime(atMs)
}

/** `14:52:03`, local. */
export function clock(atMs: number): string {
  const at = new Date(atMs)
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`
}

/** `14:52:03.120`, local, for logs and timelines. */
export function clockWithMs(atMs: number): string {
  return `${clock(atMs)}.${String(new Date(atMs).getMilliseconds()).padStart(3, '0')}`
}

/** `14:52`, local, for axes. */
export function hourAndMinute(atMs: number): string {
  return clock(atMs).slice(0, 5)
}

/** `22 Nov 14:52`, local. */
export function dayAndTime(atMs: number): string {
  return `${dayOfMonth().format(atMs)} ${hourAndMinute(atMs)}`
}

/** Every digit, for details: `2026-11-22 14:52:03.120`, local. */
export function fullTime(atMs: number): string {
  const at = new Date(atMs)
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${clockWithMs(atMs)}`
}

/** An axis label out of the ledger's local day (`2026-11-22`): `22 Nov`. */
export function dayLabel(day: string): string {
  const [year, month, date] = day.split('-').map(Number)
  if (year === undefined || month === undefined || date === undefined) return day
  const at = new Date(year, month - 1, date)
  return Number.isNaN(at.getTime()) ? day : dayOfMonth().format(at)
}

const dayOfMonth = dateFormat({ day: 'numeric', month: 'short' })

/** Where units are words, or shortened words, their figures are written as in a sentence. */
const unpadded: ReadonlySet<Language> = new Set(['de', 'zh'])

/** The smaller unit of two, with two digits where that is the custom. */
function smallerUnit(value: number): string {
  return unpadded.has(spokenLanguage()) ? String(value) : pad(value)
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
