import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'
import { type UnpaidCode, unpaidCodeOf } from '../../protocol/payment.ts'
import type { TaskState, TaskTransition } from '../../protocol/task.ts'
import { taskNotes } from '../../protocol/task-notes.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { PeerTarget } from '../network/contract.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'

/** `waiting`: the outcome is due; `superseded`: the requester took another node's; `unpaid`: given up. */
export type ReceiptState = 'none' | 'waiting' | 'superseded' | 'unpaid' | 'acknowledged'

/** Payload and signature of something whose signer is known. */
export interface SignedBytes {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

export interface NewTask {
  readonly taskId: string
  /** Peer id of the identity that pays. */
  readonly requester: string
  readonly contact: PeerTarget
  readonly assignment: SignedBytes
  readonly title: string
  readonly model: string
  readonly deadlineMs: number
  readonly createdAtMs: number
}

export interface TaskEnd {
  readonly state: Extract<TaskState, 'completed' | 'failed' | 'expired' | 'cancelled'>
  readonly endedAtMs: number
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
  readonly promptTokens: number
  readonly completionTokens: number
  readonly firstTokenMs?: number
  readonly totalMs: number
  readonly amountMicro: bigint
  readonly outcome: SignedBytes
}

/** What the life of a task needs to know of it; the views have queries of their own. */
export interface StoredTask {
  readonly taskId: string
  readonly requester: string
  readonly contact: PeerTarget
  readonly state: TaskState
  readonly receiptState: ReceiptState
  readonly model: string
  readonly createdAtMs: number
  readonly endedAtMs?: number
  readonly attempts: number
}

interface TaskRow {
  task_id: string
  requester: string
  contact: string
  contact_addresses: string
  state: TaskState
  receipt_state: ReceiptState
  model: string
  created_at_ms: number
  ended_at_ms: number | null
  attempts: number
}

interface BytesRow {
  payload: Uint8Array | null
  signature: Uint8Array | null
}

/** What costs nothing has its own reason from the start, and keeps it. */
const IF_COSTLY = 'CASE WHEN amount_micro > 0 THEN'

const TASK_COLUMNS =
  'task_id, requester, contact, contact_addresses, state, receipt_state, model, created_at_ms, ended_at_ms, attempts'

/** The tables of the tasks that this node executes. Reads see what is on disk; writes go into a caller's transaction. */
export class TaskStore {
  readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  insert(tx: Transaction, task: NewTask): void {
    tx.run(
      `INSERT INTO node_tasks (task_id, requester, contact, contact_addresses, assignment_payload,
         assignment_signature, title, model, deadline_ms, created_at_ms, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'accepted')`,
      task.taskId,
      task.requester,
      task.contact.peerId,
      JSON.stringify(task.contact.addresses),
      task.assignment.payload,
      task.assignment.signature,
      task.title,
      task.model,
      task.deadlineMs,
      task.createdAtMs,
    )
  }

  /** Appends transitions; the task's state becomes the last one's, unless `keepState`. */
  addTransitions(
    tx: Transaction,
    taskId: string,
    transitions: readonly TaskTransition[],
    options: { keepState?: boolean } = {},
  ): void {
    for (const { state, atMs, reason } of transitions) {
      tx.run(
        `INSERT INTO node_task_transitions (task_id, seq, state, at_ms, reason)
         SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ? FROM node_task_transitions WHERE task_id = ?`,
        taskId,
        state,
        atMs,
        reason ?? null,
        taskId,
      )
    }
    const last = transitions.at(-1)
    if (last === undefined || options.keepState === true) return
    tx.run('UPDATE node_tasks SET state = ? WHERE task_id = ?', last.state, taskId)
  }

  /** Stores the outcome; from now on it is owed to the requester, and where it costs something, that by the requester. */
  end(tx: Transaction, taskId: string, end: TaskEnd): void {
    const { changes } = tx.run(
      `UPDATE node_tasks SET state = ?, ended_at_ms = ?, error_code = ?, error_message = ?, prompt_tokens = ?,
         completion_tokens = ?, first_token_ms = ?, total_ms = ?, amount_micro = ?, outcome_payload = ?,
         outcome_signature = ?, unpaid_code = ?, receipt_state = 'waiting'
       WHERE task_id = ?`,
      end.state,
      end.endedAtMs,
      end.error?.code ?? null,
      end.error?.message ?? null,
      end.promptTokens,
      end.completionTokens,
      end.firstTokenMs ?? null,
      end.totalMs,
      end.amountMicro,
      end.outcome.payload,
      end.outcome.signature,
      unpaidCodeOf(end) ?? null,
      taskId,
    )
    if (changes !== 1) throw new DriadError('unknown_task', `The task ${taskId} is not stored`)
  }

