import type { Connection } from '../../store/connection.ts'
import { keyText, type Row, readTable, type TableRead } from './read-table.ts'
import type { TableShape } from './table-shape.ts'

const PAGE = 500

/** What became of a table's rows. */
export interface CopiedTable {
  /** Rows that are gone; null where nobody can tell how many. */
  readonly lost: number | null
  /** Keys of rows that are as they were when the copy was made. */
  readonly fromCopy: ReadonlySet<string>
}

/**
 * Fills a table of a new database: with all that can be read of it in the damaged one, and with those rows of the copy that could
 * not be. Rows of the copy that the damaged database does not have any more are left out: they were removed since.
 */
export function copyTable(
  target: Connection,
  shape: TableShape,
  sources: { readonly damaged: Connection | undefined; readonly copy: Connection | undefined },
): CopiedTable {
  const { damaged, copy } = sources
  let refused = 0
  const insert = (row: Row) => insertRow(target, shape, row)
  const read: TableRead =
    damaged === undefined
      ? { missing: undefined, hole: {} }
      : readTable(damaged, shape, (row) => {
          if (!insert(row)) refused++
        })
  const fromCopy = new Set<string>()
  if (copy !== undefined) {
    for (const row of missingRows(copy, shape, read)) if (insert(row)) fromCopy.add(keyText(shape, row))
  }
  if (read.missing !== undefined) return { lost: read.missing.size - fromCopy.size + refused, fromCopy }
  return { lost: read.hole === undefined ? refused : null, fromCopy }
}

/** Whether it is there now, and was not before. What a damaged row breaks a rule of the table with is no row. */
function insertRow(target: Connection, { name, columns }: TableShape, row: Row): boolean {
  const places = columns.map(() => '?').join(', ')
  try {
    return (
      target.run(
        `INSERT OR IGNORE INTO ${name} (${columns.join(', ')}) VALUES (${places})`,
        ...columns.map((column) => row[column] ?? null),
      ).changes > 0
    )
  } catch {
    return false
  }
}

function* missingRows(copy: Connection, shape: TableShape, { missing, hole }: TableRead): Generator<Row> {
  if (missing !== undefined) {
    if (missing.size === 0) return
    for (const row of rowsOf(copy, shape, '', [])) if (missing.has(keyText(shape, row))) yield row
    return
  }
  if (hole === undefined) return
  const { after, before } = hole
  const key = `(${shape.key.join(', ')})`
  const places = `(${shape.key.map(() => '?').join(', ')})`
  const bounds = [
    ...(after === undefined ? [] : [`${key} > ${places}`]),
    ...(before === undefined ? [] : [`${key} < ${places}`]),
  ]
  yield* rowsOf(copy, shape, bounds.join(' AND '), [...(after ?? []), ...(before ?? [])])
}

/** Of a copy, which is whole. */
function* rowsOf(
  copy: Connection,
  { name, columns, key }: TableShape,
  where: string,
  values: Row[string][],
): Generator<Row> {
  const order = key.join(', ')
  for (let offset = 0; ; offset += PAGE) {
    const rows = copy.all<Row>(
      `SELECT ${columns.join(', ')} FROM ${name} ${where === '' ? '' : `WHERE ${where}`} ORDER BY ${order} LIMIT ${PAGE} OFFSET ${offset}`,
      ...values,
    )
    yield* rows
    if (rows.length < PAGE) return
  }
}
