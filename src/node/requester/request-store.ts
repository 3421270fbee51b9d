import type { DriadErrorCode } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import type { TaskState, TaskStats } from '../../protocol/task.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'

export interface NewRequest {
  readonly taskId: string
  readonly driver: string
  readonly offerKey: string
  readonly title: string
  readonly workflowJson: string
  readonly input?: string
  readonly temperature?: number
  readonly seed?: number
  readonly models: readonly string[]
  readonly maxPrice: Price
  readonly stream: boolean
  readonly cancelOnDisconnect: boolean
  readonly deadlineMs: number
  readonly createdAtMs: number
}

/** `waiting`: signed and not acknowledged yet; `refused`: the node does not want it, and said why. */
export type RequestReceiptState = 'none' | 'waiting' | 'acknowledged' | 'refused'

/** What the life of a task needs to know of it; texts are read only where they are needed. */
export interface StoredRequest {
  readonly seq: number
  readonly taskId: string
  readonly driver: string
  readonly offerKey: string
  readonly state: TaskState
  readonly node?: string
  readonly deadlineMs: number
  readonly createdAtMs: number
  readonly endedAtMs?: number
  readonly receiptState: RequestReceiptState
}

/** All that an assignment is made from. */
export interface RequestContents {
  readonly workflowJson: string
  readonly input?: string
  readonly temperature?: number
  readonly seed?: number
  readonly deadlineMs: number
  readonly stream: boolean
  readonly cancelOnDisconnect: boolean
}

/** A node that was given a task, and on what terms. */
export interface RequestAssignment {
  readonly taskId: string
  /** Peer id. */
  readonly node: string
  readonly addresses: readonly string[]
  readonly model: string
  readonly modelDigest: Uint8Array
  /** Tokens per sequence, as claimed: more than that cannot have been read at once. */
  readonly contextSize: number
  readonly price: Price
  readonly assignedAtMs: number
}

export interface Settled {
  readonly state: TaskState
  readonly node: string
  readonly model: string
  readonly stats: TaskStats
  readonly amountMicro: bigint
  readonly outcome: Signed
  readonly receipt: Signed
  readonly ledgerSeq?: number
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
  readonly atMs: number
}

interface RequestRow {
  seq: number
  task_id: string
  driver: string
  offer_key: string
  state: TaskState
  node: string | null
  deadline_ms: number
  created_at_ms: number
  ended_at_ms: number | null
  receipt_state: RequestReceiptState
}

interface AssignmentRow {
  task_id: string
  node: string
  addresses: string
  model: string
  model_digest: Uint8Array
  context_size: number
  prompt_micro_per_1k: bigint
  completion_micro_per_1k: bigint
  assigned_at_ms: number
}

const COLUMNS =
  'seq, task_id, driver, offer_key, state, node, deadline_ms, created_at_ms, ended_at_ms, receipt_state'

/** Why a task was never offered by gossip: a node that answered an earlier one still had room. */
export const DIRECTLY = 'A node that had answered before could have it at once'

/** The tables of the tasks that we ask others to execute. Reads see what is on disk; writes go into a transaction. */
export class RequestStore {
  readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  insert(tx: Transaction, request: NewRequest): void {
    tx.run(
      `INSERT INTO requests (task_id, driver, offer_key, title, workflow_json, input, temperature, seed, models,
         max_prompt_micro_per_1k, max_completion_micro_per_1k, stream, cancel_on_disconnect, deadline_ms,
         created_at_ms, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'created')`,
      request.taskId,
      request.driver,
      request.offerKey,
      request.title,
      request.workflowJson,
      request.input ?? null,
      request.temperature ?? null,
      request.seed ?? null,
      JSON.stringify(request.models),
      request.maxPrice.promptMicroPer1k,
      request.maxPrice.completionMicroPer1k,
      request.stream ? 1 : 0,
      request.cancelOnDisconnect ? 1 : 0,
      request.deadlineMs,
      request.createdAtMs,
    )
    this.addTransition(tx, request.taskId, 'created', request.createdAtMs)
  }

  /** Appends to the task's history without changing the task. */
  addTransition(tx: Transaction, taskId: string, state: TaskState, atMs: number, reason?: string): void {
    tx.run(
      `INSERT INTO request_transitions (task_id, seq, state, at_ms, reason)
       SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ? FROM request_transitions WHERE task_id = ?`,
      taskId,
      state,
      atMs,
      reason ?? null,
      taskId,
    )
  }

