/** When each of the last `days` local days begins, and when the last of them, that of `nowMs`, ends. Oldest first. */
export function localDays(days: number, nowMs: number): readonly number[] {
  const today = new Date(nowMs)
  // A day is what the calendar says: 23 or 25 hours where clocks change.
  return Array.from({ length: days + 1 }, (_, i) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - days + 1 + i).getTime(),
  )
}

/** `2031-04-09` */
export function dayName(date: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}
