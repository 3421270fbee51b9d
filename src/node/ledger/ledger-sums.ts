import type { Reader } from '../store/contract.ts'
import type { LedgerDay } from './contract.ts'
import { dayName, localDays } from './local-days.ts'

export interface LedgerSums {
  readonly creditMicro: bigint
  readonly debitMicro: bigint
  readonly entries: number
}

/** Sums of entries with `fromMs <= createdAtMs < toMs`, of all without them. Answered by the index `ledger_sums` alone. */
export function ledgerSums(reader: Reader, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER): LedgerSums {
  const half = (direction: string, part: string) =>
    `sum(CASE WHEN direction = '${direction}' THEN ${part} ELSE 0 END)`
  // In halves, because SQLite's SUM fails above 63 bits; by CASE, because GROUP BY would sort all the rows.
  const row = reader.get<{
    credit_high_micro: bigint | null
    credit_low_micro: bigint | null
    debit_high_micro: bigint | null
    debit_low_micro: bigint | null
    entries: number
  }>(
    `SELECT ${half('credit', 'amount_micro >> 32')} AS credit_high_micro,
       ${half('credit', 'amount_micro & 4294967295')} AS credit_low_micro,
       ${half('debit', 'amount_micro >> 32')} AS debit_high_micro,
       ${half('debit', 'amount_micro & 4294967295')} AS debit_low_micro, count(*) AS entries
     FROM ledger INDEXED BY ledger_sums WHERE created_at_ms >= ? AND created_at_ms < ?`,
    fromMs,
    toMs,
  )
  return {
    creditMicro: ((row?.credit_high_micro ?? 0n) << 32n) + (row?.credit_low_micro ?? 0n),
    debitMicro: ((row?.debit_high_micro ?? 0n) << 32n) + (row?.debit_low_micro ?? 0n),
    entries: row?.entries ?? 0,
  }
}

/** Sums by local day. */
export function sumsByDay(reader: Reader, days: number, nowMs: number): LedgerDay[] {
  const starts = localDays(days, nowMs)
  return starts.slice(0, -1).map((startMs, i) => {
    const sums = ledgerSums(reader, startMs, starts[i + 1])
    return {
      day: dayName(new Date(startMs)),
      creditMicro: sums.creditMicro,
      debitMicro: sums.debitMicro,
      tasks: sums.entries,
    }
  })
}

/** Credits whose payers said that they paid them. */
export function settledCreditMicro(reader: Reader): bigint {
  const row = reader.get<{ high_micro: bigint | null; low_micro: bigint | null }>(
    `SELECT sum(total_micro >> 32) AS high_micro, sum(total_micro & 4294967295) AS low_micro FROM ledger_statements
     WHERE direction = 'credit' AND settled_at_ms IS NOT NULL`,
  )
  return ((row?.high_micro ?? 0n) << 32n) + (row?.low_micro ?? 0n)
}
