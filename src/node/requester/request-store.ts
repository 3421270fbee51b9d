import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import { DEFAULT_PRIORITY, type TaskPriority, taskPriorities } from '../../protocol/priority.ts'
import { samplingSchema } from '../../protocol/sampling.ts'
import type { TaskState } from '../../protocol/task.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'
import { AssignmentStore } from './assignment-store.ts'
import { ContentsMemo } from './contents-memo.ts'
import { type CopiesChange, CopyStore } from './copy-store.ts'
import type {
  NewRequest,
  RequestContents,
  RequestReceiptState,
  Settled,
  StoredRequest,
} from './request-types.ts'

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
  priority: number
  copies: number
  copy_of: string | null
}

const COLUMNS =
  'seq, task_id, driver, offer_key, state, node, deadline_ms, created_at_ms, ended_at_ms, receipt_state, priority, copies, copy_of'

export interface UnplacedQuery {
  readonly driver: string
  readonly offerKey: string
  /** Of `taskPriorities`, by index. */
  readonly priority: number
  readonly afterSeq: number
  readonly limit: number
}

/** The tables of the tasks that we ask others to execute. Reads see what is on disk; writes go into a transaction. */
export class RequestStore {
  readonly store: Store
  readonly assignments: AssignmentStore
  readonly copies: CopyStore
  readonly #contents = new ContentsMemo()

  /** `onCopiesChanged` is told, once that is on disk, what the copies of a task make of it. */
  constructor(store: Store, onCopiesChanged: (change: CopiesChange) => void = () => undefined) {
    this.copies = new CopyStore(store, this, onCopiesChanged)
    this.store = this.copies.telling
    this.assignments = new AssignmentStore(this.store, this)
  }

  insert(tx: Transaction, request: NewRequest): void {
    if (request.key !== undefined && this.idOfKey(request.key, tx) !== undefined) {
      throw new DriadError('bad_offer', `Another process published the task ${request.key} a moment ago`)
    }
    tx.run(
      `INSERT INTO requests (task_id, driver, offer_key, title, workflow_json, input, sampling, models,
         max_prompt_micro_per_1k, max_completion_micro_per_1k, stream, cancel_on_disconnect, deadline_ms,
         created_at_ms, priority, task_key, copies, agreement, copy_of, score_text, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'created')`,
      request.taskId,
      request.driver,
      request.offerKey,
      request.title,
      request.workflowJson,
      request.input ?? null,
      JSON.stringify(request.sampling),
      JSON.stringify(request.models),
      request.maxPrice.promptMicroPer1k,
      request.maxPrice.completionMicroPer1k,
      request.stream ? 1 : 0,
      request.cancelOnDisconnect ? 1 : 0,
      request.deadlineMs,
      request.createdAtMs,
      taskPriorities.indexOf(request.priority),
      request.key ?? null,
      request.copies,
      request.agreement ?? null,
      request.copyOf ?? null,
      request.scoreText ?? null,
    )
    tx.run(
      "INSERT INTO request_transitions (task_id, seq, state, at_ms) VALUES (?, 1, 'created', ?)",
      request.taskId,
      request.createdAtMs,
    )
  }

  /** The task that a caller gave this name. */
  idOfKey(key: string, reader: Reader = this.store): string | undefined {
    return reader.get<{ task_id: string }>('SELECT task_id FROM requests WHERE task_key = ?', key)?.task_id
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
    const rows = tx.all<{ task_id: string; copy_of: string | null }>(
      `SELECT task_id, copy_of FROM requests WHERE driver = ? AND offer_key = ? AND state = 'created'
         AND ended_at_ms IS NULL AND node IS NULL ORDER BY priority, seq LIMIT ?`,
      driver,
      offerKey,
      limit,
    )
    for (const { task_id, copy_of } of rows) {
      tx.run("UPDATE requests SET state = 'published' WHERE task_id = ?", task_id)
      this.addTransition(tx, task_id, 'published', atMs)
      this.copies.changed(tx, copy_of, atMs)
    }
    return rows.map((row) => row.task_id)
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
    this.#contents.delete(taskId)
    this.addTransition(tx, taskId, end.state, end.atMs, end.error.message)
    this.copies.changed(tx, this.copies.originalOf(taskId, tx), end.atMs)
    return true
  }

  /** Ends a task with the outcome that counts and the receipt for it. The caller made sure that it has not ended. */
  settle(tx: Transaction, taskId: string, settled: Settled): void {
    const { stats, error } = settled
    this.#contents.delete(taskId)
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
    this.copies.changed(tx, settled.copyOf, settled.atMs)
  }

