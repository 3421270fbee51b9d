import type {
  EarningsDayView,
  EarningsGroupPage,
  EarningsGroupView,
  EarningsModelDaysView,
  PaymentSumsView,
} from '../../protocol/earnings-views.ts'
import { dayName, localDays } from '../ledger/local-days.ts'
import { offsetOf } from '../offset-cursor.ts'
import type { Reader } from '../store/contract.ts'

/** Which earnings are summed. Times are of the entry, or of the end of a task that has none. */
export interface EarningsFilter {
  readonly model?: string | undefined
  /** Peer id. */
  readonly requester?: string | undefined
}

export interface EarningsGroupQuery extends EarningsFilter {
  readonly by: 'model' | 'requester'
  readonly fromMs: number
  readonly toMs: number
  readonly cursor?: string | undefined
  readonly limit: number
}

const kinds = ['pending', 'acknowledged', 'settled', 'disputed', 'unpaid'] as const
type Kind = (typeof kinds)[number]

/**
 * Sums of one group, by kind. In halves, because SQLite's SUM fails above 63 bits; and by CASE, because GROUP BY sorts
 * all the rows.
 */
type SumRow = { readonly key: string | null; readonly tasks: number } & {
  readonly [K in `${Kind}_high_micro` | `${Kind}_low_micro`]?: bigint | null
}

function sumsOf(conditions: { readonly [K in Kind]?: string }): string {
  const columns = Object.entries(conditions).map(
    ([kind, condition]) =>
      `sum(CASE WHEN ${condition} THEN amount_micro >> 32 ELSE 0 END) AS ${kind}_high_micro,
       sum(CASE WHEN ${condition} THEN amount_micro & 4294967295 ELSE 0 END) AS ${kind}_low_micro`,
  )
  return [...columns, 'count(*) AS tasks'].join(', ')
}

const CREDITS = sumsOf({ acknowledged: 'settled.seq IS NULL', settled: 'settled.seq IS NOT NULL' })
const OPEN = sumsOf({
  pending: "receipt_state = 'waiting'",
  disputed: "receipt_state <> 'waiting' AND unpaid_code = 'disputed'",
  unpaid: "receipt_state <> 'waiting' AND unpaid_code IS NOT 'disputed'",
})

class Sums {
  readonly micro: Record<Kind, bigint> = {
    pending: 0n,
    acknowledged: 0n,
    settled: 0n,
    disputed: 0n,
    unpaid: 0n,
  }
  tasks = 0

  add(row: SumRow): void {
    for (const kind of kinds) {
      this.micro[kind] += ((row[`${kind}_high_micro`] ?? 0n) << 32n) + (row[`${kind}_low_micro`] ?? 0n)
    }
    this.tasks += row.tasks
  }

  get totalMicro(): bigint {
    return Object.values(this.micro).reduce((sum, micro) => sum + micro, 0n)
  }

  view(): PaymentSumsView {
    return {
      pendingMicro: String(this.micro.pending),
      acknowledgedMicro: String(this.micro.acknowledged),
      settledMicro: String(this.micro.settled),
      disputedMicro: String(this.micro.disputed),
      unpaidMicro: String(this.micro.unpaid),
      tasks: this.tasks,
    }
  }
}

/** What the tasks of the last `days` local days brought, oldest first, empty days too; the last is the day of `nowMs`. */
export function earningsByDay(
  reader: Reader,
  days: number,
  filter: EarningsFilter = {},
  nowMs: number = Date.now(),
): readonly EarningsDayView[] {
  const starts = localDays(days, nowMs)
  return starts.slice(0, -1).map((startMs, i) => {
    const sums = new Sums()
    for (const row of sumRows(reader, undefined, filter, startMs, starts[i + 1] ?? startMs)) sums.add(row)
    return { day: dayName(new Date(startMs)), ...sums.view() }
  })
}