  markAcknowledged(
    tx: Transaction,
    taskId: string,
    fields: { ledgerSeq?: number; deliveredAtMs: number },
  ): void {
    tx.run(
      `UPDATE node_tasks SET receipt_state = 'acknowledged', ledger_seq = ?, unpaid_reason = NULL,
         unpaid_code = ${IF_COSTLY} NULL ELSE unpaid_code END, delivered_at_ms = coalesce(delivered_at_ms, ?)
       WHERE task_id = ?`,
      fields.ledgerSeq ?? null,
      fields.deliveredAtMs,
      taskId,
    )
  }

  markDelivered(tx: Transaction, taskId: string, atMs: number): void {
    tx.run(
      'UPDATE node_tasks SET delivered_at_ms = ? WHERE task_id = ? AND delivered_at_ms IS NULL',
      atMs,
      taskId,
    )
  }

  markSuperseded(tx: Transaction, taskId: string, reason: string): void {
    tx.run(
      `UPDATE node_tasks SET receipt_state = 'superseded', unpaid_reason = ?,
         unpaid_code = ${IF_COSTLY} 'superseded' ELSE unpaid_code END
       WHERE task_id = ? AND receipt_state = 'waiting'`,
      reason,
      taskId,
    )
  }

  /** The requester signed why it does not pay. A result that was paid for stays paid. False if it was. */
  markDisputed(tx: Transaction, taskId: string, reason: string): boolean {
    const { changes } = tx.run(
      `UPDATE node_tasks SET receipt_state = 'unpaid', unpaid_reason = ?,
         unpaid_code = ${IF_COSTLY} 'disputed' ELSE unpaid_code END
       WHERE task_id = ? AND receipt_state IN ('waiting', 'superseded', 'unpaid') AND error_code IS NULL`,
      reason,
      taskId,
    )
    return changes > 0
  }

  /** Why it is not paid so far. It becomes final when the outcome is given up. */
  setUnpaidReason(tx: Transaction, taskId: string, code: UnpaidCode, reason: string): void {
    tx.run(
      `UPDATE node_tasks SET unpaid_reason = ?, unpaid_code = ${IF_COSTLY} ? ELSE unpaid_code END
       WHERE task_id = ? AND receipt_state = 'waiting'`,
      reason,
      code,
      taskId,
    )
  }

  /** For all outcomes that wait for one contact and have no reason yet. */
  setContactUnreachable(tx: Transaction, contact: string, reason: string): void {
    tx.run(
      `UPDATE node_tasks SET unpaid_reason = ?, unpaid_code = coalesce(unpaid_code, 'requester_gone')
       WHERE contact = ? AND receipt_state = 'waiting' AND unpaid_reason IS NULL`,
      reason,
      contact,
    )
  }

  setContact(tx: Transaction, taskId: string, contact: PeerTarget): void {
    tx.run(
      'UPDATE node_tasks SET contact = ?, contact_addresses = ? WHERE task_id = ?',
      contact.peerId,
      JSON.stringify(contact.addresses),
      taskId,
    )
  }

  /** What waits for a requester at one contact waits for it at another from now on. */
  moveWaiting(tx: Transaction, requester: string, from: string, to: PeerTarget): void {
    tx.run(
      `UPDATE node_tasks SET contact = ?, contact_addresses = ?
       WHERE requester = ? AND contact = ? AND receipt_state = 'waiting'`,
      to.peerId,
      JSON.stringify(to.addresses),
      requester,
      from,
    )
  }

