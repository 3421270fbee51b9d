import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { DriadError } from '../../protocol/errors.ts'
import { toJson } from '../output.ts'

/** Which numbers are in a set, one bit each: a batch may have millions of lines. */
export class LineSet {
  #bits = new Uint8Array(1024)

  add(number: number): void {
    if (number >> 3 >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(this.#bits.length * 2, (number >> 3) + 1))
      larger.set(this.#bits)
      this.#bits = larger
    }
    this.#bits[number >> 3] = (this.#bits[number >> 3] ?? 0) | (1 << (number & 7))
  }

  has(number: number): boolean {
    return ((this.#bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0
  }
}

/** Lines of the batch file are at most this; a larger number is none of ours. */
const MAX_LINE_NUMBER = 2 ** 31 - 1

/** The file that a batch's results go to: a line of JSON for each task that has ended, in that order. */
export class ResultsFile {
  /** Lines of the batch whose results are there. */
  readonly done = new LineSet()
  readonly #file: FileHandle

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /**
   * Throws `bad_usage` for a file that has something in it already, unless `resume`; then its results are counted as done, and
   * what a crash left of half a line is cut off.
   */
  static async open(path: string, { resume }: { resume: boolean }): Promise<ResultsFile> {
    let file: FileHandle
    try {
      file = await open(path, resume ? 'a+' : 'ax+', 0o600)
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      if (code === 'EEXIST') {
        const text = `${path} is there already. Choose another file, or --resume to go on with that batch`
        throw new DriadError('bad_usage', text, { cause })
      }
      throw new DriadError('bad_usage', `The results cannot be written to ${path}: ${message}`, { cause })
    }
    const results = new ResultsFile(file)
    try {
      if (resume) await results.#readDone(path)
      return results
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** The bytes are with the system when this resolves. A crash of the computer may lose them; the task's result stays stored. */
  async append(value: object): Promise<void> {
    await this.#file.appendFile(`${toJson(value)}\n`)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #readDone(path: string): Promise<void> {
    let end = 0
    let offset = 0
    let rest: Buffer = Buffer.alloc(0)
    for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
      offset += bytes.length
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
      for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
        this.#note(path, rest.subarray(0, at).toString('utf8'))
        rest = rest.subarray(at + 1)
      }
      end = offset - rest.length
    }
    await this.#file.truncate(end)
  }

  #note(path: string, text: string): void {
    let line: unknown
    try {
      line = (JSON.parse(text) as { line?: unknown }).line
    } catch {
      // Told below.
    }
    if (typeof line !== 'number' || !Number.isInteger(line) || line < 1 || line > MAX_LINE_NUMBER)
      throw new DriadError('bad_usage', `${path} does not hold the results of a batch`)
    this.done.add(line)
  }
}
