import { setImmediate as nextTurn } from 'node:timers/promises'
import { DriadError } from '../../../protocol/errors.ts'
import { clipText } from '../../../protocol/wire/clip-text.ts'
import { peerIdOfPublicKey, publicKeyOfPeerId } from '../../../protocol/wire/keys.ts'
import { REASON_BYTES } from '../../../protocol/wire/limits.ts'
import { type Signer, signMessage } from '../../../protocol/wire/signing.ts'
import type { Store, Transaction } from '../../store/contract.ts'
import type { IssuedStatement } from './contract.ts'
import { parseSettlementFile, type SettledStatement, settlementFile } from './settlement-file.ts'
import {
  OPEN_ENTRIES,
  type OpenEntriesQuery,
  openEntries,
  openValues,
  type StatementEntry,
} from './statement-entries.ts'
import {
  EntriesHash,
  type StatementFacts,
  statementFacts,
  statementLines,
  verifyStatement,
} from './statement-file.ts'
import { insertStatement, setSettled, settlementOf } from './statement-store.ts'

/** Entries of a statement that are held in memory while it is confirmed. */
const MAX_CONFIRMED = 1_000_000
/** A slice of work between two turns of the event loop. */
const SLICE_MS = 10

export interface StatementsComponents {
  readonly store: Store
  readonly identity: Signer
  /** Where the node wants to be paid; it is part of what it signs. */
  readonly payoutAddress: () => string
  readonly now?: () => number
}

/** A period, from the first moment of it to the first one after it. Unix milliseconds. */
export interface Period {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * What happens between a receipt and a payment: the node states what a requester owes for a period, the requester signs that it has
 * paid that, and both mark the entries, each at most once.
 */
export class Statements {
  readonly #components: StatementsComponents
  readonly #self: string

  constructor(components: StatementsComponents) {
    this.#components = components
    this.#self = peerIdOfPublicKey(components.identity.publicKey)
  }

