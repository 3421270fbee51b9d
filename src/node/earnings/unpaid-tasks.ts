import type { UnpaidCauseView, UnpaidTaskPage, UnpaidTaskView } from '../../protocol/earnings-views.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { UnpaidCode } from '../../protocol/payment.ts'
import type { Reader } from '../store/contract.ts'

export interface UnpaidQuery {
  readonly code?: UnpaidCode | undefined
  readonly cursor?: string | undefined
  readonly limit: number
}

interface UnpaidRow {
  seq: number
  task_id: string
  title: string
  model: string
  requester: string
  ended_at_ms: number
  amount_micro: bigint
  unpaid_code: UnpaidCode
  unpaid_reason: string | null
  error_message: string | null
}

/** As in the index `node_tasks_unpaid`: it brings nothing, and that is certain. */
const UNPAID = "unpaid_code IS NOT NULL AND (receipt_state <> 'waiting' OR amount_micro = 0)"

/** Tasks that ended and brought nothing, newest first. Throws `bad_usage` for a cursor that is not one of ours. */
export function unpaidTasks(reader: Reader, { code, cursor, limit }: UnpaidQuery): UnpaidTaskPage {
  const rows = reader.all<UnpaidRow>(
    `SELECT seq, task_id, title, model, requester, ended_at_ms, amount_micro, unpaid_code, unpaid_reason, error_message
     FROM node_tasks INDEXED BY node_tasks_unpaid
     WHERE ${UNPAID}${code === undefined ? '' : ' AND unpaid_code = ?'}
       ${cursor === undefined ? '' : 'AND (ended_at_ms, seq) < (?, ?)'}
     ORDER BY ended_at_ms DESC, seq DESC LIMIT ?`,
    ...(code === undefined ? [] : [code]),
    ...(cursor === undefined ? [] : parseCursor(cursor)),
    limit + 1,
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    tasks: page.map(unpaidView),
    ...(rows.length > limit && last !== undefined && { nextCursor: `${last.ended_at_ms}.${last.seq}` }),
  }
}

/** How many tasks of a time brought nothing for each reason, those that cost most first. */
export function unpaidCauses(reader: Reader, fromMs: number, toMs: number): readonly UnpaidCauseView[] {
  const rows = reader.all<{ code: UnpaidCode; tasks: number; high_micro: bigint; low_micro: bigint }>(
    `SELECT unpaid_code AS code, count(*) AS tasks, sum(amount_micro >> 32) AS high_micro,
       sum(amount_micro & 4294967295) AS low_micro
     FROM node_tasks INDEXED BY node_tasks_unpaid
     WHERE ${UNPAID} AND ended_at_ms >= ? AND ended_at_ms < ? GROUP BY unpaid_code`,
    fromMs,
    toMs,
  )
  return rows
    .map(({ code, tasks, high_micro, low_micro }) => ({
      code,
      tasks,
      micro: (high_micro << 32n) + low_micro,
    }))
    .toSorted((a, b) => (b.micro === a.micro ? b.tasks - a.tasks : b.micro > a.micro ? 1 : -1))
    .map(({ code, tasks, micro }) => ({ code, tasks, amountMicro: String(micro) }))
}

function unpaidView(row: UnpaidRow): UnpaidTaskView {
  const reason = row.error_message ?? row.unpaid_reason
  return {
    taskId: row.task_id,
    title: row.title,
    model: row.model,
    requester: row.requester,
    endedAtMs: row.ended_at_ms,
    amountMicro: String(row.amount_micro),
    code: row.unpaid_code,
    ...(reason !== null && { reason }),
  }
}

function parseCursor(cursor: string): readonly [endedAtMs: number, seq: number] {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor)
  if (match === null) {
    throw new DriadError('bad_usage', 'The page asked for does not exist. Start again from the first page')
  }
  return [Number(match[1]), Number(match[2])]
}
