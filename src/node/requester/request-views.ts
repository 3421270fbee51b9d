import type { AgreementView } from '../../protocol/agreement.ts'
import type { DriadErrorCode } from '../../protocol/errors.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { PaymentState } from '../../protocol/payment.ts'
import type { TaskState, TaskTransition } from '../../protocol/task.ts'
import type { ReceiptView, TaskDetailView, TaskPage, TaskView } from '../../protocol/views.ts'
import { Receipt, TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import { settlementOfEntry } from '../ledger/statements/statement-store.ts'
import type { Store } from '../store/contract.ts'
import { checksOf } from '../verification/check-store.ts'
import { assignedNodes } from './assignment-store.ts'
import type { RequestPageQuery, TaskResult } from './contract.ts'
import { agreedOutcome, agreementView } from './copy-store.ts'
import { requestDispute } from './dispute-store.ts'
import type { RequestReceiptState } from './request-types.ts'

/** A row as the pages read it: none of the large columns. */
interface PageRow {
  task_id: string
  title: string
  state: TaskState
  models: string
  model: string | null
  node: string | null
  created_at_ms: number
  ended_at_ms: number | null
  prompt_tokens: number | null
  completion_tokens: number | null
  first_token_ms: number | null
  total_ms: number | null
  amount_micro: bigint | null
  error_code: DriadErrorCode | null
  error_message: string | null
  receipt_state: RequestReceiptState
  receipt_reason: string | null
  copies: number
  settled: number | null
}

interface DetailRow extends PageRow {
  workflow_json: string
  input: string | null
  deadline_ms: number
  outcome_payload: Uint8Array | null
  receipt_payload: Uint8Array | null
  receipt_signature: Uint8Array | null
  ledger_seq: number | null
}

const PAGE_COLUMNS = `task_id, title, state, models, model, node, created_at_ms, ended_at_ms, prompt_tokens,
  completion_tokens, first_token_ms, total_ms, amount_micro, error_code, error_message, receipt_state, receipt_reason,
  copies, (SELECT 1 FROM ledger_settled WHERE ledger_settled.seq = ledger_seq) AS settled`

const DETAIL_COLUMNS = `${PAGE_COLUMNS}, workflow_json, input, deadline_ms, outcome_payload, receipt_payload,
  receipt_signature, ledger_seq`

/** Newest first, by index. Throws `bad_usage` for a cursor that is not one of ours. */
export function requestPage(store: Store, query: RequestPageQuery): TaskPage {
  // A task with copies stands for them.
  const conditions: string[] = ['copy_of IS NULL']
  const values: (string | number)[] = []
  if (query.state !== undefined) {
    conditions.push('state = ?')
    values.push(query.state)
  }
  if (query.model !== undefined) {
    // Before a node has it, any of the models asked for may become the one.
    conditions.push('(model = ? OR (model IS NULL AND instr(models, ?) > 0))')
    values.push(query.model, JSON.stringify(query.model))
  }
  const search = query.search?.trim() ?? ''
  if (search !== '') {
    const pattern = `%${search.replaceAll(/[\\%_]/g, (char) => `\\${char}`)}%`
    conditions.push("(title LIKE ? ESCAPE '\\' OR task_id LIKE ? ESCAPE '\\' OR node LIKE ? ESCAPE '\\')")
    values.push(pattern, pattern, pattern)
  }
  if (query.cursor !== undefined) {
    conditions.push('(created_at_ms, task_id) < (?, ?)')
    values.push(...parseCursor(query.cursor))
  }
  const where = `WHERE ${conditions.join(' AND ')}`
  const rows = store.all<PageRow>(
    `SELECT ${PAGE_COLUMNS} FROM requests ${where} ORDER BY created_at_ms DESC, task_id DESC LIMIT ?`,
    ...values,
    query.limit + 1,
  )
  const more = rows.length > query.limit
  if (more) rows.length = query.limit
  const last = rows.at(-1)
  return {
    tasks: rows.map((row) => requestView(row)),
    ...(more && last !== undefined && { nextCursor: `${last.created_at_ms}.${last.task_id}` }),
  }
}

export function requestViewOf(store: Store, taskId: string, liveTokens?: number): TaskView | undefined {
  const row = store.get<PageRow>(`SELECT ${PAGE_COLUMNS} FROM requests WHERE task_id = ?`, taskId)
  return row === undefined ? undefined : requestView(row, liveTokens)
}

export function requestDetail(store: Store, taskId: string, liveTokens?: number): TaskDetailView | undefined {
  const row = store.get<DetailRow>(`SELECT ${DETAIL_COLUMNS} FROM requests WHERE task_id = ?`, taskId)
  if (row === undefined) return undefined
  const receipt = receiptView(row)
  const result = resultText(store, row)
  const agreement = row.copies > 1 ? agreementView(store, taskId) : undefined
  const dispute = requestDispute(store, taskId)
  const checks = checksOf(store, taskId)
  const nodes = assignedNodes(store, taskId)
  return {
    ...requestView(row, liveTokens),
    ...paidInAll(agreement),
    workflowJson: row.workflow_json,
    ...(row.input !== null && { input: row.input }),
    ...(result !== undefined && { result }),
    deadlineMs: row.deadline_ms,
    transitions: transitions(store, taskId),
    ...(receipt !== undefined && { receipt }),
    ...(agreement !== undefined && { agreement }),
    ...(dispute !== undefined && { dispute }),
    ...(checks.length > 0 && { checks }),
    ...(nodes.length > 0 && { nodes }),
    paymentTrail: row.ledger_seq === null ? {} : { ...settlementOfEntry(store, row.ledger_seq) },
  }
}

/** The short form that the SDK and the CLI give. Undefined for a task that was never stored. */
export function taskResult(store: Store, taskId: string): TaskResult | undefined {
  const row = store.get<DetailRow>(`SELECT ${DETAIL_COLUMNS} FROM requests WHERE task_id = ?`, taskId)
  if (row === undefined) return undefined
  const view = requestView(row)
  const receipt = receiptView(row)
  const result = resultText(store, row)
  const agreement = row.copies > 1 ? agreementView(store, taskId) : undefined
  const checks = checksOf(store, taskId)
  return {
    taskId,
    status: row.state === 'retrieved' || row.state === 'acknowledged' ? 'completed' : row.state,
    ...(result !== undefined && { result }),
    ...(row.model !== null && { model: row.model }),
    ...(row.node !== null && { node: row.node }),
    ...(view.stats !== undefined && { stats: view.stats }),
    ...(view.amountMicro !== undefined && { amountMicro: view.amountMicro }),
    ...(receipt !== undefined && { receipt }),
    ...paidInAll(agreement),
    ...(agreement !== undefined && { agreement }),
    ...(checks.length > 0 && { checks }),
    ...(view.error !== undefined && { error: view.error }),
  }
}

/** What the copies of a task cost together, as far as they have ended. */
function paidInAll(agreement: AgreementView | undefined): { readonly amountMicro?: string } {
  if (agreement === undefined) return {}
  const sum = agreement.copies.reduce((all, { amountMicro }) => all + BigInt(amountMicro ?? 0), 0n)
  return { amountMicro: sum.toString() }
}

function transitions(store: Store, taskId: string): readonly TaskTransition[] {
  return store
    .all<{ state: TaskState; at_ms: number; reason: string | null }>(
      'SELECT state, at_ms, reason FROM request_transitions WHERE task_id = ? ORDER BY seq',
      taskId,
    )
    .map(({ state, at_ms, reason }) => ({ state, atMs: at_ms, ...(reason !== null && { reason }) }))
}

function requestView(row: PageRow, liveTokens?: number): TaskView {
  return {
    role: 'requested',
    taskId: row.task_id,
    title: row.title,
    state: row.state,
    model: row.model ?? (JSON.parse(row.models) as string[]).join(', '),
    ...(row.node !== null && { counterparty: row.node }),
    createdAtMs: row.created_at_ms,
    ...(row.ended_at_ms !== null && { endedAtMs: row.ended_at_ms }),
    ...(row.total_ms !== null && {
      stats: {
        promptTokens: row.prompt_tokens ?? 0,
        completionTokens: row.completion_tokens ?? 0,
        ...(row.first_token_ms !== null && { firstTokenMs: row.first_token_ms }),
        totalMs: row.total_ms,
      },
    }),
    ...(row.amount_micro !== null && { amountMicro: row.amount_micro.toString() }),
    ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message ?? '' } }),
    ...(row.ended_at_ms !== null && { payment: paymentOf(row) }),
    ...(row.receipt_state === 'refused' &&
      row.receipt_reason !== null && { unpaidReason: row.receipt_reason }),
    ...(row.ended_at_ms === null && liveTokens !== undefined && { liveTokens }),
  }
}

