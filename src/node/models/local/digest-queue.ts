import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setImmediate as breathe } from 'node:timers/promises'
import { DriadError } from '../../../protocol/errors.ts'
import type { DigestQueueView } from '../../../protocol/local-model-views.ts'
import { Bandwidth } from '../../downloads/bandwidth.ts'
import type { Logger } from '../../logs/contract.ts'
import type { FileStamp, ModelRows } from '../model-rows.ts'
import { fileState } from './file-identity.ts'

const READ_BYTES = 256 * 1024
/** A model that runs reads its weights from the same disk, or its page cache. A file of 4 GB takes a minute and a half. */
const BYTES_PER_SECOND = 48 * 1024 * 1024
/** More than a scan finds. */
const MAX_WAITING = 4096

export interface DigestQueueInit {
  /** No limit where it is `Infinity`: for a command that somebody waits for. */
  readonly bytesPerSecond?: number
}

/**
 * Makes digests of files, one file at a time and slowly, and keeps them. A file that is being written to is left out.
 * What waits is not kept: whoever fills the queue does so again after a restart.
 */
export class DigestQueue {
  readonly #rows: ModelRows
  readonly #logger: Logger
  readonly #bandwidth: Bandwidth
  readonly #onChange: () => void
  readonly #waiting = new Map<string, FileStamp>()
  #current: { readonly path: string; doneBytes: number; readonly totalBytes: number } | undefined
  #cancel = new AbortController()
  #running: Promise<void> | undefined
  #stopped = false

  constructor(
    components: { readonly rows: ModelRows; readonly logger: Logger; readonly onChange: () => void },
    init: DigestQueueInit = {},
  ) {
    this.#rows = components.rows
    this.#logger = components.logger
    this.#onChange = components.onChange
    const { bytesPerSecond = BYTES_PER_SECOND } = init
    this.#bandwidth = new Bandwidth(Number.isFinite(bytesPerSecond) ? bytesPerSecond : undefined)
  }

  view(): DigestQueueView {
    return {
      waiting: this.#waiting.size,
      ...(this.#current !== undefined && { current: { ...this.#current } }),
    }
  }

  /** Files with a digest are left out. */
  add(files: readonly FileStamp[]): void {
    if (this.#stopped) return
    for (const file of files) {
      if (this.#waiting.size >= MAX_WAITING) break
      if (file.path !== this.#current?.path && this.#rows.digest(file) === undefined)
        this.#waiting.set(file.path, file)
    }
    if (this.#waiting.size > 0) this.#running ??= this.#run().finally(() => this.#ended())
    this.#onChange()
  }

  /** Leaves what waits and what is being read. */
  async cancel(): Promise<void> {
    this.#waiting.clear()
    const cancelled = this.#cancel
    this.#cancel = new AbortController()
    cancelled.abort(new DriadError('cancelled', 'It was cancelled'))
    await this.#running
    this.#onChange()
  }

  /** Resolves when nothing waits any more. */
  async whenIdle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  /** Twice is safe. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.cancel()
  }

  #ended(): void {
    this.#running = undefined
    this.#current = undefined
    if (this.#waiting.size > 0) this.add([])
    this.#onChange()
  }

  async #run(): Promise<void> {
    const { signal } = this.#cancel
    for (;;) {
      const [next] = this.#waiting.values()
      if (next === undefined || signal.aborted) return
      this.#waiting.delete(next.path)
      this.#current = { path: next.path, doneBytes: 0, totalBytes: next.sizeBytes }
      this.#onChange()
      try {
        await this.#digest(next, this.#current, signal)
      } catch (error) {
        if (signal.aborted) return
        this.#logger.warn(`${next.path} has no digest: ${DriadError.from(error).message}`)
      }
    }
  }

  async #digest(file: FileStamp, progress: { doneBytes: number }, signal: AbortSignal): Promise<void> {
    const hash = createHash('sha256')
    const handle = await open(file.path, 'r')
    try {
      const buffer = Buffer.allocUnsafe(READ_BYTES)
      for (;;) {
        await this.#bandwidth.take(READ_BYTES, { signal })
        await breathe()
        signal.throwIfAborted()
        const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, progress.doneBytes)
        if (bytesRead === 0) break
        hash.update(buffer.subarray(0, bytesRead))
        progress.doneBytes += bytesRead
        this.#onChange()
      }
    } finally {
      await handle.close()
    }
    const after = await fileState(file.path)
    if (after.sizeBytes !== file.sizeBytes || after.modifiedAtMs !== file.modifiedAtMs)
      throw new DriadError('model_invalid', 'it changed meanwhile')
    await this.#rows.putDigest(file, hash.digest())
  }
}
