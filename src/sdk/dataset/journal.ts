import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'

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
/** A row's value is a task's result, which is smaller. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

export interface JournalRecord {
  readonly line: JournalLine
  /** Where the line begins in the file, and its bytes without the line break. */
  readonly offset: number
  readonly length: number
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
    readonly done: (offset: number) => void
    readonly fail: (error: unknown) => void
  }[] = []
  #pumping: Promise<void> | undefined

  private constructor(path: string, file: FileHandle, end: number) {
    this.path = path
    this.#file = file
    this.#end = end
  }

  /** Opens it and tells every line that is whole. Throws `bad_usage` where it is the journal of something else. */
  static async open(path: string, onRecord: (record: JournalRecord) => void): Promise<Journal> {
    const file = await open(path, 'a+', 0o600)
    try {
      const end = await readLines(file, path, onRecord)
      // A line that was being written when the process ended.
      await file.truncate(end)
      return new Journal(path, file, end)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Resolves with where the line is once it is on disk; lines that come together share the wait. */
  append(value: JournalLine): Promise<number> {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`)
    return new Promise((done, fail) => {
      this.#queue.push({ bytes, done, fail })
      this.#pumping ??= this.#pump().finally(() => {
        this.#pumping = undefined
      })
    })
  }

  async read(offset: number, length: number): Promise<JournalLine> {
    const buffer = Buffer.alloc(length)
    await this.#file.read(buffer, 0, length, offset)
    return line.parse(JSON.parse(buffer.toString('utf8')))
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
        await this.#file.appendFile(Buffer.concat(batch.map(({ bytes }) => bytes)))
        await this.#file.datasync()
      } catch (error) {
        for (const { fail } of batch) fail(error)
        continue
      }
      for (const { bytes, done } of batch) {
        done(this.#end)
        this.#end += bytes.byteLength
      }
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