function paymentOf(row: PageRow): PaymentState {
  if (row.error_code !== null || row.amount_micro === null || row.amount_micro === 0n) return 'none'
  if (row.settled !== null) return 'settled'
  if (row.receipt_state === 'acknowledged') return 'acknowledged'
  return row.receipt_state === 'refused' ? 'unpaid' : 'pending'
}

function resultText(store: Store, row: DetailRow): string | undefined {
  if (row.copies > 1) {
    const outcome = agreedOutcome(store, row.task_id)
    return outcome === undefined ? undefined : TaskOutcome.decode(outcome).result
  }
  if (row.outcome_payload === null || row.error_code !== null) return undefined
  return TaskOutcome.decode(row.outcome_payload).result
}

function receiptView(row: DetailRow): ReceiptView | undefined {
  // A failure's receipt only tells the node that its message arrived: it is nothing to show.
  if (row.receipt_payload === null || row.receipt_signature === null || row.error_code !== null)
    return undefined
  const receipt = Receipt.decode(row.receipt_payload)
  return {
    ledgerSeq: row.ledger_seq ?? 0,
    resultHash: Buffer.from(receipt.resultHash).toString('hex'),
    amountMicro: receipt.amountMicro.toString(),
    issuedAtMs: receipt.issuedAtMs,
    signature: Buffer.from(row.receipt_signature).toString('base64'),
  }
}

function parseCursor(cursor: string): readonly [createdAtMs: number, taskId: string] {
  const match = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(cursor)
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new DriadError('bad_usage', 'The page asked for does not exist. Start again from the first page')
  }
  return [Number(match[1]), match[2]]
}