  /** Gives up outcomes that waited since before `endedBeforeMs`; the rows stay, with the reason. Returns how many. */
  giveUpUnpaid(tx: Transaction, endedBeforeMs: number): number {
    return tx.run(
      `UPDATE node_tasks SET receipt_state = 'unpaid',
         unpaid_code = CASE WHEN amount_micro = 0 OR unpaid_code = 'receipt_wrong' THEN unpaid_code
           WHEN delivered_at_ms IS NULL THEN 'requester_gone' ELSE 'no_receipt' END,
         unpaid_reason = coalesce(unpaid_reason,
           CASE WHEN delivered_at_ms IS NULL THEN ? ELSE ? END)
       WHERE receipt_state = 'waiting' AND ended_at_ms < ?`,
      taskNotes.undelivered,
      taskNotes.unacknowledged,
      endedBeforeMs,
    ).changes
  }

  countAttempt(tx: Transaction, taskId: string): void {
    tx.run('UPDATE node_tasks SET attempts = attempts + 1 WHERE task_id = ?', taskId)
  }

  get(taskId: string, reader: Reader = this.store): StoredTask | undefined {
    const row = reader.get<TaskRow>(`SELECT ${TASK_COLUMNS} FROM node_tasks WHERE task_id = ?`, taskId)
    return row === undefined ? undefined : stored(row)
  }

  assignment(taskId: string): SignedBytes | undefined {
    return bytesOf(
      this.store.get<BytesRow>(
        'SELECT assignment_payload AS payload, assignment_signature AS signature FROM node_tasks WHERE task_id = ?',
        taskId,
      ),
    )
  }

  outcome(taskId: string): SignedBytes | undefined {
    return bytesOf(
      this.store.get<BytesRow>(
        'SELECT outcome_payload AS payload, outcome_signature AS signature FROM node_tasks WHERE task_id = ?',
        taskId,
      ),
    )
  }

  /** Tasks that were accepted and have not ended, oldest first. */
  unfinished(): readonly StoredTask[] {
    return this.store
      .all<TaskRow>(`SELECT ${TASK_COLUMNS} FROM node_tasks WHERE ended_at_ms IS NULL ORDER BY seq`)
      .map(stored)
  }

  /** Outcomes that one contact has not acknowledged, oldest first. */
  waitingFor(contact: string, limit: number): readonly StoredTask[] {
    return this.store
      .all<TaskRow>(
        `SELECT ${TASK_COLUMNS} FROM node_tasks WHERE receipt_state = 'waiting' AND contact = ?
         ORDER BY ended_at_ms LIMIT ?`,
        contact,
        limit,
      )
      .map(stored)
  }

  /** Contacts of a requester, but one, where outcomes wait for it. */
  waitingContactsOf(requester: string, except: string, limit: number): readonly string[] {
    return this.store
      .all<{ contact: string }>(
        `SELECT DISTINCT contact FROM node_tasks
         WHERE requester = ? AND receipt_state = 'waiting' AND contact <> ? LIMIT ?`,
        requester,
        except,
        limit,
      )
      .map((row) => row.contact)
  }

  /** Contacts that are owed an outcome, those with the newest outcomes first. */
  waitingContacts(limit: number): readonly PeerTarget[] {
    const rows = this.store.all<{ contact: string; addresses: string; newest: number }>(
      `SELECT contact, contact_addresses AS addresses, max(ended_at_ms) AS newest FROM node_tasks
       WHERE receipt_state = 'waiting' GROUP BY contact ORDER BY newest DESC LIMIT ?`,
      limit,
    )
    return rows.map((row) => ({ peerId: row.contact, addresses: parseAddresses(row.addresses) }))
  }
}

function stored(row: TaskRow): StoredTask {
  return {
    taskId: row.task_id,
    requester: row.requester,
    contact: { peerId: row.contact, addresses: parseAddresses(row.contact_addresses) },
    state: row.state,
    receiptState: row.receipt_state,
    model: row.model,
    createdAtMs: row.created_at_ms,
    attempts: row.attempts,
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
  }
}

function bytesOf(row: BytesRow | undefined): SignedBytes | undefined {
  if (row === undefined || row.payload === null || row.signature === null) return undefined
  return { payload: row.payload, signature: row.signature }
}

function parseAddresses(json: string): readonly string[] {
  const value: unknown = JSON.parse(json)
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

/** Puts the signer back to what is stored without it. */
export function signedBy(publicKey: Uint8Array, bytes: SignedBytes): Signed {
  return {
    payload: bytes.payload as Uint8Array<ArrayBuffer>,
    publicKey: publicKey as Uint8Array<ArrayBuffer>,
    signature: bytes.signature as Uint8Array<ArrayBuffer>,
  }
}
