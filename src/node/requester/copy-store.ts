import { createHash } from 'node:crypto'
import type { AgreementRule, AgreementView, CopyView } from '../../protocol/agreement.ts'
import type { DriadErrorCode } from '../../protocol/errors.ts'
import { type TaskState, taskStates } from '../../protocol/task.ts'
import { TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'
import { type CopyState, decide, tally } from './agreement.ts'
import type { RequestStore } from './request-store.ts'

/** A task that has copies changed, because one of them did. */
export interface CopiesChange {
  readonly taskId: string
  readonly state: TaskState
  readonly atMs: number
  readonly reason?: string
  /** It has ended: copies that no node has are not needed any more. */
  readonly ended: boolean
}

interface CopyRow {
  task_id: string
  state: TaskState
  node: string | null
  ended_at_ms: number | null
  outcome_payload: Uint8Array | null
  amount_micro: bigint | null
  error_code: DriadErrorCode | null
  error_message: string | null
}

interface OriginalRow {
  state: TaskState
  ended_at_ms: number | null
  agreement: AgreementRule
  agreed_copy: string | null
}

/**
 * Tasks that are given to several nodes. Each node gets a copy, which is a task of its own with its own assignment, outcome,
 * receipt and ledger entry, so paying twice is as impossible as ever; the task itself follows its copies in their
 * transactions. See ADR 0027.
 */
export class CopyStore {
  /** The same store; after each commit it tells what became of tasks with copies in it. */
  readonly telling: Store
  readonly #requests: Pick<RequestStore, 'addTransition'>
  /** Of the work that runs now: works are synchronous, one after the other. */
  #changes: CopiesChange[] = []

  constructor(
    store: Store,
    requests: Pick<RequestStore, 'addTransition'>,
    onChanged: (change: CopiesChange) => void,
  ) {
    this.#requests = requests
    this.telling = {
      path: store.path,
      get: (sql, ...values) => store.get(sql, ...values),
      all: (sql, ...values) => store.all(sql, ...values),
      close: () => store.close(),
      write: (work, options) => {
        let changes: CopiesChange[] = []
        const written = store.write((tx) => {
          this.#changes = []
          const value = work(tx)
          changes = this.#changes
          return value
        }, options)
        return written.then((value) => {
          for (const change of changes) onChanged(change)
          return value
        })
      },
    }
  }

  /** To be called where a task changed, with what it is a copy of, if it is one: that follows. */
  changed(tx: Transaction, copyOf: string | null | undefined, atMs: number): void {
    if (copyOf === null || copyOf === undefined) return
    const original = originalRow(tx, copyOf)
    if (original === undefined) return
    const rows = copyRows(tx, copyOf)
    if (original.ended_at_ms === null) this.#follow(tx, copyOf, original, rows, atMs)
    else if (original.state === 'retrieved' && rows.every(isPaid)) {
      this.#enter(tx, { taskId: copyOf, state: 'acknowledged', atMs, ended: true })
    }
  }

  /** Ids of the copies that have not ended. */
  open(taskId: string, reader: Reader = this.telling): readonly string[] {
    return reader
      .all<{ task_id: string }>(
        'SELECT task_id FROM requests WHERE copy_of = ? AND ended_at_ms IS NULL ORDER BY seq',
        taskId,
      )
      .map((row) => row.task_id)
  }

  /** Nodes that have or had other copies of the same task, and may still be paid for them. */
  nodesOf(taskId: string, exceptCopy: string): readonly string[] {
    return this.telling
      .all<{ node: string }>(
        `SELECT DISTINCT a.node AS node FROM requests r JOIN request_assignments a ON a.task_id = r.task_id
         WHERE r.copy_of = ? AND r.task_id <> ?`,
        taskId,
        exceptCopy,
      )
      .map((row) => row.node)
  }

  /** What a task is a copy of. */
  originalOf(taskId: string, reader: Reader = this.telling): string | undefined {
    const row = reader.get<{ copy_of: string | null }>(
      'SELECT copy_of FROM requests WHERE task_id = ?',
      taskId,
    )
    return row?.copy_of ?? undefined
  }

  #follow(
    tx: Transaction,
    taskId: string,
    original: OriginalRow,
    rows: readonly CopyRow[],
    atMs: number,
  ): void {
    const decision = decide(rows.map(copyState), original.agreement)
    if (decision?.kind === 'agreed') {
      const view = agreementOf(original.agreement, decision.copy, rows)
      const reason = `${view.agreed} of ${view.asked} nodes gave the same result`
      const paid = rows.every(isPaid)
      tx.run(
        `UPDATE requests SET ended_at_ms = ?, agreed_copy = ?, model = (SELECT model FROM requests c WHERE c.task_id = ?)
         WHERE task_id = ?`,
        atMs,
        decision.copy,
        decision.copy,
        taskId,
      )
      this.#requests.addTransition(tx, taskId, 'completed', atMs, reason)
      this.#enter(tx, { taskId, state: 'retrieved', atMs, reason, ended: true })
      if (paid) this.#enter(tx, { taskId, state: 'acknowledged', atMs, ended: true })
      return
    }
    if (decision?.kind === 'failed') {
      const { code, message } = decision
      tx.run(
        'UPDATE requests SET ended_at_ms = ?, error_code = ?, error_message = ? WHERE task_id = ?',
        atMs,
        code,
        message,
        taskId,
      )
      this.#enter(tx, { taskId, state: endState(code), atMs, reason: message, ended: true })
      return
    }
    // As far as the one that is the furthest behind: `accepted` promises that the task survives this process.
    const state = taskStates[Math.min(...rows.map((row) => progress(row)))] as TaskState
    if (state !== original.state) this.#enter(tx, { taskId, state, atMs, ended: false })
  }

  #enter(tx: Transaction, change: CopiesChange): void {
    tx.run('UPDATE requests SET state = ? WHERE task_id = ?', change.state, change.taskId)
    this.#requests.addTransition(tx, change.taskId, change.state, change.atMs, change.reason)
    this.#changes.push(change)
  }
}

