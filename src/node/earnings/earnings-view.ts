import type { EarningsView } from '../../protocol/earnings-views.ts'
import type { Ledger } from '../ledger/contract.ts'
import type { ReceivablesView } from '../tasks/task-pages.ts'

/** What was earned, what is owed, and what was never paid, for the last `days` local days. */
export function earningsView(ledger: Ledger, owed: ReceivablesView, days: number): EarningsView {
  const byDay = ledger.byDay(days).map((day) => ({
    day: day.day,
    creditMicro: String(day.creditMicro),
    debitMicro: String(day.debitMicro),
    tasks: day.tasks,
  }))
  const { creditMicro, settledMicro } = ledger.credits()
  return {
    balanceMicro: String(ledger.balanceMicro()),
    earnedTodayMicro: byDay.at(-1)?.creditMicro ?? '0',
    pendingMicro: String(owed.pendingMicro),
    pendingTasks: owed.pendingTasks,
    acknowledgedMicro: String(creditMicro - settledMicro),
    settledMicro: String(settledMicro),
    disputedMicro: String(owed.disputedMicro),
    disputedTasks: owed.disputedTasks,
    unpaidMicro: String(owed.unpaidMicro),
    unpaidTasks: owed.unpaidTasks,
    byDay,
  }
}
