import { createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { beginBatch, findBatch } from '../../node/requester/batch-record.ts'
import type { Requester, StreamedTask, TaskRequest } from '../../node/requester/contract.ts'
import type { Store } from '../../node/store/contract.ts'
import { takeFolderLock } from '../../node/store/folder-lock.ts'
import { DriadError } from '../../protocol/errors.ts'
import { type ExitCode, errorJson, exitCodes, type Output } from '../output.ts'
import { taskJson } from '../task-output.ts'
import { type BatchLine, MAX_LINE_CHARS, parseBatchLine } from './batch-line.ts'
import { linesOf } from './lines-of.ts'
import { ResultsFile } from './results-file.ts'

export interface BatchInit {
  /** A file with one task a line, or `-` for standard input. */
  readonly path: string
  /** Where results go; standard output where absent. */
  readonly out?: string
  /** Go on with the batch whose results are in `out`. */
  readonly resume: boolean
  /** For lines that do not say. */
  readonly defaults: Partial<TaskRequest>
  readonly timeoutMs: number
  readonly concurrency?: number
  readonly stdin?: NodeJS.ReadableStream
}

const NOTE_MS = 5_000

/**
 * Publishes every line of a file as a task, and writes each one's result as it ends. A line that is wrong is named, and the
 * others go on. Killed at any moment, it can be resumed: every task has a key, so none is published twice.
 */
export async function runBatch(
  { requester, store }: { readonly requester: Requester; readonly store: Store },
  init: BatchInit,
  output: Output,
): Promise<ExitCode> {
  checkFile(init.path)
  if (init.out === undefined) return new Batch(requester, undefined, undefined, init, output).run()
  const outPath = resolve(init.out)
  const lock = takeFolderLock(`${outPath}.lock`)
  try {
    const known = init.resume ? findBatch(store, outPath) : undefined
    if (init.resume && known === undefined) {
      const message = `No batch of this data folder has its results in ${outPath}. Check --out and --data-dir, or leave out --resume`
      throw new DriadError('bad_usage', message)
    }
    const results = await ResultsFile.open(outPath, init)
    try {
      const batch = known ?? (await beginBatch(store, outPath))
      return await new Batch(requester, results, batch, init, output).run()
    } finally {
      await results.close()
    }
  } finally {
    lock.release()
  }
}

class Batch {
  readonly #requester: Requester
  readonly #results: ResultsFile | undefined
  readonly #batch: string | undefined
  readonly #init: BatchInit
  readonly #output: Output
  /** What was given to the requester and is not written yet, by its index there. */
  readonly #underWay = new Map<number, BatchLine>()
  #published = 0
  #ended = 0
  #failed = 0
  #refused = 0
  #before = 0

  constructor(
    requester: Requester,
    results: ResultsFile | undefined,
    batch: string | undefined,
    init: BatchInit,
    output: Output,
  ) {
    this.#requester = requester
    this.#results = results
    this.#batch = batch
    this.#init = init
    this.#output = output
  }

  async run(): Promise<ExitCode> {
    const { concurrency } = this.#init
    const timer = setInterval(() => this.#output.note(this.#text()), NOTE_MS)
    try {
      const stream = this.#requester.stream(this.#tasks(), concurrency === undefined ? {} : { concurrency })
      for await (const ended of stream) await this.#write(ended)
    } finally {
      clearInterval(timer)
    }
    this.#output.note(this.#text())
    if (this.#refused > 0) return exitCodes.badInput
    return this.#failed > 0 ? exitCodes.failed : exitCodes.done
  }

  async *#tasks(): AsyncGenerator<TaskRequest> {
    const { path, defaults, timeoutMs, stdin = process.stdin } = this.#init
    const source = (path === '-' ? stdin : createReadStream(path)) as AsyncIterable<Buffer>
    for await (const text of linesOf(source, MAX_LINE_CHARS)) {
      if (text.text?.trim() === '') continue
      if (this.#results?.done.has(text.number)) {
        this.#before++
        continue
      }
      let line: BatchLine
      try {
        line = parseBatchLine(text)
        if (line.task.models === undefined && defaults.models === undefined)
          throw new DriadError('bad_usage', `Line ${text.number} has no models, and there is no --models`)
      } catch (error) {
        await this.#refuse({ line: text.number }, DriadError.from(error))
        continue
      }
      this.#underWay.set(this.#published++, line)
      yield {
        ...defaults,
        ...line.task,
        models: line.task.models ?? defaults.models ?? [],
        deadlineMs: Date.now() + (line.timeoutMs ?? timeoutMs),
        ...(this.#batch !== undefined && { key: `${this.#batch}/${line.number}/${line.digest}` }),
      }
    }
  }

  async #write({ index, task, refused }: StreamedTask): Promise<void> {
    const line = this.#underWay.get(index)
    this.#underWay.delete(index)
    const named = { line: line?.number ?? 0, ...(line?.id !== undefined && { id: line.id }) }
    if (refused !== undefined) {
      const { code, message, issues } = refused
      await this.#refuse(named, new DriadError(code, `Line ${named.line}: ${message}`, { issues }))
      return
    }
    this.#ended++
    if (task.status !== 'completed') this.#failed++
    await this.#append({ ...named, ...taskJson(task) })
  }

  async #refuse(named: { readonly line: number }, error: DriadError): Promise<void> {
    this.#refused++
    this.#output.note(`driad: ${error.message} (${error.code})`)
    await this.#append({ ...named, status: 'refused', error: errorJson(error) })
  }

  async #append(value: object): Promise<void> {
    if (this.#results === undefined) this.#output.line(value)
    else await this.#results.append(value)
  }

  #text(): string {
    const parts = [`${this.#ended} ended`]
    if (this.#failed > 0) parts.push(`${this.#failed} of them failed`)
    if (this.#refused > 0) parts.push(`${this.#refused} lines refused`)
    if (this.#before > 0) parts.push(`${this.#before} done before`)
    if (this.#underWay.size > 0) parts.push(`${this.#underWay.size} under way`)
    return parts.join(', ')
  }
}

/** Before anything else is done. Throws `bad_usage`. */
function checkFile(path: string): void {
  if (path === '-') return
  try {
    if (statSync(path).isDirectory()) throw new Error('it is a folder')
  } catch (cause) {
    throw new DriadError('bad_usage', `The batch ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
}
