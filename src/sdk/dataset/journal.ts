import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import { fileError } from './file-error.ts'

/** The lines of a dataset's journal: what it is, which task was made for which row, and how it ended. */
const line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('dataset'), version: z.literal(1), singleton: z.string() }),
  /** Written before the task is published, so that no crash can make it forgotten. */
  z.object({
    type: z.literal('task'),
    row: z.int().min(0),
    attempt: z.int().min(0),
    digest: z.string(),
    taskId: z.string(),
  }),
  z.object({ type: z.literal('done'), row: z.int().min(0), value: z.record(z.string(), z.unknown()) }),
  z.object({ type: z.literal('failed'), row: z.int().min(0), code: z.string(), message: z.string() }),
])
export type JournalLine = z.output<typeof line>

const READ_BYTES = 1024 * 1024
/** A row's value is made of a task's result, which is much smaller. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

/** Where a line begins in the file, and its bytes without the line break. */
export interface LinePlace {
  readonly offset: number
  readonly length: number
}

export interface JournalRecord extends LinePlace {
  readonly line: JournalLine
}

/**
 * An append-only file of JSON lines. What was appended is on disk once that is said; of a crash in the middle of a line
 * nothing remains but the lines before it.
 */
export class Journal {
  readonly path: string
  readonly #file: FileHandle
  #end: number
  #queue: {
    readonly bytes: Buffer
    readonly done: (place: LinePlace) => void
    readonly fail: (error: unknown) => void
  }[] = []
  #pumping: Promise<void> | undefined
  /** What cannot be written after any more: half a line is at the end, and does not go away. */
  #broken: DriadError | undefined

  private constructor(path: string, file: FileHandle, end: number) {
    this.path = path
    this.#file = file
    this.#end = end
  }

  /**
   * Opens it and tells every line that is whole. Throws `bad_usage` where it is the journal of something else,
   * `data_folder_unusable` where it cannot be read or written.
   */
  static async open(path: string, onRecord: (record: JournalRecord) => void): Promise<Journal> {
    const file = await open(path, 'a+', 0o600).catch((error: unknown) => {
      throw fileError(path, error)
    })
    try {
      const end = await readLines(file, path, onRecord)
      // A line that was being written when the process ended.
      await file.truncate(end)
      return new Journal(path, file, end)
    } catch (error) {
      await file.close()
      throw fileError(path, error)
    }
  }

  /**
   * Resolves with where the line is once it is on disk; lines that come together share the wait. Throws `too_large`,
   * `disk_full`, `data_folder_unusable`: of a line that could not be written nothing stays.
   */
  async append(value: JournalLine): Promise<LinePlace> {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`)
    if (bytes.byteLength > MAX_LINE_BYTES) {
      const size = `${Math.ceil(bytes.byteLength / 1024)} KiB, and at most ${MAX_LINE_BYTES / 1024} KiB can be kept`
      throw new DriadError('too_large', `The row has ${size}`)
    }
    return new Promise((done, fail) => {
      this.#queue.push({ bytes, done, fail })
      this.#pumping ??= this.#pump().finally(() => {
        this.#pumping = undefined
      })
    })
  }

  async read({ offset, length }: LinePlace): Promise<JournalLine> {
    const buffer = Buffer.alloc(length)
    for (let at = 0; at < length; ) {
      const { bytesRead } = await this.#file.read(buffer, at, length - at, offset + at)
      if (bytesRead === 0) throw notOurs(this.path)
      at += bytesRead
    }
    return line.parse(jsonOf(buffer.toString('utf8')))
  }

  /** Twice is safe. */
  async close(): Promise<void> {
    await this.#pumping
    await this.#file.close().catch(() => undefined)
  }

  async #pump(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue
      this.#queue = []
      try {
        await this.#write(Buffer.concat(batch.map(({ bytes }) => bytes)))
      } catch (error) {
        for (const { fail } of batch) fail(error)
        continue
      }
      for (const { bytes, done } of batch) {
        done({ offset: this.#end, length: bytes.byteLength - 1 })
        this.#end += bytes.byteLength
      }
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    try {
      await this.#file.appendFile(bytes)
      await this.#file.datasync()
    } catch (cause) {
      const error = fileError(this.path, cause)
      // A full disk may have taken the beginning: what comes next would be a part of that line.
      await this.#file.truncate(this.#end).catch(() => {
        this.#broken = error
      })
      throw error
    }
  }
}

/** Reads the lines; the offset after the last whole one. */
async function readLines(
  file: FileHandle,
  path: string,
  onRecord: (record: JournalRecord) => void,
): Promise<number> {
  const buffer = Buffer.alloc(READ_BYTES)
  let rest = Buffer.alloc(0)
  let offset = 0
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, position)
    if (bytesRead === 0) return offset
    position += bytesRead
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    if (rest.byteLength > MAX_LINE_BYTES + READ_BYTES) throw notOurs(path)
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      const text = rest.subarray(0, at).toString('utf8')
      const parsed = line.safeParse(jsonOf(text))
      if (!parsed.success) throw notOurs(path)
      onRecord({ line: parsed.data, offset, length: at })
      offset += at + 1
      rest = rest.subarray(at + 1)
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function notOurs(path: string): DriadError {
  return new DriadError(
    'bad_usage',
    `${path} is not the journal of a dataset, or it is damaged. Choose another folder`,
  )
}
