import { DriadError } from '../../protocol/errors.ts'
import type {
  EarningsDayView,
  EarningsGroupPage,
  EarningsGroupView,
  PaymentSumsView,
} from '../../protocol/views.ts'
import { dayName, localDays } from '../ledger/local-days.ts'
import type { Reader } from '../store/contract.ts'

/** Which earnings are summed. Times are of the entry, or of the end of a task that has none. */
export interface EarningsFilter {
  readonly model?: string | undefined
  /** Peer id. */
  readonly requester?: string | undefined
}

export interface EarningsGroupQuery {
  readonly by: 'model' | 'requester'
  readonly fromMs: number
  readonly toMs: number
  readonly cursor?: string | undefined
  readonly limit: number
}

type Kind = 'pending' | 'acknowledged' | 'settled' | 'disputed' | 'unpaid'

/** Part of a sum. Halves, because SQLite's SUM fails above 63 bits. */
interface SumRow {
  readonly key: string | number
  readonly kind: Kind
  readonly high_micro: bigint
  readonly low_micro: bigint
  readonly tasks: number
}

const SUMS =
  'sum(amount_micro >> 32) AS high_micro, sum(amount_micro & 4294967295) AS low_micro, count(*) AS tasks'

/** Days of every time zone begin at a quarter of an hour. */
const QUARTER_MS = 900_000

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
    this.micro[row.kind] += (row.high_micro << 32n) + row.low_micro
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
  const byDay = starts.slice(0, -1).map(() => new Sums())
  const quarter = (column: string) => `${column} / ${QUARTER_MS}`
  const rows = sumRows(reader, quarter, filter, starts[0] ?? 0, starts.at(-1) ?? 0)
  let day = 0
  for (const row of rows.toSorted((a, b) => Number(a.key) - Number(b.key))) {
    while (Number(row.key) * QUARTER_MS >= (starts[day + 1] ?? Number.POSITIVE_INFINITY)) day++
    byDay[day]?.add(row)
  }
  return byDay.map((sums, i) => ({ day: dayName(new Date(starts[i] ?? 0)), ...sums.view() }))
}

/** What each model, or each requester, brought, the largest first. Throws `bad_usage` for a cursor that is not one of ours. */
export function earningsByGroup(reader: Reader, query: EarningsGroupQuery): EarningsGroupPage {
  const offset = query.cursor === undefined ? 0 : parseCursor(query.cursor)
  const column = (_time: string, party: string) => (query.by === 'model' ? 'model' : party)
  const groups = new Map<string, Sums>()
  for (const row of sumRows(reader, column, {}, query.fromMs, query.toMs)) {
    const key = String(row.key)
    let sums = groups.get(key)
    if (sums === undefined) {
      sums = new Sums()
      groups.set(key, sums)
    }
    sums.add(row)
  }
  const sorted = [...groups].toSorted(([a, left], [b, right]) => {
    const difference = right.totalMicro - left.totalMicro
    if (difference !== 0n) return difference > 0n ? 1 : -1
    return a < b ? -1 : 1
  })
  const page = sorted.slice(offset, offset + query.limit)
  return {
    groups: page.map(([key, sums]): EarningsGroupView => ({ key, ...sums.view() })),
    ...(offset + page.length < sorted.length && { nextCursor: String(offset + page.length) }),
  }
}

/** Both halves are answered by an index alone: no entry and no task is read. */
function sumRows(
  reader: Reader,
  key: (timeColumn: string, partyColumn: string) => string,
  { model, requester }: EarningsFilter,
  fromMs: number,
  toMs: number,
): readonly SumRow[] {
  const where = (party: string) =>
    `${model === undefined ? '' : ' AND model = ?'}${requester === undefined ? '' : ` AND ${party} = ?`}`
  const values = [fromMs, toMs, ...[model, requester].filter((value) => value !== undefined)]
  const credits = reader.all<SumRow>(
    `SELECT ${key('created_at_ms', 'counterparty')} AS key,
       CASE WHEN settled.seq IS NULL THEN 'acknowledged' ELSE 'settled' END AS kind, ${SUMS}
     FROM ledger INDEXED BY ledger_sums LEFT JOIN ledger_settled settled ON settled.seq = ledger.seq
     WHERE created_at_ms >= ? AND created_at_ms < ? AND direction = 'credit'${where('counterparty')}
     GROUP BY 1, 2`,
    ...values,
  )
  const open = reader.all<SumRow>(
    `SELECT ${key('ended_at_ms', 'requester')} AS key,
       CASE WHEN receipt_state = 'waiting' THEN 'pending' WHEN unpaid_code = 'disputed' THEN 'disputed'
         ELSE 'unpaid' END AS kind, ${SUMS}
     FROM node_tasks INDEXED BY node_tasks_unacknowledged
     WHERE receipt_state IN ('waiting', 'superseded', 'unpaid') AND error_code IS NULL AND amount_micro > 0
       AND ended_at_ms >= ? AND ended_at_ms < ?${where('requester')}
     GROUP BY 1, 2`,
    ...values,
  )
  return [...credits, ...open]
}

function parseCursor(cursor: string): number {
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor)
  throw new DriadError('bad_usage', 'The page asked for does not exist. Start again from the first page')
}
