import { spokenLanguage } from '../../../locales/translate.ts'

/** A week that begins on a Monday. */
const MONDAY = Date.UTC(2024, 0, 1)
const DAY_MS = 86_400_000

/** The days of a week from Monday on: `Monday`, or short, `Mon`. */
export function dayTitles(length: 'long' | 'short'): readonly string[] {
  const format = new Intl.DateTimeFormat(spokenLanguage(), { weekday: length, timeZone: 'UTC' })
  return Array.from({ length: 7 }, (_, day) => format.format(MONDAY + day * DAY_MS))
}
