import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'
import type { PaymentState, UnpaidCode } from '../../protocol/payment.ts'
import type { TaskState, TaskTransition } from '../../protocol/task.ts'
import type { TaskView } from '../../protocol/views.ts'
import type { Store } from '../store/contract.ts'
import type { MinuteFigures } from './task-figures.ts'
import type { ReceiptState } from './task-store.ts'

export interface TaskFilter {
  readonly state?: TaskState
  readonly model?: string
  /** Part of the title, the task's id or the requester's peer id. */
  readonly search?: string
}

export interface TaskPageQuery extends TaskFilter {
  /** From the page before; absent for the newest. */
  readonly cursor?: string
  readonly limit: number
}

/** What the requester owes and what it will never pay. */
export interface ReceivablesView {
  readonly pendingMicro: bigint
  readonly pendingTasks: number
  readonly disputedMicro: bigint
  readonly disputedTasks: number
  /** What is disputed is not in it. */
  readonly unpaidMicro: bigint
  readonly unpaidTasks: number
}

/** A row as the pages read it: none of the large columns. */
export interface TaskPageRow {
  task_id: string
  title: string
  state: TaskState
  model: string
  requester: string
  created_at_ms: number
  ended_at_ms: number | null
  error_code: DriadErrorCode | null
  error_message: string | null
  prompt_tokens: number
  completion_tokens: number
  first_token_ms: number | null
  total_ms: number | null
  amount_micro: bigint | null
  receipt_state: ReceiptState
  unpaid_reason: string | null
  unpaid_code: UnpaidCode | null
  settled: number | null
  deadline_ms: number
  ledger_seq: number | null
  delivered_at_ms: number | null
}

const PAGE_COLUMNS = `task_id, title, state, model, requester, created_at_ms, ended_at_ms, error_code, error_message,
  prompt_tokens, completion_tokens, first_token_ms, total_ms, amount_micro, receipt_state, unpaid_reason, deadline_ms,
  ledger_seq, delivered_at_ms, unpaid_code, (SELECT 1 FROM ledger_settled WHERE ledger_settled.seq = ledger_seq) AS settled`

