import type { Ledger, LedgerEntry } from '../node/ledger/contract.ts'
import type { LedgerEntryView } from '../protocol/earnings-views.ts'

export function ledgerEntryView(ledger: Pick<Ledger, 'isSettled'>, entry: LedgerEntry): LedgerEntryView {
  return {
    seq: entry.seq,
    taskId: entry.taskId,
    direction: entry.direction,
    amountMicro: String(entry.amountMicro),
    counterparty: entry.counterparty,
    state: ledger.isSettled(entry.seq) ? 'settled' : entry.state,
    model: entry.model,
    createdAtMs: entry.createdAtMs,
    hash: entry.hash,
  }
}
