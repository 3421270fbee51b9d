import { describe, expect, it } from 'vitest'
import { unpaidCauses } from '../../../../src/node/earnings/unpaid-tasks.ts'
import { readAccount } from '../../../../src/node/exposure/requester-accounts.ts'
import { openLedger } from '../../../../src/node/ledger/open-ledger.ts'
import { migrations } from '../../../../src/node/store/migrations/index.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { receivables, taskRow, taskView } from '../../../../src/node/tasks/task-pages.ts'
import { writeLedgerFile } from '../../../helpers/ledger-file.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const bytes = new Uint8Array([1, 2, 3])
const before = migrations.filter(({ version }) => version < 16)

interface Old {
  readonly id: string
  readonly amountMicro: bigint
  readonly state: 'waiting' | 'superseded' | 'unpaid' | 'acknowledged' | 'none'
  readonly error?: string
  readonly delivered?: boolean
}

const olds: readonly Old[] = [
  { id: 'waiting', amountMicro: 50_000n, state: 'waiting' },
  { id: 'small', amountMicro: 7n, state: 'waiting' },
  { id: 'superseded', amountMicro: 20_000n, state: 'superseded' },
  { id: 'gone', amountMicro: 30_000n, state: 'unpaid' },
  { id: 'silent', amountMicro: 40_000n, state: 'unpaid', delivered: true },
  { id: 'paid', amountMicro: 60_000n, state: 'acknowledged' },
  { id: 'free', amountMicro: 0n, state: 'acknowledged' },
  { id: 'cancelled', amountMicro: 0n, state: 'acknowledged', error: 'cancelled' },
  { id: 'expired', amountMicro: 0n, state: 'waiting', error: 'deadline_exceeded' },
  { id: 'theirs', amountMicro: 0n, state: 'acknowledged', error: 'missing_input' },
  { id: 'ours', amountMicro: 0n, state: 'unpaid', error: 'internal' },
]

describe('a database from before', () => {
  it('gets the reasons and the accounts that its tasks come to', async () => {
    using folder = tempFolder()
    const path = folder.file('driad.sqlite')
    const old = openStore({ path, migrations: before })
    await old.write((tx) => {
      for (const { id, amountMicro, state, error, delivered } of olds) {
        tx.run(
          `INSERT INTO node_tasks (task_id, requester, contact, contact_addresses, assignment_payload,
             assignment_signature, title, model, deadline_ms, created_at_ms, ended_at_ms, state, error_code,
             amount_micro, receipt_state, delivered_at_ms)
           VALUES (?, 'alice', 'c', '[]', ?, ?, 't', 'demo', 1, 1, 100, 'completed', ?, ?, ?, ?)`,
          ...[id, bytes, bytes, error ?? null, amountMicro, state, delivered === true ? 101 : null],
        )
      }
      tx.run(
        `INSERT INTO node_tasks (task_id, requester, contact, contact_addresses, assignment_payload,
           assignment_signature, title, model, deadline_ms, created_at_ms, state)
         VALUES ('running', 'alice', 'c', '[]', ?, ?, 't', 'demo', 1, 1, 'executing')`,
        ...[bytes, bytes],
      )
    })
    await old.close()

    const store = openStore({ path })
    expect(readAccount(store, 'alice', 0)).toEqual({
      results: 7,
      resultsMicro: 50_000n + 10_000n + 20_000n + 30_000n + 40_000n + 60_000n + 10_000n,
      waitingMicro: 60_000n,
      supersededMicro: 20_000n,
      lostMicro: 70_000n,
      acknowledgedMicro: 60_000n,
    })
    const codes = Object.fromEntries(
      olds.map(({ id }) => {
        const row = taskRow(store, id)
        return [id, row === undefined ? undefined : taskView(row).unpaidCode]
      }),
    )
    expect(codes).toEqual({
      waiting: undefined,
      small: undefined,
      superseded: 'superseded',
      gone: 'requester_gone',
      silent: 'no_receipt',
      paid: undefined,
      free: 'free',
      cancelled: 'cancelled',
      expired: 'expired',
      theirs: 'failed_by_requester',
      ours: 'failed_by_node',
    })
    expect(receivables(store)).toMatchObject({ pendingMicro: 50_007n, pendingTasks: 2, unpaidMicro: 90_000n })
    expect(unpaidCauses(store, 0, 1_000)).toHaveLength(8)
    await store.close()
  })

  it('keeps a ledger that verifies, with its sums', async () => {
    using folder = tempFolder()
    const path = folder.file('driad.sqlite')
    const file = await writeLedgerFile(path, 12, { migrations: before })
    const store = openStore({ path })
    const ledger = openLedger({ store, anchorPath: file.anchorPath, publicKey: file.publicKey })
    expect(await ledger.verify()).toEqual({ ok: true, entries: 12, problems: [] })
    const sum = file.entries.reduce(
      (total, { direction, amountMicro }) => total + (direction === 'credit' ? amountMicro : -amountMicro),
      0n,
    )
    expect(ledger.balanceMicro()).toBe(sum)
    expect(ledger.credits().settledMicro).toBe(0n)
    await ledger.close()
    await store.close()
  })
})