/** Newest first, by index. Throws `bad_usage` for a cursor that is not one of ours. */
export function taskPage(
  store: Store,
  query: TaskPageQuery,
): { readonly rows: readonly TaskPageRow[]; readonly nextCursor?: string } {
  const conditions: string[] = []
  const values: (string | number)[] = []
  if (query.state !== undefined) {
    conditions.push('state = ?')
    values.push(query.state)
  }
  if (query.model !== undefined) {
    conditions.push('model = ?')
    values.push(query.model)
  }
  if (query.search !== undefined && query.search.trim() !== '') {
    const pattern = `%${query.search.trim().replaceAll(/[\\%_]/g, (char) => `\\${char}`)}%`
    conditions.push(
      "(title LIKE ? ESCAPE '\\' OR task_id LIKE ? ESCAPE '\\' OR requester LIKE ? ESCAPE '\\')",
    )
    values.push(pattern, pattern, pattern)
  }
  if (query.cursor !== undefined) {
    const [createdAtMs, taskId] = parseCursor(query.cursor)
    conditions.push('(created_at_ms, task_id) < (?, ?)')
    values.push(createdAtMs, taskId)
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  const rows = store.all<TaskPageRow>(
    `SELECT ${PAGE_COLUMNS} FROM node_tasks ${where} ORDER BY created_at_ms DESC, task_id DESC LIMIT ?`,
    ...values,
    query.limit + 1,
  )
  if (rows.length <= query.limit) return { rows }
  rows.length = query.limit
  const last = rows.at(-1)
  return last === undefined ? { rows } : { rows, nextCursor: `${last.created_at_ms}.${last.task_id}` }
}

export function taskRow(store: Store, taskId: string): TaskPageRow | undefined {
  return store.get<TaskPageRow>(`SELECT ${PAGE_COLUMNS} FROM node_tasks WHERE task_id = ?`, taskId)
}

export function taskTransitions(store: Store, taskId: string): readonly TaskTransition[] {
  return store
    .all<{ state: TaskState; at_ms: number; reason: string | null }>(
      'SELECT state, at_ms, reason FROM node_task_transitions WHERE task_id = ? ORDER BY seq',
      taskId,
    )
    .map(({ state, at_ms, reason }) => ({ state, atMs: at_ms, ...(reason === null ? {} : { reason }) }))
}

/** How many tasks ended well and how many did not, since a time. Cancelled ones are neither. */
export function endedCounts(store: Store, sinceMs: number): { completed: number; failed: number } {
  const row = store.get<{ completed: number | null; failed: number | null }>(
    `SELECT sum(error_code IS NULL) AS completed, sum(state IN ('failed', 'expired')) AS failed
     FROM node_tasks WHERE ended_at_ms >= ?`,
    sinceMs,
  )
  return { completed: row?.completed ?? 0, failed: row?.failed ?? 0 }
}

/** Completion tokens by the minute in which their task ended, and credits by that of their receipt. */
export function minuteFigures(store: Store, sinceMs: number): MinuteFigures[] {
  const written = store.all<{ minute: number; tokens: number }>(
    `SELECT ended_at_ms / 60000 AS minute, sum(completion_tokens) AS tokens
     FROM node_tasks WHERE ended_at_ms >= ? GROUP BY minute`,
    sinceMs,
  )
  const earned = store.all<{ minute: number; earned_micro: bigint }>(
    `SELECT created_at_ms / 60000 AS minute, sum(amount_micro) AS earned_micro
     FROM ledger WHERE created_at_ms >= ? AND direction = 'credit' GROUP BY minute`,
    sinceMs,
  )
  return [
    ...written.map(({ minute, tokens }) => ({ minuteMs: minute * 60_000, tokens, earnedMicro: 0n })),
    ...earned.map(({ minute, earned_micro }) => ({
      minuteMs: minute * 60_000,
      tokens: 0,
      earnedMicro: earned_micro,
    })),
  ]
}

export function receivables(store: Store): ReceivablesView {
  // Of the index alone. In halves, because SQLite's SUM fails above 63 bits.
  const rows = store.all<{
    kind: 'pending' | 'disputed' | 'unpaid'
    high_micro: bigint
    low_micro: bigint
    tasks: number
  }>(
    `SELECT CASE WHEN receipt_state = 'waiting' THEN 'pending' WHEN unpaid_code = 'disputed' THEN 'disputed'
         ELSE 'unpaid' END AS kind,
       sum(amount_micro >> 32) AS high_micro, sum(amount_micro & 4294967295) AS low_micro, count(*) AS tasks
     FROM node_tasks INDEXED BY node_tasks_open
     WHERE receipt_state IN ('waiting', 'superseded', 'unpaid') AND amount_micro > 0 GROUP BY kind`,
  )
  const sums = {
    pendingMicro: 0n,
    pendingTasks: 0,
    disputedMicro: 0n,
    disputedTasks: 0,
    unpaidMicro: 0n,
    unpaidTasks: 0,
  }
  for (const { kind, high_micro, low_micro, tasks } of rows) {
    sums[`${kind}Micro`] = (high_micro << 32n) + low_micro
    sums[`${kind}Tasks`] = tasks
  }
  return sums
}

/** Undefined while it has not ended. */
function paymentOf(row: TaskPageRow): PaymentState | undefined {
  if (row.ended_at_ms === null) return undefined
  if (row.error_code !== null || row.amount_micro === null || row.amount_micro === 0n) return 'none'
  if (row.receipt_state === 'acknowledged') return row.settled === null ? 'acknowledged' : 'settled'
  if (row.receipt_state === 'waiting') return 'pending'
  return row.unpaid_code === 'disputed' ? 'disputed' : 'unpaid'
}

export function taskView(row: TaskPageRow): TaskView {
  const payment = paymentOf(row)
  return {
    role: 'executed',
    taskId: row.task_id,
    title: row.title,
    state: row.state,
    model: row.model,
    counterparty: row.requester,
    createdAtMs: row.created_at_ms,
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
    ...(row.total_ms === null
      ? {}
      : {
          stats: {
            promptTokens: row.prompt_tokens,
            completionTokens: row.completion_tokens,
            totalMs: row.total_ms,
            ...(row.first_token_ms === null ? {} : { firstTokenMs: row.first_token_ms }),
          },
        }),
    ...(row.amount_micro === null ? {} : { amountMicro: row.amount_micro.toString() }),
    ...(row.error_code === null ? {} : { error: { code: row.error_code, message: row.error_message ?? '' } }),
    ...(payment === undefined ? {} : { payment }),
    ...(row.unpaid_code === null || payment === 'pending' ? {} : { unpaidCode: row.unpaid_code }),
    // A failure is not paid because it failed.
    ...(row.unpaid_reason === null || row.error_code !== null ? {} : { unpaidReason: row.unpaid_reason }),
  }
}

function parseCursor(cursor: string): readonly [createdAtMs: number, taskId: string] {
  const match = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(cursor)
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new DriadError('bad_usage', 'The page asked for does not exist. Start again from the first page')
  }
  return [Number(match[1]), match[2]]
}
