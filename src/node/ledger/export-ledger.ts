import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { Ledger, LedgerEntry } from './contract.ts'

/**
 * `csv` is for spreadsheets, `jsonl` for scripts; `bundle` has all that proves the entries, and nothing else is
 * needed to verify it. A bundle holds the texts of the results.
 */
export const ledgerExportFormats = ['csv', 'jsonl', 'bundle'] as const
export type LedgerExportFormat = (typeof ledgerExportFormats)[number]

export interface ExportLedgerInit {
  readonly ledger: Pick<Ledger, 'entriesAfter' | 'lastSeq'>
  readonly format: LedgerExportFormat
  /** Raw Ed25519 key of whose ledger it is. */
  readonly publicKey: Uint8Array
}

/** Entries may hold results of megabytes, so few are in memory at once. */
const PAGE = 50

const csvColumns = [
  'seq',
  'created_at',
  'direction',
  'amount_micro',
  'counterparty',
  'task_id',
  'model',
  'state',
  'result_hash',
  'hash',
] as const

/** Lines without their newline. Entries that are appended while it runs are left out. */
export async function* exportLedger(
  init: ExportLedgerInit,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<string, void, undefined> {
  const { ledger, format, publicKey } = init
  const last = ledger.lastSeq()
  if (format === 'csv') yield csvColumns.join(',')
  if (format === 'bundle') yield JSON.stringify(bundleHeader(publicKey, last, headHash(ledger, last)))
  for (let seq = 0; seq < last; ) {
    options.signal?.throwIfAborted()
    const page = ledger.entriesAfter(seq, Math.min(PAGE, last - seq))
    for (const entry of page) {
      yield format === 'csv'
        ? csvLine(entry)
        : JSON.stringify(format === 'jsonl' ? plainEntry(entry) : provenEntry(entry))
      seq = entry.seq
    }
    if (page.length === 0) return
  }
}

function headHash(ledger: ExportLedgerInit['ledger'], last: number): string | null {
  return last === 0 ? null : (ledger.entriesAfter(last - 1, 1)[0]?.hash ?? null)
}

/** First line of a bundle: whose ledger, how long it is and where it ends, so that a cut one is noticed. */
function bundleHeader(publicKey: Uint8Array, entries: number, head: string | null) {
  return {
    driadLedger: 1,
    publicKey: base64(publicKey),
    peerId: peerIdOfPublicKey(publicKey),
    entries,
    headHash: head,
  }
}

function plainEntry(entry: LedgerEntry) {
  return {
    seq: entry.seq,
    createdAtMs: entry.createdAtMs,
    direction: entry.direction,
    // An amount on the wire is at most 10^15, so a JSON number is exact.
    amountMicro: Number(entry.amountMicro),
    counterparty: entry.counterparty,
    taskId: entry.taskId,
    model: entry.model,
    state: entry.state,
    resultHash: entry.resultHash,
    prevHash: entry.prevHash,
    hash: entry.hash,
  }
}

function provenEntry(entry: LedgerEntry) {
  return { ...plainEntry(entry), receipt: signedJson(entry.receipt), outcome: signedJson(entry.outcome) }
}

function signedJson(signed: Signed) {
  return {
    payload: base64(signed.payload),
    publicKey: base64(signed.publicKey),
    signature: base64(signed.signature),
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function csvLine(entry: LedgerEntry): string {
  return [
    String(entry.seq),
    new Date(entry.createdAtMs).toISOString(),
    entry.direction,
    String(entry.amountMicro),
    entry.counterparty,
    entry.taskId,
    entry.model,
    entry.state,
    entry.resultHash,
    entry.hash,
  ]
    .map(csvCell)
    .join(',')
}

/** RFC 4180. Every text here begins with a letter or a digit, so a spreadsheet takes none for a formula. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
