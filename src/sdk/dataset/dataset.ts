import { mkdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { z } from 'zod'
import { type FolderLock, takeFolderLock } from '../../node/store/folder-lock.ts'
import { DriadError } from '../../protocol/errors.ts'
import { fileError } from './file-error.ts'
import { Journal, type JournalLine, type LinePlace } from './journal.ts'
import { packedRow, unpackedRow } from './row-values.ts'
import { type TableFormat, writeRows } from './write-rows.ts'

export interface DatasetInit<Row> {
  /** Kept for as long as the dataset is: what a run has done, also one that was interrupted, is in it. */
  readonly folder: string
  /** Of the rows: names and types of the columns, in their order. What does not fit is a failed row. */
  readonly schema?: z.ZodType<Row>
}

export interface WriteDatasetOptions {
  /**
   * Puts a quote before texts of a CSV file that a spreadsheet would run as a formula (they begin with =, +, - or @); true
   * where absent, since strangers' models wrote them. False leaves every text as it is.
   */
  readonly escapeFormulas?: boolean
}

/** A row that there is none of, and why. */
export interface FailedRow {
  readonly row: number
  readonly code: string
  readonly message: string
}

interface RowState {
  /** Of the instruction that it is made from. */
  digest: string | undefined
  attempt: number
  taskId: string | undefined
  /** Where the journal has its value. */
  done: LinePlace | undefined
  failed: Omit<FailedRow, 'row'> | undefined
}

/** Rows that tasks made, in a folder. For one process at a time: `await using`, or `close()`. */
export class Dataset<Row = Record<string, unknown>> implements AsyncDisposable {
  readonly folder: string
  readonly schema: z.ZodType<Row> | undefined
  #opened: Promise<Journal> | undefined
  #lock: FolderLock | undefined
  #maker: string | undefined
  #isBound = false
  #nextRow = 0
  readonly #rows = new Map<number, RowState>()

  constructor(init: DatasetInit<Row>) {
    this.folder = init.folder
    this.schema = init.schema
  }

  /** Rows that are there. */
  async size(): Promise<number> {
    await this.#open()
    let size = 0
    for (const { done } of this.#rows.values()) if (done !== undefined) size++
    return size
  }

  /** The rows in the order of their instructions; numbers of missing ones are left out. */
  async *rows(): AsyncGenerator<Row> {
    for await (const [, row] of this.entries()) yield row
  }

  /** The rows with their numbers, which stay the same when missing ones are made later. */
  async *entries(): AsyncGenerator<readonly [number: number, row: Row]> {
    const journal = await this.#open()
    for (const number of [...this.#rows.keys()].sort((a, b) => a - b)) {
      const done = this.#rows.get(number)?.done
      if (done === undefined) continue
      const line = await journal.read(done)
      if (line.type === 'done') yield [number, unpackedRow(line.value) as Row]
    }
  }

  async failures(): Promise<readonly FailedRow[]> {
    await this.#open()
    return [...this.#rows]
      .flatMap(([row, { failed, done }]) =>
        failed === undefined || done !== undefined ? [] : [{ row, ...failed }],
      )
      .sort((a, b) => a.row - b.row)
  }

  /**
   * Writes the rows to a file: `.jsonl`, `.csv` or `.parquet`. It is there whole or not at all. Resolves with the number of
   * rows. Throws `bad_usage` for another ending, `disk_full` or `data_folder_unusable` where it cannot be written.
   */
  async write(path: string, { escapeFormulas = true }: WriteDatasetOptions = {}): Promise<number> {
    const format = extname(path).slice(1).toLowerCase()
    if (format !== 'jsonl' && format !== 'csv' && format !== 'parquet') {
      throw new DriadError('bad_usage', `A dataset is written as .jsonl, .csv or .parquet, not as ${path}`)
    }
    return writeRows(() => this.rows() as AsyncIterable<Record<string, unknown>>, {
      path,
      format: format satisfies TableFormat,
      schema: this.schema,
      escapeFormulas,
    })
  }

  /** Twice is safe. */
  async close(): Promise<void> {
    const journal = await this.#opened?.catch(() => undefined)
    await journal?.close()
    this.#forget()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * For the generator: binds the dataset to what makes its rows, and to this run alone until what is returned is called.
   * Throws `bad_usage` where another run is under way, or where the rows were made by something else.
   */
  async bind(maker: string): Promise<() => void> {
    if (this.#isBound) throw new DriadError('bad_usage', `Rows are being made in ${this.folder} already`)
    this.#isBound = true
    try {
      const journal = await this.#open()
      if (this.#maker === undefined) {
        await journal.append({ type: 'dataset', version: 1, singleton: maker })
        this.#maker = maker
      } else if (this.#maker !== maker) {
        throw new DriadError(
          'bad_usage',
          `The dataset in ${this.folder} was begun with ${this.#maker}, not ${maker}. Use another folder`,
        )
      }
    } catch (error) {
      this.#isBound = false
      throw error
    }
    return () => {
      this.#isBound = false
    }
  }

  /** For the generator: the number after that of the last row that was ever asked for. */
  get nextRow(): number {
    return this.#nextRow
  }

  /** For the generator: how far a row is. Throws `bad_usage` where it was made from another instruction. */
  stateOf(row: number, digest: string): Readonly<RowState> {
    const state = this.#rows.get(row)
    if (state?.digest !== undefined && state.digest !== digest) {
      throw new DriadError(
        'bad_usage',
        `Row ${row} was begun with another instruction (or model) than it has now. Use another folder than ${this.folder}, or the same instructions in the same order`,
      )
    }
    return state ?? nothing()
  }

  /** For the generator. Resolves when it is on disk. Throws `too_large`, `disk_full`, `data_folder_unusable`. */
  async record(line: Exclude<JournalLine, { type: 'dataset' }>): Promise<void> {
    const journal = await this.#open()
    const kept = line.type === 'done' ? { ...line, value: packedRow(line.value) } : line
    this.#learn(kept, await journal.append(kept))
  }

  #open(): Promise<Journal> {
    this.#opened ??= this.#openJournal()
    return this.#opened
  }

  async #openJournal(): Promise<Journal> {
    try {
      await mkdir(this.folder, { recursive: true })
      this.#lock = lockFolder(this.folder)
      return await Journal.open(join(this.folder, 'journal.jsonl'), ({ line, ...place }) => {
        if (line.type === 'dataset') this.#maker = line.singleton
        else this.#learn(line, place)
      })
    } catch (error) {
      this.#forget()
      throw fileError(this.folder, error)
    }
  }

  /** As it was before it was opened: the next call tries again. */
  #forget(): void {
    this.#lock?.release()
    this.#lock = undefined
    this.#opened = undefined
    this.#maker = undefined
    this.#nextRow = 0
    this.#rows.clear()
  }

  #learn(line: Exclude<JournalLine, { type: 'dataset' }>, place: LinePlace): void {
    const state = this.#rows.get(line.row) ?? nothing()
    this.#rows.set(line.row, state)
    this.#nextRow = Math.max(this.#nextRow, line.row + 1)
    if (line.type === 'task') {
      state.digest = line.digest
      state.attempt = line.attempt
      state.taskId = line.taskId
      state.failed = undefined
    } else if (line.type === 'done') {
      // A row is there once, whatever the journal says later.
      state.done ??= place
      state.taskId = undefined
      state.failed = undefined
    } else state.failed = { code: line.code, message: line.message }
  }
}

function nothing(): RowState {
  return { digest: undefined, attempt: 0, taskId: undefined, done: undefined, failed: undefined }
}

function lockFolder(folder: string): FolderLock {
  try {
    return takeFolderLock(join(folder, 'dataset.lock'))
  } catch (cause) {
    if (DriadError.from(cause).code !== 'data_folder_in_use') throw cause
    throw new DriadError('data_folder_in_use', `Another process is using the dataset in ${folder}`, { cause })
  }
}
