import type { Reader } from '../../store/contract.ts'

/** What has to be known of a table to copy its rows. */
export interface TableShape {
  readonly name: string
  readonly columns: readonly string[]
  /** Columns of the primary key. */
  readonly key: readonly string[]
  /** Whether its rows have numbers. */
  readonly rowid: boolean
  /** Whether that number is the key. Where it is not, another file may number the same rows otherwise. */
  readonly keyIsRowid: boolean
  /** Indexes that have every row. */
  readonly indexes: readonly string[]
}

/** Every table of ours. */
export function tableShapes(db: Reader): readonly TableShape[] {
  const tables = db.all<{ name: string; wr: number }>(
    "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
  )
  return tables.map(({ name, wr }) => {
    const columns = db.all<{ name: string; type: string; pk: number }>(
      'SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid',
      name,
    )
    const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
    const indexes = db.all<{ name: string }>('SELECT name FROM pragma_index_list(?) WHERE partial = 0', name)
    return {
      name,
      columns: columns.map((column) => column.name),
      key: key.map((column) => column.name),
      rowid: wr === 0,
      keyIsRowid: wr === 0 && key.length === 1 && key[0]?.type === 'INTEGER',
      indexes: indexes.map((index) => index.name),
    }
  })
}
