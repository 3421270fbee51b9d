import { mkdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { z } from 'zod'
import { type FolderLock, takeFolderLock } from '../../node/store/folder-lock.ts'
import { DriadError } from '../../protocol/errors.ts'
import { Journal, type JournalLine } from './journal.ts'
import { type TableFormat, writeRows } from './write-rows.ts'

export interface DatasetInit<Row> {
  /** Kept for as long as the dataset is: what a run has done, also one that was interrupted, is in it. */
  readonly folder: string
  /** Of the rows: names and types of the columns, in their order. What does not fit is a failed row. */
  readonly schema?: z.ZodType<Row>
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
  done: { readonly offset: number; readonly length: number } | undefined
  failed: Omit<FailedRow, 'row'> | undefined
}

/** Rows that tasks made, in a folder. For one process at a time: `await using`, or `close()`. */
export class Dataset<Row = Record<string, unknown>> implements AsyncDisposable {
  readonly folder: string
  readonly schema: z.ZodType<Row> | undefined
  #opened: Promise<Journal> | undefined
  #lock: FolderLock | undefined
  #singleton: string | undefined
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
    const journal = await this.#open()
    for (const row of [...this.#rows.keys()].sort((a, b) => a - b)) {
      const done = this.#rows.get(row)?.done
      if (done === undefined) continue
      const line = await journal.read(done.offset, done.length)
      if (line.type === 'done') yield line.value as Row
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
   * rows. Throws `bad_usage` for another ending.
   */
  async write(path: string): Promise<number> {
    const format = extname(path).slice(1)
    if (format !== 'jsonl' && format !== 'csv' && format !== 'parquet') {
      throw new DriadError('bad_usage', `A dataset is written as .jsonl, .csv or .parquet, not as ${path}`)
    }
    return writeRows(this.rows() as AsyncIterable<Record<string, unknown>>, {
      path,
      format: format satisfies TableFormat,
      schema: this.schema,
    })
  }

  /** Twice is safe. */
  async close(): Promise<void> {
    const journal = await this.#opened?.catch(() => undefined)
    await journal?.close()
    this.#lock?.release()
    this.#lock = undefined
    this.#opened = undefined
    this.#rows.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** For the generator: binds the dataset to what makes its rows. Throws `bad_usage` where that was something else. */
  async bind(singleton: string): Promise<void> {
    const journal = await this.#open()
    if (this.#singleton === singleton) return
    if (this.#singleton !== undefined) {
      throw new DriadError(
        'bad_usage',
        `The dataset in ${this.folder} was begun with ${this.#singleton}, not ${singleton}. Use another folder`,
      )
    }
    await journal.append({ type: 'dataset', version: 1, singleton })
    this.#singleton = singleton
  }

  /** For the generator: how far a row is. Throws `bad_usage` where it was made from another instruction. */
  stateOf(row: number, digest: string): Readonly<RowState> {
    const state = this.#rows.get(row)
    if (state?.digest !== undefined && state.digest !== digest) {
      throw new DriadError(
        'bad_usage',
        `Instruction ${row} is another one than when the dataset in ${this.folder} was begun. Use another folder, or the same instructions`,
      )
    }
    return state ?? nothing()
  }

  /** For the generator. Resolves when it is on disk. */
  async record(line: Exclude<JournalLine, { type: 'dataset' }>): Promise<void> {
    const journal = await this.#open()
    const length = Buffer.byteLength(JSON.stringify(line))
    const offset = await journal.append(line)
    this.#learn(line, offset, length)
  }

  #open(): Promise<Journal> {
    this.#opened ??= this.#openJournal()
    return this.#opened
  }

  async #openJournal(): Promise<Journal> {
    await mkdir(this.folder, { recursive: true })
    this.#lock = lockFolder(this.folder)
    try {
      return await Journal.open(join(this.folder, 'journal.jsonl'), ({ line, offset, length }) => {
        if (line.type === 'dataset') this.#singleton = line.singleton
        else this.#learn(line, offset, length)
      })
    } catch (error) {
      this.#lock.release()
      this.#lock = undefined
      this.#opened = undefined
      throw error
    }
  }

  #learn(line: Exclude<JournalLine, { type: 'dataset' }>, offset: number, length: number): void {
    const state = this.#rows.get(line.row) ?? nothing()
    this.#rows.set(line.row, state)
    if (line.type === 'task') {
      state.digest = line.digest
      state.attempt = line.attempt
      state.taskId = line.taskId
      state.failed = undefined
    } else if (line.type === 'done') {
      // A row is there once, whatever the journal says later.
      state.done ??= { offset, length }
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
