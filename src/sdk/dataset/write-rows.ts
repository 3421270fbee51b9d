import { open, rename, rm } from 'node:fs/promises'
import { stringify } from 'csv-stringify/sync'
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { z } from 'zod'
import { type Column, type ColumnType, columnsOf } from './columns.ts'
import { fileError } from './file-error.ts'

export type TableFormat = 'jsonl' | 'csv' | 'parquet'

/** Rows that are in memory at a time. */
const BATCH_ROWS = 1000

type Row = Readonly<Record<string, unknown>>

export interface WriteRows {
  readonly path: string
  readonly format: TableFormat
  /** Names and types of the columns, as far as it says; the rest is seen in the rows. */
  readonly schema: z.ZodType | undefined
  readonly escapeFormulas: boolean
}

/**
 * Writes rows to a file, a batch at a time, and gives it its name when it is whole. The number of rows.
 * @param rows Are gone through twice where the format has columns.
 */
export async function writeRows(rows: () => AsyncIterable<Row>, init: WriteRows): Promise<number> {
  const { path, format, schema } = init
  const columns = format === 'jsonl' ? [] : await columnsOf(rows(), schema)
  const { encode, finish } = encoders[format](columns, init)
  const draft = `${path}.${process.pid}.part`
  const file = await open(draft, 'w', 0o644).catch((error: unknown) => {
    throw fileError(path, error)
  })
  try {
    let count = 0
    for await (const batch of batches(rows())) {
      await file.appendFile(encode(batch))
      count += batch.length
    }
    await file.appendFile(finish())
    await file.sync()
    await file.close()
    await rename(draft, path)
    return count
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(draft, { force: true })
    throw fileError(path, error)
  }
}

interface Encoder {
  encode(batch: readonly Row[]): Uint8Array
  finish(): Uint8Array
}

const encoders: Readonly<Record<TableFormat, (columns: readonly Column[], init: WriteRows) => Encoder>> = {
  jsonl: () => ({
    encode: (batch) => Buffer.from(batch.map((row) => `${jsonText(row)}\n`).join('')),
    finish: () => new Uint8Array(0),
  }),

  csv: (columns, { escapeFormulas }) => {
    let header = true
    const text = (batch: readonly Row[]) => {
      const csv = stringify(
        batch.map((row) => columns.map(({ name }) => cell(row[name]))),
        { header, columns: columns.map(({ name }) => name), escape_formulas: escapeFormulas },
      )
      header = false
      return Buffer.from(csv)
    }
    return { encode: text, finish: () => (header ? text([]) : new Uint8Array(0)) }
  },

  parquet: (columns) => {
    const writer = new ByteWriter()
    const parquet = new ParquetWriter({ writer, schema: parquetSchema(columns), createdBy: 'driad' })
    /** What was written since; the writer begins again at the start of its memory. */
    const take = () => {
      const bytes = writer.getBytes().slice()
      writer.index = 0
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
    ...columns.map(
      ({ name, type }): SchemaElement => ({ name, ...parquetType(type), repetition_type: 'OPTIONAL' }),
    ),
  ]
}

function parquetType(type: ColumnType): Pick<SchemaElement, 'type' | 'converted_type'> {
  switch (type) {
    case 'whole':
      return { type: 'INT64' }
    case 'real':
      return { type: 'DOUBLE' }
    case 'truth':
      return { type: 'BOOLEAN' }
    case 'date':
      return { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' }
    default:
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8' }
  }
}

/** A value as its column's type has it: `columnsOf` saw to it that every value fits. */
function parquetValue(value: unknown, type: ColumnType): unknown {
  if (value === undefined || value === null) return null
  if (type === 'whole') return BigInt(value as number | bigint)
  if (type === 'real') return Number(value)
  if (type === 'truth' || type === 'date') return value
  return typeof value === 'string' ? value : jsonText(value)
}

function cell(value: unknown): string | number | bigint {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
  return value instanceof Date ? value.toISOString() : jsonText(value)
}

/** JSON has no numbers of any size: big ones are texts. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}` : inner))
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
