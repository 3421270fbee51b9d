/** How many days the charts of earnings show. */
export const dayRanges = ['7', '30', '90'] as const
export type DayRange = (typeof dayRanges)[number]

/** Unix milliseconds: from the first of so many local days until the end of the day of `nowMs`. The same all day long. */
export function rangeOf(days: number, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  const now = new Date(nowMs)
  // By the calendar, for days with a change of the clock have 23 or 25 hours.
  const midnight = (offset: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset).getTime()
  return { fromMs: midnight(1 - days), toMs: midnight(1) }
}