  /** Marks up to `limit` tasks of an offer as published. Returns their ids. */
  publish(tx: Transaction, driver: string, offerKey: string, atMs: number, limit: number): readonly string[] {
    const rows = tx.all<{ task_id: string }>(
      `SELECT task_id FROM requests WHERE driver = ? AND offer_key = ? AND state = 'created' AND ended_at_ms IS NULL
         AND node IS NULL ORDER BY seq LIMIT ?`,
      driver,
      offerKey,
      limit,
    )
    for (const { task_id } of rows) {
      tx.run("UPDATE requests SET state = 'published' WHERE task_id = ?", task_id)
      this.addTransition(tx, task_id, 'published', atMs)
    }
    return rows.map((row) => row.task_id)
  }

  /** Gives the task to a node. `ended` if it has ended in the meantime. */
  assign(tx: Transaction, assignment: RequestAssignment): 'assigned' | 'published-and-assigned' | 'ended' {
    const { taskId, node, model, assignedAtMs } = assignment
    const before = this.get(taskId, tx)
    if (before === undefined || before.endedAtMs !== undefined) return 'ended'
    tx.run(
      "UPDATE requests SET node = ?, model = ?, state = 'published' WHERE task_id = ?",
      node,
      model,
      taskId,
    )
    if (before.state === 'created') this.addTransition(tx, taskId, 'published', assignedAtMs, DIRECTLY)
    tx.run(
      `INSERT OR REPLACE INTO request_assignments (task_id, node, addresses, model, model_digest, context_size,
         prompt_micro_per_1k, completion_micro_per_1k, assigned_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      taskId,
      node,
      JSON.stringify(assignment.addresses),
      model,
      assignment.modelDigest,
      assignment.contextSize,
      assignment.price.promptMicroPer1k,
      assignment.price.completionMicroPer1k,
      assignedAtMs,
    )
    return before.state === 'created' ? 'published-and-assigned' : 'assigned'
  }

  /** The node says that it has the task, or runs it. Ignored where the task has gone on since. */
  progress(
    tx: Transaction,
    taskId: string,
    node: string,
    state: 'accepted' | 'executing',
    atMs: number,
  ): boolean {
    const earlier = state === 'accepted' ? "('created', 'published')" : "('created', 'published', 'accepted')"
    const { changes } = tx.run(
      `UPDATE requests SET state = ? WHERE task_id = ? AND node = ? AND ended_at_ms IS NULL AND state IN ${earlier}`,
      state,
      taskId,
      node,
    )
    if (changes === 0) return false
    if (state === 'accepted') {
      tx.run(
        'UPDATE request_assignments SET accepted_at_ms = ? WHERE task_id = ? AND node = ?',
        atMs,
        taskId,
        node,
      )
    }
    this.addTransition(tx, taskId, state, atMs)
    return true
  }

  /**
   * Takes the task from the node, so that another may have it. With `forget`, the node can no longer be paid for it;
   * without, its outcome still counts if it is the first.
   */
  unassign(
    tx: Transaction,
    taskId: string,
    node: string,
    { atMs, reason, forget }: { atMs: number; reason: string; forget: boolean },
  ): boolean {
    if (forget) tx.run('DELETE FROM request_assignments WHERE task_id = ? AND node = ?', taskId, node)
    const { changes } = tx.run(
      `UPDATE requests SET node = NULL, model = NULL, state = 'published'
       WHERE task_id = ? AND node = ? AND ended_at_ms IS NULL`,
      taskId,
      node,
    )
    if (changes === 0) return false
    this.addTransition(tx, taskId, 'published', atMs, reason)
    return true
  }

  /** A node that lost the task still has it after all, and nobody else has. */
  reassign(tx: Transaction, taskId: string, node: string, atMs: number, reason: string): boolean {
    const { changes } = tx.run(
      `UPDATE requests SET node = ?, state = 'accepted',
         model = (SELECT model FROM request_assignments a WHERE a.task_id = requests.task_id AND a.node = ?)
       WHERE task_id = ? AND node IS NULL AND ended_at_ms IS NULL`,
      node,
      node,
      taskId,
    )
    if (changes === 0) return false
    this.addTransition(tx, taskId, 'accepted', atMs, reason)
    return true
  }

  forgetAssignment(tx: Transaction, taskId: string, node: string): void {
    tx.run('DELETE FROM request_assignments WHERE task_id = ? AND node = ?', taskId, node)
  }

  /** Ends a task without an outcome. False if it has ended before. */
  end(
    tx: Transaction,
    taskId: string,
    end: {
      readonly state: 'failed' | 'expired' | 'cancelled'
      readonly error: { readonly code: DriadErrorCode; readonly message: string }
      readonly atMs: number
    },
  ): boolean {
    const { changes } = tx.run(
      `UPDATE requests SET state = ?, error_code = ?, error_message = ?, ended_at_ms = ?
       WHERE task_id = ? AND ended_at_ms IS NULL`,
      end.state,
      end.error.code,
      end.error.message,
      end.atMs,
      taskId,
    )
    if (changes === 0) return false
    this.addTransition(tx, taskId, end.state, end.atMs, end.error.message)
    return true
  }

  /** Ends a task with the outcome that counts and the receipt for it. The caller made sure that it has not ended. */
  settle(tx: Transaction, taskId: string, settled: Settled): void {
    const { stats, error } = settled
    tx.run(
      `UPDATE requests SET state = ?, node = ?, model = ?, ended_at_ms = ?, prompt_tokens = ?, completion_tokens = ?,
         first_token_ms = ?, total_ms = ?, amount_micro = ?, outcome_payload = ?, outcome_signature = ?,
         receipt_payload = ?, receipt_signature = ?, receipt_state = 'waiting', ledger_seq = ?, error_code = ?,
         error_message = ?
       WHERE task_id = ?`,
      settled.state,
      settled.node,
      settled.model,
      settled.atMs,
      stats.promptTokens,
      stats.completionTokens,
      stats.firstTokenMs ?? null,
      stats.totalMs,
      settled.amountMicro,
      settled.outcome.payload,
      settled.outcome.signature,
      settled.receipt.payload,
      settled.receipt.signature,
      settled.ledgerSeq ?? null,
      error?.code ?? null,
      error?.message ?? null,
      taskId,
    )
    if (error === undefined) this.addTransition(tx, taskId, 'completed', settled.atMs)
    this.addTransition(tx, taskId, settled.state, settled.atMs, error?.message)
  }

  /** The node has the receipt. A task that ended well is `acknowledged` from now on. False if it was before. */
  acknowledge(tx: Transaction, taskId: string, node: string, atMs: number): boolean {
    const { changes } = tx.run(
      `UPDATE requests SET receipt_state = 'acknowledged', receipt_reason = NULL,
         state = CASE WHEN state = 'retrieved' THEN 'acknowledged' ELSE state END
       WHERE task_id = ? AND node = ? AND receipt_state IN ('waiting', 'refused')`,
      taskId,
      node,
    )
    if (changes === 0) return false
    const row = tx.get<{ state: TaskState }>('SELECT state FROM requests WHERE task_id = ?', taskId)
    if (row?.state === 'acknowledged') this.addTransition(tx, taskId, 'acknowledged', atMs)
    return true
  }

  /** The node does not want the receipt: sending it again would be of no use. */
  refuseReceipt(tx: Transaction, taskId: string, reason: string): void {
    tx.run(
      "UPDATE requests SET receipt_state = 'refused', receipt_reason = ? WHERE task_id = ? AND receipt_state = 'waiting'",
      reason,
      taskId,
    )
  }

  get(taskId: string, reader: Reader = this.store): StoredRequest | undefined {
    const row = reader.get<RequestRow>(`SELECT ${COLUMNS} FROM requests WHERE task_id = ?`, taskId)
    return row === undefined ? undefined : stored(row)
  }

  contents(taskId: string): RequestContents | undefined {
    const row = this.store.get<{
      workflow_json: string
      input: string | null
      temperature: number | null
      seed: number | null
      deadline_ms: number
      stream: number
      cancel_on_disconnect: number
    }>(
      `SELECT workflow_json, input, temperature, seed, deadline_ms, stream, cancel_on_disconnect
       FROM requests WHERE task_id = ?`,
      taskId,
    )
    if (row === undefined) return undefined
    return {
      workflowJson: row.workflow_json,
      deadlineMs: row.deadline_ms,
      stream: row.stream === 1,
      cancelOnDisconnect: row.cancel_on_disconnect === 1,
      ...(row.input === null ? {} : { input: row.input }),
      ...(row.temperature === null ? {} : { temperature: row.temperature }),
      ...(row.seed === null ? {} : { seed: row.seed }),
    }
  }

  /** What the tasks of one offer have in common, from any of them. */
  terms(taskId: string): { readonly models: readonly string[]; readonly maxPrice: Price } | undefined {
    const row = this.store.get<{
      models: string
      max_prompt_micro_per_1k: bigint
      max_completion_micro_per_1k: bigint
    }>(
      'SELECT models, max_prompt_micro_per_1k, max_completion_micro_per_1k FROM requests WHERE task_id = ?',
      taskId,
    )
    if (row === undefined) return undefined
    return {
      models: JSON.parse(row.models) as string[],
      maxPrice: {
        promptMicroPer1k: row.max_prompt_micro_per_1k,
        completionMicroPer1k: row.max_completion_micro_per_1k,
      },
    }
  }

  assignment(taskId: string, node: string, reader: Reader = this.store): RequestAssignment | undefined {
    const row = reader.get<AssignmentRow>(
      'SELECT * FROM request_assignments WHERE task_id = ? AND node = ?',
      taskId,
      node,
    )
    return row === undefined ? undefined : assignmentOf(row)
  }

  /** Whether any node ever had the task. */
  wasAssigned(taskId: string): boolean {
    return (
      this.store.get(
        `SELECT 1 AS found FROM request_assignments WHERE task_id = ?
         UNION ALL SELECT 1 FROM request_transitions WHERE task_id = ? AND state = 'published' AND reason IS NOT NULL`,
        taskId,
        taskId,
      ) !== undefined
    )
  }

  assignments(taskId: string): readonly RequestAssignment[] {
    return this.store
      .all<AssignmentRow>(
        'SELECT * FROM request_assignments WHERE task_id = ? ORDER BY assigned_at_ms',
        taskId,
      )
      .map(assignmentOf)
  }

  /** The next unplaced tasks of an offer, oldest first. */
  unplaced(
    driver: string,
    offerKey: string,
    afterSeq: number,
    limit: number,
  ): readonly { readonly seq: number; readonly taskId: string }[] {
    return this.store
      .all<{ seq: number; task_id: string }>(
        `SELECT seq, task_id FROM requests
         WHERE driver = ? AND offer_key = ? AND ended_at_ms IS NULL AND node IS NULL AND seq > ?
         ORDER BY seq LIMIT ?`,
        driver,
        offerKey,
        afterSeq,
        limit,
      )
      .map(({ seq, task_id }) => ({ seq, taskId: task_id }))
  }

  /** Tasks whose deadline was at or before a time, the earliest first. */
  overdue(driver: string, beforeMs: number, limit: number): readonly StoredRequest[] {
    return this.store
      .all<RequestRow>(
        `SELECT ${COLUMNS} FROM requests WHERE driver = ? AND ended_at_ms IS NULL AND deadline_ms <= ?
         ORDER BY deadline_ms LIMIT ?`,
        driver,
        beforeMs,
        limit,
      )
      .map(stored)
  }

  /** The earliest deadline of the tasks that one process drives. */
  nextDeadlineMs(driver: string, afterMs: number): number | undefined {
    return this.store.get<{ deadline_ms: number }>(
      `SELECT deadline_ms FROM requests WHERE driver = ? AND ended_at_ms IS NULL AND deadline_ms > ?
       ORDER BY deadline_ms LIMIT 1`,
      driver,
      afterMs,
    )?.deadline_ms
  }

  /** Receipts that their nodes have not acknowledged, oldest first. */
  undelivered(sinceMs: number, limit: number): readonly { readonly taskId: string; readonly node: string }[] {
    return this.store
      .all<{ task_id: string; node: string }>(
        `SELECT task_id, node FROM requests WHERE receipt_state = 'waiting' AND ended_at_ms >= ?
         ORDER BY ended_at_ms LIMIT ?`,
        sinceMs,
        limit,
      )
      .map(({ task_id, node }) => ({ taskId: task_id, node }))
  }

  /** A stored receipt, as it was signed. `publicKey` is the identity's that signed it. */
  receipt(taskId: string, publicKey: Uint8Array, reader: Reader = this.store): Signed | undefined {
    const row = reader.get<{ receipt_payload: Uint8Array | null; receipt_signature: Uint8Array | null }>(
      'SELECT receipt_payload, receipt_signature FROM requests WHERE task_id = ?',
      taskId,
    )
    if (row?.receipt_payload == null || row.receipt_signature === null) return undefined
    return {
      payload: new Uint8Array(row.receipt_payload),
      publicKey: new Uint8Array(publicKey),
      signature: new Uint8Array(row.receipt_signature),
    }
  }
}

function stored(row: RequestRow): StoredRequest {
  return {
    seq: row.seq,
    taskId: row.task_id,
    driver: row.driver,
    offerKey: row.offer_key,
    state: row.state,
    deadlineMs: row.deadline_ms,
    createdAtMs: row.created_at_ms,
    receiptState: row.receipt_state,
    ...(row.node === null ? {} : { node: row.node }),
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
  }
}

function assignmentOf(row: AssignmentRow): RequestAssignment {
  return {
    taskId: row.task_id,
    node: row.node,
    addresses: JSON.parse(row.addresses) as string[],
    model: row.model,
    modelDigest: row.model_digest,
    contextSize: row.context_size,
    price: {
      promptMicroPer1k: row.prompt_micro_per_1k,
      completionMicroPer1k: row.completion_micro_per_1k,
    },
    assignedAtMs: row.assigned_at_ms,
  }
}
