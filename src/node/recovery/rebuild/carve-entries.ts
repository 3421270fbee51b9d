import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import type { LedgerEntry } from '../../ledger/contract.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOfRow } from '../../ledger/entry-row.ts'
import { isMoneyColumn } from '../../store/connection.ts'
import type { SqlValue } from '../../store/contract.ts'
import { isGenuine } from './ledger-entries.ts'

// https://www.sqlite.org/fileformat2.html: pages, cells, records, and the frames of a write-ahead log.
const PAGE_BYTES = 4096
const LEAF_OF_TABLE = 0x0d
const LOCAL_MOST = PAGE_BYTES - 35
const LOCAL_LEAST = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23
const LOG_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
/** An entry holds a result, which has a bound far below. */
const MOST_PAYLOAD_BYTES = 64 * 1024 * 1024

const columns = ENTRY_COLUMNS.split(',').map((name) => name.trim())

/**
 * Finds entries of the ledger on the pages themselves, where the way to them (the header, the schema, the pages above) is gone. Each
 * is believed for its hash and its keys alone, so it does not matter where it lay.
 */
export function carveEntries(path: string, publicKey: Uint8Array, take: (entry: LedgerEntry) => void): void {
  const pages = new PageFile(path)
  try {
    for (const page of pages.all()) {
      for (const { rowid, payload } of cellsOf(page, pages)) {
        const entry = entryIn(rowid, payload)
        if (entry !== undefined && isGenuine(entry, publicKey)) take(entry)
      }
    }
  } finally {
    pages.close()
  }
}

/** The pages of a database and of its write-ahead log. */
class PageFile {
  readonly #main: number | undefined
  readonly #log: number | undefined
  /** Where a page's newest content is in the log. */
  readonly #logged = new Map<number, number>()

  constructor(path: string) {
    this.#main = existsSync(path) ? openSync(path, 'r') : undefined
    this.#log = existsSync(`${path}-wal`) ? openSync(`${path}-wal`, 'r') : undefined
    for (const { page, offset } of this.#frames()) this.#logged.set(page, offset)
  }

  *all(): Generator<Buffer> {
    for (let number = 1; ; number++) {
      const page = read(this.#main, (number - 1) * PAGE_BYTES, PAGE_BYTES)
      if (page === undefined) break
      yield page
    }
    for (const { offset } of this.#frames()) {
      const page = read(this.#log, offset, PAGE_BYTES)
      if (page !== undefined) yield page
    }
  }

  page(number: number): Buffer | undefined {
    const offset = this.#logged.get(number)
    if (offset !== undefined) return read(this.#log, offset, PAGE_BYTES)
    return number < 1 ? undefined : read(this.#main, (number - 1) * PAGE_BYTES, PAGE_BYTES)
  }

  close(): void {
    for (const file of [this.#main, this.#log]) if (file !== undefined) closeSync(file)
  }

  *#frames(): Generator<{ page: number; offset: number }> {
    if (this.#log === undefined) return
    const { size } = fstatSync(this.#log)
    for (
      let at = LOG_HEADER_BYTES;
      at + FRAME_HEADER_BYTES + PAGE_BYTES <= size;
      at += FRAME_HEADER_BYTES + PAGE_BYTES
    ) {
      const header = read(this.#log, at, FRAME_HEADER_BYTES)
      if (header !== undefined) yield { page: header.readUInt32BE(0), offset: at + FRAME_HEADER_BYTES }
    }
  }
}

function read(file: number | undefined, offset: number, bytes: number): Buffer | undefined {
  if (file === undefined) return undefined
  const buffer = Buffer.alloc(bytes)
  return readSync(file, buffer, 0, bytes, offset) === bytes ? buffer : undefined
}

function* cellsOf(page: Buffer, pages: PageFile): Generator<{ rowid: bigint; payload: Buffer }> {
  if (page[0] !== LEAF_OF_TABLE) return
  const count = page.readUInt16BE(3)
  for (let i = 0; i < count && 10 + 2 * i <= PAGE_BYTES; i++) {
    try {
      yield cellAt(page, page.readUInt16BE(8 + 2 * i), pages)
    } catch {
      // Not a cell, or one whose rest is gone.
    }
  }
}

function cellAt(page: Buffer, offset: number, pages: PageFile): { rowid: bigint; payload: Buffer } {
  const length = varint(page, offset)
  const rowid = varint(page, length.end)
  const bytes = Number(length.value)
  if (bytes < columns.length || bytes > MOST_PAYLOAD_BYTES) throw new RangeError('no entry has that size')
  if (bytes <= LOCAL_MOST) return { rowid: rowid.value, payload: slice(page, rowid.end, bytes) }
  const split = LOCAL_LEAST + ((bytes - LOCAL_LEAST) % (PAGE_BYTES - 4))
  const local = split <= LOCAL_MOST ? split : LOCAL_LEAST
  const parts = [slice(page, rowid.end, local)]
  let rest = bytes - local
  let next = slice(page, rowid.end + local, 4).readUInt32BE(0)
  while (rest > 0) {
    const overflow = pages.page(next)
    if (overflow === undefined) throw new RangeError('its rest is gone')
    const part = slice(overflow, 4, Math.min(rest, PAGE_BYTES - 4))
    parts.push(part)
    rest -= part.byteLength
    next = overflow.readUInt32BE(0)
  }
  return { rowid: rowid.value, payload: Buffer.concat(parts) }
}

/** Undefined for a row of another table. */
function entryIn(rowid: bigint, payload: Buffer): LedgerEntry | undefined {
  try {
    const header = varint(payload, 0)
    const row: Record<string, SqlValue> = {}
    let type = header.end
    let body = Number(header.value)
    for (const column of columns) {
      if (type >= Number(header.value)) return undefined
      const serial = varint(payload, type)
      const { value, bytes } = valueAt(payload, body, Number(serial.value))
      // The number of a row is kept beside it, and not again in its column.
      row[column] = column === 'seq' ? Number(rowid) : number(column, value)
      type = serial.end
      body += bytes
    }
    return type === Number(header.value) ? entryOfRow(row as EntryRow) : undefined
  } catch {
    return undefined
  }
}

function number(column: string, value: SqlValue): SqlValue {
  return typeof value === 'bigint' && !isMoneyColumn(column) ? Number(value) : value
}

function valueAt(payload: Buffer, at: number, serial: number): { value: SqlValue; bytes: number } {
  if (serial === 0) return { value: null, bytes: 0 }
  if (serial === 8 || serial === 9) return { value: BigInt(serial - 8), bytes: 0 }
  if (serial <= 6) {
    const bytes = [0, 1, 2, 3, 4, 6, 8][serial] ?? 0
    return { value: BigInt.asIntN(8 * bytes, unsigned(slice(payload, at, bytes))), bytes }
  }
  if (serial < 12) throw new RangeError('an entry has no such value')
  const bytes = (serial - (serial % 2 === 0 ? 12 : 13)) / 2
  const part = slice(payload, at, bytes)
  return { value: serial % 2 === 0 ? new Uint8Array(part) : part.toString('utf8'), bytes }
}

function unsigned(bytes: Buffer): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

function varint(bytes: Buffer, at: number): { value: bigint; end: number } {
  let value = 0n
  for (let i = 0; i < 9; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) throw new RangeError('it ends before its end')
    if (i === 8) return { value: (value << 8n) | BigInt(byte), end: at + 9 }
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte < 0x80) return { value, end: at + i + 1 }
  }
  throw new RangeError('unreachable')
}

function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (at < 0 || at + length > bytes.byteLength) throw new RangeError('it ends before its end')
  return bytes.subarray(at, at + length)
}