  /**
   * Signs and stores a statement of what a requester owes for a period and has not settled. Undefined where that is nothing.
   * Throws `bad_message` for what is no peer id, `bad_usage` for a period that is none, or that is not over.
   */
  async issue(requester: string, period: Period): Promise<IssuedStatement | undefined> {
    const { store, identity, payoutAddress } = this.#components
    const now = this.#now()
    if (period.fromMs >= period.toMs) throw new DriadError('bad_usage', 'The period ends before it begins')
    if (period.toMs > now) throw new DriadError('bad_usage', 'The period is not over yet')
    if (requester === this.#self) throw new DriadError('bad_usage', 'That is this identity itself')
    const requesterKey = new Uint8Array(publicKeyOfPeerId(requester))
    const summed = await summary(
      openEntries(store, { direction: 'credit', counterparty: requester, ...period }),
    )
    if (summed === undefined) return undefined
    const signed = signMessage(
      'statement',
      { requester: requesterKey, ...period, ...summed, payoutAddress: payoutAddress(), issuedAtMs: now },
      identity,
    )
    const facts = statementFacts(signed)
    await store.write((tx) => insertStatement(tx, 'credit', facts, now))
    return facts
  }

  /** The lines of a statement's file. Throws `bad_usage` where some of its entries have been settled otherwise. */
  async *lines(statement: IssuedStatement): AsyncGenerator<string, void, undefined> {
    const query = openQuery(statementFacts(statement.signed))
    let lines = -1
    for await (const line of statementLines(statement.signed, openEntries(this.#components.store, query))) {
      yield line
      lines++
    }
    if (lines !== statement.entries) throw settledOtherwise()
  }

  /**
   * The payer's side: checks a statement against the own ledger, marks its entries as settled, and signs that. Returns the text of the
   * settlement file that the node is to get; the same statement again gives the same.
   * Throws `bad_message` for what is no valid statement, `bad_usage` where it is of somebody else or does not fit this ledger.
   */
  async confirm(
    lines: AsyncIterable<string> | Iterable<string>,
    reference: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<string> {
    const { store, identity } = this.#components
    const entries: StatementEntry[] = []
    const { problems, statement } = await verifyStatement(lines, {
      ...options,
      onEntry: (entry) => {
        if (entries.push(entry) > MAX_CONFIRMED)
          throw new DriadError('too_large', `A statement may have ${MAX_CONFIRMED} entries`)
      },
    })
    const [problem] = problems
    if (problem !== undefined || statement === undefined) {
      throw new DriadError('bad_message', `The statement is not valid: ${problem?.message ?? 'it is empty'}`)
    }
    if (statement.requester !== this.#self) {
      throw new DriadError('bad_usage', `The statement is for ${statement.requester}, not for this identity`)
    }
    const settlement = signMessage(
      'settlement',
      {
        node: new Uint8Array(publicKeyOfPeerId(statement.node)),
        statementHash: new Uint8Array(Buffer.from(statement.hash, 'hex')),
        totalMicro: statement.totalMicro,
        reference: clipText(reference, REASON_BYTES),
        issuedAtMs: this.#now(),
      },
      identity,
    )
    const before = await store.write((tx) => {
      const earlier = settlementOf(tx, statement.hash)
      if (earlier !== undefined) return earlier
      insertStatement(tx, 'debit', statement, this.#now())
      for (const entry of entries) this.#settleDebit(tx, statement, entry)
      setSettled(tx, statement.hash, settlement, this.#now())
      return undefined
    })
    if (before === undefined) return settlementFile(statement.signed, settlement)
    return settlementFile(statement.signed, {
      payload: new Uint8Array(before.payload),
      publicKey: new Uint8Array(identity.publicKey),
      signature: new Uint8Array(before.signature),
    })
  }

  /**
   * The payee's side: takes a payer's signed settlement and marks the entries of its statement as settled. False if that was done
   * before. Throws `bad_message`, `bad_signature` for what is no settlement, `bad_usage` where it is of another node's statement,
   * or where some of the entries are settled by another statement already: then nothing is.
   */
  async settle(text: string): Promise<{ readonly settled: SettledStatement; readonly isNew: boolean }> {
    const settled = parseSettlementFile(text)
    const { statement } = settled
    if (statement.node !== this.#self) {
      throw new DriadError('bad_usage', `The settlement is for ${statement.node}, not for this identity`)
    }
    const { store } = this.#components
    const query = (await this.#isOpen(statement)) ? openQuery(statement) : undefined
    const isNew = await store.write((tx) => {
      if (settlementOf(tx, statement.hash) !== undefined) return false
      if (query === undefined) throw settledOtherwise()
      insertStatement(tx, 'credit', statement, this.#now())
      // They were counted and hashed a moment ago; since then entries can only have been settled.
      const { changes } = tx.run(
        `INSERT INTO ledger_settled (seq, statement) SELECT ledger.seq, ? ${OPEN_ENTRIES}`,
        Buffer.from(statement.hash, 'hex'),
        ...openValues(query),
      )
      if (changes !== statement.entries) throw settledOtherwise()
      setSettled(tx, statement.hash, settled.settlement, this.#now())
      return true
    })
    return { settled, isNew }
  }

  /** Requesters that owe something of before a time, and since when. What this identity did for itself nobody owes. */
  debtors(beforeMs: number): readonly { readonly requester: string; readonly sinceMs: number }[] {
    return this.#components.store
      .all<{ requester: string; since_ms: number }>(
        `SELECT counterparty AS requester, min(created_at_ms) AS since_ms
         FROM ledger INDEXED BY ledger_parties LEFT JOIN ledger_settled settled ON settled.seq = ledger.seq
         WHERE direction = 'credit' AND settled.seq IS NULL AND created_at_ms < ? AND counterparty <> ?
         GROUP BY counterparty`,
        beforeMs,
        this.#self,
      )
      .map(({ requester, since_ms }) => ({ requester, sinceMs: since_ms }))
  }

  /** The statement for that requester whose period ends then, if there is one. */
  stated(requester: string, toMs: number): IssuedStatement | undefined {
    const row = this.#components.store.get<{ payload: Uint8Array; signature: Uint8Array }>(
      `SELECT payload, signature FROM ledger_statements
       WHERE direction = 'credit' AND counterparty = ? AND to_ms = ? LIMIT 1`,
      requester,
      toMs,
    )
    if (row === undefined) return undefined
    return statementFacts({
      payload: new Uint8Array(row.payload),
      publicKey: new Uint8Array(this.#components.identity.publicKey),
      signature: new Uint8Array(row.signature),
    })
  }

  /** Whether the entries that it was made of are here, and none of them is settled. */
  async #isOpen(statement: StatementFacts): Promise<boolean> {
    const found = await summary(openEntries(this.#components.store, openQuery(statement)))
    return (
      found?.totalMicro === statement.totalMicro &&
      Buffer.compare(found.entriesHash, statement.entriesHash) === 0
    )
  }

  /** Throws `bad_usage` for an entry that this ledger does not have, has otherwise, or has settled. */
  #settleDebit(tx: Transaction, statement: StatementFacts, entry: StatementEntry): void {
    const row = tx.get<{ seq: number; counterparty: string; receipt: Uint8Array }>(
      `SELECT seq, counterparty, receipt_payload AS receipt FROM ledger WHERE task_id = ? AND direction = 'debit'`,
      entry.taskId,
    )
    if (row === undefined || row.counterparty !== statement.node) {
      throw new DriadError(
        'bad_usage',
        `This ledger has no payment for the task ${entry.taskId} to that node`,
      )
    }
    if (Buffer.compare(row.receipt, entry.receipt.payload) !== 0) {
      throw new DriadError('bad_usage', `This ledger has another receipt for the task ${entry.taskId}`)
    }
    const { changes } = tx.run(
      'INSERT INTO ledger_settled (seq, statement) VALUES (?, ?) ON CONFLICT (seq) DO NOTHING',
      row.seq,
      Buffer.from(statement.hash, 'hex'),
    )
    if (changes !== 1) throw settledOtherwise(entry.taskId)
  }

  #now(): number {
    return (this.#components.now ?? Date.now)()
  }
}

function settledOtherwise(taskId?: string): DriadError {
  const which =
    taskId === undefined ? 'Some entries of the statement are' : `The entry of the task ${taskId} is`
  return new DriadError('bad_usage', `${which} settled by another statement already. Ask for a new one`)
}

function openQuery(statement: StatementFacts): OpenEntriesQuery {
  const { fromMs, toMs, requester, firstSeq, lastSeq } = statement
  return { direction: 'credit', counterparty: requester, fromMs, toMs, firstSeq, lastSeq }
}

/** What a statement says of its entries; undefined for none. */
async function summary(entries: Iterable<StatementEntry>) {
  const hash = new EntriesHash()
  let first: StatementEntry | undefined
  let last: StatementEntry | undefined
  let count = 0
  let totalMicro = 0n
  let sliceEndMs = performance.now() + SLICE_MS
  for (const entry of entries) {
    if (performance.now() >= sliceEndMs) {
      await nextTurn()
      sliceEndMs = performance.now() + SLICE_MS
    }
    hash.add(entry)
    totalMicro += entry.amountMicro
    first ??= entry
    last = entry
    count++
  }
  if (first === undefined || last === undefined) return undefined
  return {
    entries: count,
    totalMicro,
    firstSeq: first.seq,
    lastSeq: last.seq,
    firstHash: bytesOf(first.hash),
    lastHash: bytesOf(last.hash),
    entriesHash: new Uint8Array(hash.digest()),
  }
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
