import { dirname, join } from 'node:path'
import type { LedgerEntry } from '../../src/node/ledger/contract.ts'
import { openLedger } from '../../src/node/ledger/open-ledger.ts'
import type { Migration, Transaction } from '../../src/node/store/contract.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import type { Signed } from '../../src/protocol/wire/messages.pb.ts'
import { type Signer, signMessage } from '../../src/protocol/wire/signing.ts'
import { signedWork, testSigner } from './signed-work.ts'

/** A closed data folder's database with a ledger of real signed entries, and the rows of their tasks. */
export interface LedgerFile {
  readonly path: string
  readonly anchorPath: string
  readonly owner: Signer
  readonly publicKey: Uint8Array
  readonly entries: readonly LedgerEntry[]
}

export async function writeLedgerFile(
  path: string,
  count: number,
  init: {
    readonly migrations?: readonly Migration[]
    readonly owner?: Signer
    /** Called after each, with the database open. */
    readonly onEntry?: (seq: number, publicKey: Uint8Array) => Promise<void>
  } = {},
): Promise<LedgerFile> {
  const owner = init.owner ?? testSigner()
  const peers = [testSigner(), testSigner(), testSigner()] as const
  const anchorPath = join(dirname(path), 'ledger.anchor')
  const store = openStore({ path, ...(init.migrations !== undefined && { migrations: init.migrations }) })
  const ledger = openLedger({ store, anchorPath, publicKey: owner.publicKey })
  const entries: LedgerEntry[] = []
  for (let i = 0; i < count; i++) {
    const peer = peers[i % 3] ?? owner
    const credit = i % 4 !== 3
    const work = signedWork({
      payer: credit ? peer : owner,
      payee: credit ? owner : peer,
      // Some that fill pages of their own.
      result: i % 5 === 2 ? `Chapter ${i}. ${'and then '.repeat(900)}` : `Result of task ${i}.`,
      amountMicro: BigInt(100 + i),
    })
    const entry = await store.write((tx) => {
      const appended = ledger.append(tx, { direction: credit ? 'credit' : 'debit', ...work })
      insertTask(tx, appended, peers)
      return appended
    })
    ledger.committed(entry)
    entries.push(entry)
    await init.onEntry?.(entry.seq, owner.publicKey)
  }
  await ledger.close()
  await store.close()
  return { path, anchorPath, owner, publicKey: owner.publicKey, entries }
}

/** The row that the node, or the requester, keeps of an entry's task; one of the parties has paid. */
export function insertTask(tx: Transaction, entry: LedgerEntry, parties: readonly Signer[]): void {
  const { taskId, createdAtMs, outcome, receipt, counterparty, amountMicro } = entry
  if (entry.direction === 'credit') {
    const payer = parties.find((party) => Buffer.compare(party.publicKey, receipt.publicKey) === 0)
    if (payer === undefined) throw new Error('None of the parties has paid')
    const assignment = signedAssignment(payer, entry)
    tx.run(
      `INSERT INTO node_tasks (task_id, requester, contact, contact_addresses, assignment_payload, assignment_signature,
         title, model, deadline_ms, created_at_ms, state, outcome_payload, outcome_signature, amount_micro)
       VALUES (?, ?, ?, '[]', ?, ?, 'a task', 'demo', ?, ?, 'acknowledged', ?, ?, ?)`,
      taskId,
      counterparty,
      counterparty,
      assignment.payload,
      assignment.signature,
      createdAtMs,
      createdAtMs,
      outcome.payload,
      outcome.signature,
      amountMicro,
    )
    return
  }
  tx.run(
    `INSERT INTO requests (task_id, driver, offer_key, title, workflow_json, models, max_prompt_micro_per_1k,
       max_completion_micro_per_1k, deadline_ms, created_at_ms, state, outcome_payload, outcome_signature,
       receipt_payload, receipt_signature, amount_micro)
     VALUES (?, 'test', 'test', 'a task', '{}', '["demo"]', 1, 1, ?, ?, 'acknowledged', ?, ?, ?, ?, ?)`,
    taskId,
    createdAtMs,
    createdAtMs,
    outcome.payload,
    outcome.signature,
    receipt.payload,
    receipt.signature,
    amountMicro,
  )
}

function signedAssignment(payer: Signer, { taskId, outcome, createdAtMs }: LedgerEntry): Signed {
  return signMessage(
    'assignment',
    {
      taskId,
      offerId: taskId,
      node: new Uint8Array(outcome.publicKey),
      model: 'demo',
      workflowJson: '{"prompt":"Tell me a story"}',
      deadlineMs: createdAtMs,
      promptMicroPer1k: 1_000n,
      completionMicroPer1k: 2_000n,
      stream: false,
      cancelOnDisconnect: false,
      stop: [],
    },
    payer,
  )
}