/** What is to be shown of a task's copies; undefined for a task that has none. */
export function agreementView(reader: Reader, taskId: string): AgreementView | undefined {
  const original = originalRow(reader, taskId)
  if (original === undefined) return undefined
  return agreementOf(original.agreement, original.agreed_copy ?? undefined, copyRows(reader, taskId))
}

/** The outcome that counts for a task with copies. */
export function agreedOutcome(reader: Reader, taskId: string): Uint8Array | undefined {
  const row = reader.get<{ outcome_payload: Uint8Array | null }>(
    `SELECT c.outcome_payload AS outcome_payload FROM requests r JOIN requests c ON c.task_id = r.agreed_copy
     WHERE r.task_id = ?`,
    taskId,
  )
  return row?.outcome_payload ?? undefined
}

function originalRow(reader: Reader, taskId: string): OriginalRow | undefined {
  return reader.get<OriginalRow>(
    'SELECT state, ended_at_ms, agreement, agreed_copy FROM requests WHERE task_id = ? AND copies > 1',
    taskId,
  )
}

function copyRows(reader: Reader, taskId: string): readonly CopyRow[] {
  return reader.all<CopyRow>(
    `SELECT task_id, state, node, ended_at_ms, outcome_payload, amount_micro, error_code, error_message
     FROM requests WHERE copy_of = ? ORDER BY seq`,
    taskId,
  )
}

function copyState(row: CopyRow): CopyState {
  const hash = resultHash(row)
  return {
    taskId: row.task_id,
    ended: row.ended_at_ms !== null,
    ...(hash !== undefined && { resultHash: hash }),
    ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message ?? '' } }),
  }
}

function resultHash(row: CopyRow): string | undefined {
  if (row.outcome_payload === null || row.error_code !== null) return undefined
  return createHash('sha256').update(TaskOutcome.decode(row.outcome_payload).result).digest('hex')
}

function agreementOf(
  rule: AgreementRule,
  agreedCopy: string | undefined,
  rows: readonly CopyRow[],
): AgreementView {
  const states = rows.map(copyState)
  const counts = tally(states)
  const winner = states.find(({ taskId }) => taskId === agreedCopy)?.resultHash
  const best = winner === undefined ? counts[0] : counts.find((count) => count.resultHash === winner)
  return {
    rule,
    asked: rows.length,
    answered: states.filter((state) => state.resultHash !== undefined).length,
    agreed: best?.count ?? 0,
    copies: rows.map((row, index): CopyView => {
      const hash = states[index]?.resultHash
      return {
        taskId: row.task_id,
        status: row.state,
        ...(row.node !== null && { node: row.node }),
        ...(hash !== undefined && { resultHash: hash }),
        ...(hash !== undefined && winner !== undefined && { agrees: hash === winner }),
        ...(row.amount_micro !== null && { amountMicro: row.amount_micro.toString() }),
        ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message ?? '' } }),
      }
    }),
  }
}

/** An ended copy holds nothing up. */
function progress(row: CopyRow): number {
  const most = taskStates.indexOf('executing')
  return row.ended_at_ms === null ? Math.min(taskStates.indexOf(row.state), most) : most
}

function isPaid(row: CopyRow): boolean {
  return row.ended_at_ms !== null && row.state !== 'retrieved'
}

function endState(code: DriadErrorCode): TaskState {
  if (code === 'cancelled') return 'cancelled'
  return code === 'deadline_exceeded' || code === 'no_node' ? 'expired' : 'failed'
}
