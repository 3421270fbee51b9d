import { dirname, join } from 'node:path'
import type { LedgerEntry } from '../../src/node/ledger/contract.ts'
import { openLedger } from '../../src/node/ledger/open-ledger.ts'
import type { Transaction } from '../../src/node/store/contract.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import type { Signer } from '../../src/protocol/wire/signing.ts'
import { signedWork, testSigner } from './signed-work.ts'

/** A closed data folder's database with a ledger of real signed entries, and the rows of their tasks. */
export interface LedgerFile {
  readonly path: string
  readonly anchorPath: string
  readonly owner: Signer
  readonly publicKey: Uint8Array
  readonly entries: readonly LedgerEntry[]
}

export async function writeLedgerFile(path: string, count: number): Promise<LedgerFile> {
  const owner = testSigner()
  const peers = [testSigner(), testSigner(), testSigner()] as const
  const anchorPath = join(dirname(path), 'ledger.anchor')
  const store = openStore({ path })
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
      insertTask(tx, appended)
      return appended
    })
    ledger.committed(entry)
    entries.push(entry)
  }
  await ledger.close()
  await store.close()
  return { path, anchorPath, owner, publicKey: owner.publicKey, entries }
}

/** The row that the node, or the requester, keeps of an entry's task. */
export function insertTask(tx: Transaction, entry: LedgerEntry): void {
  const { taskId, createdAtMs, outcome, counterparty } = entry
  if (entry.direction === 'credit') {
    tx.run(
      `INSERT INTO node_tasks (task_id, requester, contact, contact_addresses, assignment_payload, assignment_signature,
         title, model, deadline_ms, created_at_ms, state, outcome_payload)
       VALUES (?, ?, ?, '[]', x'00', x'00', 'a task', 'demo', ?, ?, 'acknowledged', ?)`,
      taskId,
      counterparty,
      counterparty,
      createdAtMs,
      createdAtMs,
      outcome.payload,
    )
    return
  }
  tx.run(
    `INSERT INTO requests (task_id, driver, offer_key, title, workflow_json, models, max_prompt_micro_per_1k,
       max_completion_micro_per_1k, deadline_ms, created_at_ms, state, outcome_payload)
     VALUES (?, 'test', 'test', 'a task', '{}', '["demo"]', 1, 1, ?, ?, 'acknowledged', ?)`,
    taskId,
    createdAtMs,
    createdAtMs,
    outcome.payload,
  )
}