  /** The node has the receipt. A task that ended well is `acknowledged` from now on. Its state, or undefined if it was known before. */
  acknowledge(tx: Transaction, taskId: string, node: string, atMs: number): TaskState | undefined {
    const { changes } = tx.run(
      `UPDATE requests SET receipt_state = 'acknowledged', receipt_reason = NULL,
         state = CASE WHEN state = 'retrieved' THEN 'acknowledged' ELSE state END
       WHERE task_id = ? AND node = ? AND receipt_state IN ('waiting', 'refused')`,
      taskId,
      node,
    )
    if (changes === 0) return undefined
    const row = tx.get<{ state: TaskState; copy_of: string | null }>(
      'SELECT state, copy_of FROM requests WHERE task_id = ?',
      taskId,
    )
    if (row?.state === 'acknowledged') this.addTransition(tx, taskId, 'acknowledged', atMs)
    this.copies.changed(tx, row?.copy_of, atMs)
    return row?.state
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

  /** To be called when a new task is on disk: it will be asked for soon. */
  remember(taskId: string, contents: RequestContents): void {
    this.#contents.set(taskId, contents)
  }

  contents(taskId: string): RequestContents | undefined {
    const known = this.#contents.get(taskId)
    if (known !== undefined) return known
    const row = this.store.get<{
      workflow_json: string
      input: string | null
      sampling: string
      deadline_ms: number
      stream: number
      cancel_on_disconnect: number
      priority: number
      copy_of: string | null
      score_text: string | null
    }>(
      `SELECT workflow_json, input, sampling, deadline_ms, stream, cancel_on_disconnect, priority, copy_of, score_text
       FROM requests WHERE task_id = ?`,
      taskId,
    )
    if (row === undefined) return undefined
    const contents: RequestContents = {
      workflowJson: row.workflow_json,
      deadlineMs: row.deadline_ms,
      stream: row.stream === 1,
      cancelOnDisconnect: row.cancel_on_disconnect === 1,
      priority: priorityOf(row),
      sampling: samplingSchema.parse(JSON.parse(row.sampling)),
      ...(row.input === null ? {} : { input: row.input }),
      ...(row.copy_of === null ? {} : { copyOf: row.copy_of }),
      ...(row.score_text === null ? {} : { scoreText: row.score_text }),
    }
    this.#contents.set(taskId, contents)
    return contents
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

  /** The next unplaced tasks of an offer and a priority, oldest first. */
  unplaced({ driver, offerKey, priority, afterSeq, limit }: UnplacedQuery): readonly {
    readonly seq: number
    readonly taskId: string
  }[] {
    return this.store
      .all<{ seq: number; task_id: string }>(
        `SELECT seq, task_id FROM requests
         WHERE driver = ? AND offer_key = ? AND priority = ? AND ended_at_ms IS NULL AND node IS NULL AND seq > ?
         ORDER BY seq LIMIT ?`,
        driver,
        offerKey,
        priority,
        afterSeq,
        limit,
      )
      .map(({ seq, task_id }) => ({ seq, taskId: task_id }))
  }

  /** Tasks whose deadline was at or before a time, the earliest first; one that has copies ends by theirs. */
  overdue(driver: string, beforeMs: number, limit: number): readonly StoredRequest[] {
    return this.store
      .all<RequestRow>(
        `SELECT ${COLUMNS} FROM requests
         WHERE driver = ? AND ended_at_ms IS NULL AND deadline_ms <= ? AND copies = 1
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
      `SELECT deadline_ms FROM requests WHERE driver = ? AND ended_at_ms IS NULL AND deadline_ms > ? AND copies = 1
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

  /** The outcome that counted, as its node signed it. Undefined where there is none. */
  outcome(taskId: string): { readonly node: string; readonly signed: Signed } | undefined {
    const row = this.store.get<{
      node: string | null
      payload: Uint8Array | null
      signature: Uint8Array | null
    }>(
      'SELECT node, outcome_payload AS payload, outcome_signature AS signature FROM requests WHERE task_id = ?',
      taskId,
    )
    if (row === undefined || row.node === null || row.payload === null || row.signature === null)
      return undefined
    const publicKey = new Uint8Array(publicKeyOfPeerId(row.node))
    const signed = {
      payload: new Uint8Array(row.payload),
      publicKey,
      signature: new Uint8Array(row.signature),
    }
    return { node: row.node, signed }
  }

  countUndelivered(sinceMs: number): number {
    const row = this.store.get<{ receipts: number }>(
      "SELECT count(*) AS receipts FROM requests WHERE receipt_state = 'waiting' AND ended_at_ms >= ?",
      sinceMs,
    )
    return row?.receipts ?? 0
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

function priorityOf({ priority }: { readonly priority: number }): TaskPriority {
  return taskPriorities[priority] ?? DEFAULT_PRIORITY
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
    priority: priorityOf(row),
    copies: row.copies,
    ...(row.copy_of === null ? {} : { copyOf: row.copy_of }),
    ...(row.node === null ? {} : { node: row.node }),
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
  }
}
