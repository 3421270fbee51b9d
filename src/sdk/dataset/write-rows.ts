import { open, rename, rm } from 'node:fs/promises'
import { stringify } from 'csv-stringify/sync'
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { z } from 'zod'

export type TableFormat = 'jsonl' | 'csv' | 'parquet'

/** Rows that are in memory at a time. */
const BATCH_ROWS = 1000

type Row = Readonly<Record<string, unknown>>
type ColumnType = 'text' | 'whole' | 'real' | 'truth' | 'json'

interface Column {
  readonly name: string
  readonly type: ColumnType
}

export interface WriteRows {
  readonly path: string
  readonly format: TableFormat
  /** Names and types of the columns; those of the first rows where absent. */
  readonly schema: z.ZodType | undefined
}

/** Writes rows to a file, a batch at a time, and gives it its name when it is whole. The number of rows. */
export async function writeRows(
  rows: AsyncIterable<Row>,
  { path, format, schema }: WriteRows,
): Promise<number> {
  const draft = `${path}.${process.pid}.part`
  const file = await open(draft, 'w', 0o644)
  try {
    let count = 0
    let columns = schema === undefined ? undefined : columnsOfSchema(schema)
    let encode: ((batch: readonly Row[]) => Uint8Array) | undefined
    let finish = (): Uint8Array => new Uint8Array(0)
    const start = (first: readonly Row[]) => {
      columns ??= columnsOf(first)
      const encoder = encoders[format](columns)
      encode = encoder.encode
      finish = encoder.finish
    }
    for await (const batch of batches(rows)) {
      if (encode === undefined) start(batch)
      const bytes = encode?.(batch)
      if (bytes !== undefined) await file.appendFile(bytes)
      count += batch.length
    }
    if (encode === undefined) start([])
    await file.appendFile(finish())
    await file.sync()
    await file.close()
    await rename(draft, path)
    return count
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(draft, { force: true })
    throw error
  }
}

interface Encoder {
  encode(batch: readonly Row[]): Uint8Array
  finish(): Uint8Array
}

const encoders: Readonly<Record<TableFormat, (columns: readonly Column[]) => Encoder>> = {
  jsonl: () => ({
    encode: (batch) => Buffer.from(batch.map((row) => `${JSON.stringify(row)}\n`).join('')),
    finish: () => new Uint8Array(0),
  }),

  csv: (columns) => {
    let header = true
    const text = (batch: readonly Row[]) => {
      const csv = stringify(
        batch.map((row) => columns.map(({ name }) => cell(row[name]))),
        // A spreadsheet would run what begins like a formula.
        { header, columns: columns.map(({ name }) => name), escape_formulas: true },
      )
      header = false
      return Buffer.from(csv)
    }
    return { encode: text, finish: () => (header ? text([]) : new Uint8Array(0)) }
  },

  parquet: (columns) => {
    const writer = new ByteWriter()
    const parquet = new ParquetWriter({ writer, schema: parquetSchema(columns), createdBy: 'driad' })
    let taken = 0
    const take = () => {
      const bytes = writer.getBytes().slice(taken)
      taken += bytes.byteLength
      return bytes
    }
    return {
      encode: (batch) => {
        void parquet.write({
          columnData: columns.map(({ name, type }) => ({
            name,
            data: batch.map((row) => parquetValue(row[name], type)),
            nullable: true,
          })),
          rowGroupSize: BATCH_ROWS,
        })
        return take()
      },
      finish: () => {
        void parquet.finish()
        return take()
      },
    }
  },
}

function parquetSchema(columns: readonly Column[]): SchemaElement[] {
  return [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, type }): SchemaElement => {
      switch (type) {
        case 'whole':
          return { name, type: 'INT64', repetition_type: 'OPTIONAL' }
        case 'real':
          return { name, type: 'DOUBLE', repetition_type: 'OPTIONAL' }
        case 'truth':
          return { name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' }
        default:
          return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }
      }
    }),
  ]
}

function parquetValue(value: unknown, type: ColumnType): unknown {
  if (value === undefined || value === null) return null
  switch (type) {
    case 'whole':
      return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : null
    case 'real':
      return typeof value === 'number' ? value : null
    case 'truth':
      return typeof value === 'boolean' ? value : null
    default:
      return typeof value === 'string' ? value : JSON.stringify(value)
  }
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function columnsOfSchema(schema: z.ZodType): Column[] | undefined {
  let json: { properties?: Record<string, { type?: unknown }> }
  try {
    json = z.toJSONSchema(schema, { unrepresentable: 'any' }) as typeof json
  } catch {
    return undefined
  }
  if (json.properties === undefined) return undefined
  return Object.entries(json.properties).map(([name, { type }]) => ({ name, type: columnType(type) }))
}

function columnType(type: unknown): ColumnType {
  if (type === 'string') return 'text'
  if (type === 'integer') return 'whole'
  if (type === 'number') return 'real'
  return type === 'boolean' ? 'truth' : 'json'
}

/** Without a schema: every name of the first rows; a type where all of them have it. */
function columnsOf(rows: readonly Row[]): Column[] {
  const types = new Map<string, ColumnType>()
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (value === undefined || value === null) continue
      const type = valueType(value)
      const known = types.get(name)
      types.set(name, known === undefined || known === type ? type : 'json')
    }
  }
  return [...types].map(([name, type]) => ({ name, type }))
}

function valueType(value: unknown): ColumnType {
  if (typeof value === 'string') return 'text'
  // Whether later rows have fractions is not known.
  if (typeof value === 'number') return 'real'
  return typeof value === 'boolean' ? 'truth' : 'json'
}

async function* batches(rows: AsyncIterable<Row>): AsyncGenerator<Row[]> {
  let batch: Row[] = []
  for await (const row of rows) {
    batch.push(row)
    if (batch.length < BATCH_ROWS) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
