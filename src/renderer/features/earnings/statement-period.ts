/** Which entries a statement is about; those that are settled are in none. */
export const statementPeriods = ['all', 'last-month', 'this-month'] as const
export type StatementPeriod = (typeof statementPeriods)[number]

/** Unix milliseconds, by the calendar of this computer. Nothing of the future is in it. */
export function statementRange(
  period: StatementPeriod,
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const now = new Date(nowMs)
  const month = (offset: number) => new Date(now.getFullYear(), now.getMonth() + offset, 1).getTime()
  switch (period) {
    case 'all':
      return { fromMs: 0, toMs: nowMs }
    case 'last-month':
      return { fromMs: month(-1), toMs: month(0) }
    case 'this-month':
      return { fromMs: month(0), toMs: nowMs }
  }
}