/** What was earned with each of the `top` best models on each of the last local days, and with all others together. */
export function earningsByModelDay(
  reader: Reader,
  { days, top }: { readonly days: number; readonly top: number },
  filter: EarningsFilter = {},
  nowMs: number = Date.now(),
): EarningsModelDaysView {
  const starts = localDays(days, nowMs)
  const perDay = starts
    .slice(0, -1)
    .map((startMs, i) => earnedByModel(reader, filter, startMs, starts[i + 1] ?? startMs))
  const totals = new Map<string, bigint>()
  for (const earned of perDay) {
    for (const [model, micro] of earned) totals.set(model, (totals.get(model) ?? 0n) + micro)
  }
  const models = [...totals].toSorted(largestFirst).map(([model]) => model)
  const [shown, others] = [models.slice(0, top), models.slice(top)]
  return {
    models: shown,
    days: perDay.map((earned, i) => ({
      day: dayName(new Date(starts[i] ?? nowMs)),
      earnedMicro: shown.map((model) => String(earned.get(model) ?? 0n)),
      otherMicro: String(others.reduce((sum, model) => sum + (earned.get(model) ?? 0n), 0n)),
    })),
  }
}

/** Of the index of entries alone: whether one is settled plays no part in what was earned. */
function earnedByModel(
  reader: Reader,
  { model, requester }: EarningsFilter,
  fromMs: number,
  toMs: number,
): ReadonlyMap<string, bigint> {
  const rows = reader.all<{ model: string; high_micro: bigint; low_micro: bigint }>(
    `SELECT model, sum(amount_micro >> 32) AS high_micro, sum(amount_micro & 4294967295) AS low_micro
     FROM ledger INDEXED BY ledger_sums
     WHERE created_at_ms >= ? AND created_at_ms < ? AND direction = 'credit'
       ${model === undefined ? '' : 'AND model = ?'} ${requester === undefined ? '' : 'AND counterparty = ?'}
     GROUP BY model`,
    ...[fromMs, toMs, ...[model, requester].filter((value) => value !== undefined)],
  )
  return new Map(rows.map((row) => [row.model, (row.high_micro << 32n) + row.low_micro]))
}

/** By amount; where that is the same, by name. */
function largestFirst([a, left]: readonly [string, bigint], [b, right]: readonly [string, bigint]): number {
  if (left !== right) return right > left ? 1 : -1
  return a < b ? -1 : 1
}

/** What each model, or each requester, brought, the largest first. Throws `bad_usage` for a cursor that is not one of ours. */
export function earningsByGroup(reader: Reader, query: EarningsGroupQuery): EarningsGroupPage {
  const offset = offsetOf(query.cursor)
  const groups = new Map<string, Sums>()
  for (const row of sumRows(reader, query.by, query, query.fromMs, query.toMs)) {
    const key = String(row.key)
    let sums = groups.get(key)
    if (sums === undefined) {
      sums = new Sums()
      groups.set(key, sums)
    }
    sums.add(row)
  }
  const sorted = [...groups].toSorted(([a, left], [b, right]) =>
    largestFirst([a, left.totalMicro], [b, right.totalMicro]),
  )
  const page = sorted.slice(offset, offset + query.limit)
  return {
    groups: page.map(([key, sums]): EarningsGroupView => ({ key, ...sums.view() })),
    ...(offset + page.length < sorted.length && { nextCursor: String(offset + page.length) }),
  }
}

/** Both halves are answered by an index alone: no entry and no task is read. */
function sumRows(
  reader: Reader,
  by: EarningsGroupQuery['by'] | undefined,
  { model, requester }: EarningsFilter,
  fromMs: number,
  toMs: number,
): readonly SumRow[] {
  const values = [fromMs, toMs, ...[model, requester].filter((value) => value !== undefined)]
  const rest = (party: string) =>
    `${model === undefined ? '' : ' AND model = ?'}${requester === undefined ? '' : ` AND ${party} = ?`}
     ${by === undefined ? '' : 'GROUP BY key'}`
  const key = (party: string) => (by === undefined ? 'NULL' : by === 'model' ? 'model' : party)
  const credits = reader.all<SumRow>(
    `SELECT ${key('counterparty')} AS key, ${CREDITS}
     FROM ledger INDEXED BY ledger_sums LEFT JOIN ledger_settled settled ON settled.seq = ledger.seq
     WHERE created_at_ms >= ? AND created_at_ms < ? AND direction = 'credit'${rest('counterparty')}`,
    ...values,
  )
  const open = reader.all<SumRow>(
    `SELECT ${key('requester')} AS key, ${OPEN}
     FROM node_tasks INDEXED BY node_tasks_open
     WHERE receipt_state IN ('waiting', 'superseded', 'unpaid') AND amount_micro > 0
       AND ended_at_ms >= ? AND ended_at_ms < ?${rest('requester')}`,
    ...values,
  )
  return [...credits, ...open]
}
