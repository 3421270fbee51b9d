import type { Reader } from '../store/contract.ts'
import type { LedgerDay } from './contract.ts'

export interface LedgerSums {
  readonly creditMicro: bigint
  readonly debitMicro: bigint
  readonly entries: number
}

/** Sums of entries with `fromMs <= createdAtMs < toMs`, of all without them. Answered by the index `ledger_sums` alone. */
export function ledgerSums(reader: Reader, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER): LedgerSums {
  let creditMicro = 0n
  let debitMicro = 0n
  let entries = 0
  // In halves, because SQLite's SUM fails above 63 bits.
  const rows = reader.all<{ direction: string; high_micro: bigint; low_micro: bigint; entries: number }>(
    `SELECT direction, SUM(amount_micro >> 32) AS high_micro, SUM(amount_micro & 4294967295) AS low_micro,
       COUNT(*) AS entries
     FROM ledger INDEXED BY ledger_sums WHERE created_at_ms >= ? AND created_at_ms < ? GROUP BY direction`,
    fromMs,
    toMs,
  )
  for (const row of rows) {
    const sum = (row.high_micro << 32n) + row.low_micro
    if (row.direction === 'credit') creditMicro += sum
    else debitMicro += sum
    entries += row.entries
  }
  return { creditMicro, debitMicro, entries }
}

/** Sums by local day. A day is what the calendar says: 23 or 25 hours where clocks change. */
export function sumsByDay(reader: Reader, days: number, nowMs: number): LedgerDay[] {
  const today = new Date(nowMs)
  const startOf = (daysAgo: number) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - daysAgo)
  return Array.from({ length: days }, (_, i) => {
    const start = startOf(days - 1 - i)
    const sums = ledgerSums(reader, start.getTime(), startOf(days - 2 - i).getTime())
    return {
      day: dayName(start),
      creditMicro: sums.creditMicro,
      debitMicro: sums.debitMicro,
      tasks: sums.entries,
    }
  })
}

function dayName(date: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}
