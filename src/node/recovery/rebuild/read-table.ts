import type { Connection } from '../../store/connection.ts'
import type { SqlValue } from '../../store/contract.ts'
import type { TableShape } from './table-shape.ts'

export type Row = Readonly<Record<string, SqlValue>>

const BATCH = 200

/** What could be read of a table. */
export interface TableRead {
  /** Keys (`keyText`) of rows that are there and cannot be read; undefined where that cannot be told. */
  readonly missing: ReadonlySet<string> | undefined
  /** Where rows may be missing, if it is not known which: keys between the two, all without them. Absent where all were read. */
  readonly hole?: { readonly after?: readonly SqlValue[]; readonly before?: readonly SqlValue[] }
}

/** A name for a row's key. */
export function keyText(shape: TableShape, row: Row): string {
  return JSON.stringify(shape.key.map((column) => plain(row[column] ?? null)))
}

/**
 * Hands over each row of a damaged table that can be read, once: from both ends up to what is damaged, and between by what the
 * table's indexes say is there.
 */
export function readTable(db: Connection, shape: TableShape, take: (row: Row) => void): TableRead {
  const seen = new Set<string>()
  const takeOnce = (row: Row) => {
    const key = keyText(shape, row)
    if (seen.has(key)) return
    seen.add(key)
    take(row)
  }
  const forward = scan(db, shape, 'ASC', takeOnce)
  const listed = listByIndex(db, shape)
  if (forward.complete) return { missing: missingOf(listed, seen) ?? new Set() }
  const backward = scan(db, shape, 'DESC', takeOnce)
  if (listed !== undefined && shape.rowid) {
    for (const [key, rowid] of listed) if (!seen.has(key)) readOne(db, shape, rowid, takeOnce)
  }
  const missing = missingOf(listed, seen)
  const hole = {
    ...(forward.last !== undefined && { after: forward.last }),
    ...(backward.last !== undefined && { before: backward.last }),
  }
  return { missing, hole }
}

function missingOf(listed: ReadonlyMap<string, number> | undefined, seen: ReadonlySet<string>) {
  return listed && new Set([...listed.keys()].filter((key) => !seen.has(key)))
}

/** From one end on, as far as it goes. */
function scan(
  db: Connection,
  shape: TableShape,
  direction: 'ASC' | 'DESC',
  take: (row: Row) => void,
): { complete: boolean; last?: readonly SqlValue[] } {
  const places = shape.rowid ? ['rowid'] : shape.key
  const order = places.map((column) => `${column} ${direction}`).join(', ')
  const beyond = `(${places.join(', ')}) ${direction === 'ASC' ? '>' : '<'} (${places.map(() => '?').join(', ')})`
  const columns = [...(shape.rowid ? ['rowid AS place_of_row'] : []), ...shape.columns].join(', ')
  const placeOf = (row: Row) =>
    shape.rowid ? [row['place_of_row'] ?? null] : shape.key.map((column) => row[column] ?? null)
  let last: readonly SqlValue[] | undefined
  let limit = BATCH
  for (;;) {
    let rows: Row[]
    try {
      const where = last === undefined ? '' : `WHERE ${beyond}`
      rows = db.all<Row>(
        `SELECT ${columns} FROM ${shape.name} NOT INDEXED ${where} ORDER BY ${order} LIMIT ${limit}`,
        ...(last ?? []),
      )
    } catch {
      // One by one up to the damage; a row whose text is damaged is passed over.
      if (limit > 1) {
        limit = 1
        continue
      }
      const next = shape.rowid ? rowidBeyond(db, shape, direction, last) : undefined
      if (next === undefined) {
        const place = last && keyOf(shape, last)
        return { complete: false, ...(place !== undefined && { last: place }) }
      }
      last = [next]
      continue
    }
    for (const row of rows) {
      take(row)
      last = placeOf(row)
    }
    if (rows.length < limit) return { complete: true }
  }
}

/** What a hole is bounded by has to mean something in the copy, too: rows without a number of their own have none there. */
function keyOf(shape: TableShape, last: readonly SqlValue[]): readonly SqlValue[] | undefined {
  return shape.rowid && !shape.keyIsRowid ? undefined : last
}

/** The number of the next row, if that much can be read where the row cannot. */
function rowidBeyond(
  db: Connection,
  { name }: TableShape,
  direction: 'ASC' | 'DESC',
  last: readonly SqlValue[] | undefined,
): SqlValue | undefined {
  try {
    const where = last === undefined ? '' : `WHERE rowid ${direction === 'ASC' ? '>' : '<'} ?`
    return db.get<{ place: number }>(
      `SELECT rowid AS place FROM ${name} NOT INDEXED ${where} ORDER BY rowid ${direction} LIMIT 1`,
      ...(last ?? []),
    )?.place
  } catch {
    return undefined
  }
}

function readOne(
  db: Connection,
  { name, columns }: TableShape,
  rowid: number,
  take: (row: Row) => void,
): void {
  try {
    const row = db.get<Row>(`SELECT ${columns.join(', ')} FROM ${name} NOT INDEXED WHERE rowid = ?`, rowid)
    if (row !== undefined) take(row)
  } catch {
    // It is one of those that are missing.
  }
}

/** The rows that an index has, by key, with their numbers. Undefined where no index can be read. */
function listByIndex(db: Connection, shape: TableShape): ReadonlyMap<string, number> | undefined {
  const number = shape.rowid ? 'rowid' : '0'
  for (const index of shape.indexes) {
    try {
      const rows = db.all<Row & { place_of_row: number }>(
        `SELECT ${number} AS place_of_row, ${shape.key.join(', ')} FROM ${shape.name} INDEXED BY ${index}`,
      )
      return new Map(rows.map((row) => [keyText(shape, row), row.place_of_row]))
    } catch {
      // The next one may be whole.
    }
  }
  return undefined
}

function plain(value: SqlValue): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') }
  return typeof value === 'bigint' ? String(value) : value
}
