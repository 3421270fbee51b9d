import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { type Signer, signMessage } from '../../protocol/wire/signing.ts'
import type { Ledger, LedgerEntry } from './contract.ts'
import type { LedgerGap } from './gaps.ts'
import { signedJson } from './signed-json.ts'

/**
 * `csv` is for spreadsheets, `jsonl` for scripts; `bundle` has all that proves the entries, and nothing else is
 * needed to verify it. A bundle holds the texts of the results.
 */
export const ledgerExportFormats = ['csv', 'jsonl', 'bundle'] as const
export type LedgerExportFormat = (typeof ledgerExportFormats)[number]

export interface ExportLedgerInit {
  readonly ledger: Pick<Ledger, 'entriesAfter' | 'lastSeq' | 'isSettled' | 'gaps'>
  readonly format: LedgerExportFormat
  /** Whose ledger it is. It signs the head of a bundle. */
  readonly identity: Signer
}

/** The ledger of who has none yet. */
export const emptyLedger: ExportLedgerInit['ledger'] = {
  entriesAfter: () => [],
  lastSeq: () => 0,
  gaps: () => [],
  isSettled: () => false,
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
  const { ledger, format, identity } = init
  const last = ledger.lastSeq()
  if (format === 'csv') yield csvColumns.join(',')
  const gaps = ledger.gaps().filter(({ to }) => to <= last)
  if (format === 'bundle') yield JSON.stringify(bundleHead(identity, ledger, last))
  for (let seq = 0; seq < last; ) {
    options.signal?.throwIfAborted()
    const page = ledger.entriesAfter(seq, Math.min(PAGE, last - seq))
    for (const entry of page) {
      if (format === 'bundle') yield* gapLines(gaps, seq, entry.seq)
      if (format === 'bundle') yield JSON.stringify(provenEntry(entry))
      else {
        const state = ledger.isSettled(entry.seq) ? 'settled' : entry.state
        yield format === 'csv' ? csvLine(entry, state) : JSON.stringify({ ...plainEntry(entry), state })
      }
      seq = entry.seq
    }
    if (page.length > 0) continue
    if (format === 'bundle') yield* gapLines(gaps, seq, last + 1)
    return
  }
}

/** What is lost stands in a bundle where the entries would: its reader is told, and can follow the chain. */
function* gapLines(gaps: readonly LedgerGap[], afterSeq: number, beforeSeq: number) {
  for (const { from, to, nextPrevHash } of gaps) {
    if (from > afterSeq && to < beforeSeq) yield JSON.stringify({ lost: { from, to, nextPrevHash } })
  }
}

/**
 * First line of a bundle: how long the ledger is, where it begins and where it ends, signed. A cut bundle does not fit it, and
 * who signs two that do not continue each other has left something out of one.
 */
function bundleHead(identity: Signer, ledger: ExportLedgerInit['ledger'], entries: number) {
  const firstHash = hashOf(ledger, Math.min(1, entries))
  const lastHash = hashOf(ledger, entries)
  const issuedAtMs = Date.now()
  const head = signMessage('ledger-head', { entries, firstHash, lastHash, issuedAtMs }, identity)
  return {
    driadLedger: 2,
    // For people; what counts is what was signed.
    peerId: peerIdOfPublicKey(identity.publicKey),
    entries,
    exportedAt: new Date(issuedAtMs).toISOString(),
    head: signedJson(head),
  }
}

function hashOf(ledger: ExportLedgerInit['ledger'], seq: number): Uint8Array<ArrayBuffer> {
  const lost = ledger.gaps().find(({ from, to }) => from <= seq && seq <= to)
  const hash = seq === 0 ? undefined : (lost?.nextPrevHash ?? ledger.entriesAfter(seq - 1, 1)[0]?.hash)
  return new Uint8Array(Buffer.from(hash ?? '', 'hex'))
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

function csvLine(entry: LedgerEntry, state: string): string {
  return [
    String(entry.seq),
    new Date(entry.createdAtMs).toISOString(),
    entry.direction,
    String(entry.amountMicro),
    entry.counterparty,
    entry.taskId,
    entry.model,
    state,
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
