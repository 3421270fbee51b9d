import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChunkRecord, type PartHead, PartLedger } from './part-ledger.ts'

const READ_BYTES = 1024 * 1024
/** How often a chunk under way is recorded: a crash costs what came since. Each record waits for the disk. */
const RECORD_EVERY_MS = 250

/** A chunk that is being filled: bytes come in order, and are hashed as they come. */
export interface ChunkWriter {
  readonly chunk: number
  /** Where in the file the next byte belongs. */
  readonly offset: number
  /** Bytes that are missing still. */
  readonly missing: number
  /** Writes the next bytes, at most `missing`. They are recorded a little later; `settle` waits for that. */
  write(bytes: Uint8Array): Promise<void>
}

/** A file on its way: its bytes so far, and the record of them. */
export class PartFile {
  readonly ledger: PartLedger
  /** Bytes that were there when it was opened. */
  readonly resumedBytes: number
  readonly #path: string
  readonly #file: FileHandle
  /** What was written and is not recorded yet. */
  readonly #written = new Map<number, ChunkRecord>()
  #recording: Promise<void> | undefined
  #hurry = new AbortController()
  /** Why nothing more can be recorded. */
  #failure: Error | undefined

  private constructor(path: string, file: FileHandle, ledger: PartLedger) {
    this.#path = path
    this.#file = file
    this.ledger = ledger
    this.resumedBytes = ledger.received()
  }

  /** Takes up the part of the same content, or begins anew. Throws what the file system throws. */
  static async open(path: string, head: PartHead): Promise<PartFile> {
    const found = PartLedger.resume(`${path}.part.log`)
    const file = await open(`${path}.part`, found === undefined ? 'w+' : 'r+', 0o644).catch(
      async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        return open(`${path}.part`, 'w+', 0o644)
      },
    )
    try {
      const same =
        found !== undefined &&
        found.head.identity === head.identity &&
        found.head.totalBytes === head.totalBytes &&
        (await file.stat()).size === head.totalBytes
      if (same) return new PartFile(path, file, found)
      found?.close()
      await file.truncate(0)
      // Sparse where the file system can: the size says nothing of what is there, the ledger does.
      await file.truncate(head.totalBytes)
      return new PartFile(path, file, PartLedger.create(`${path}.part.log`, head))
    } catch (error) {
      found?.close()
      await file.close()
      throw error
    }
  }

  /** What an earlier run was fetching, if there is such a part. */
  static async found(path: string): Promise<{ head: PartHead; receivedBytes: number } | undefined> {
    const ledger = PartLedger.resume(`${path}.part.log`)
    ledger?.close()
    const part = await stat(`${path}.part`).catch(() => undefined)
    if (ledger === undefined || part?.size !== ledger.head.totalBytes) return undefined
    return { head: ledger.head, receivedBytes: ledger.received() }
  }

  static async discard(path: string): Promise<void> {
    for (const ending of ['.part', '.part.log', '.part.log.new'])
      await rm(`${path}${ending}`, { force: true })
  }

  /** Goes on with a chunk where the record says that it was left. What is there of it is read once more, for its hash. */
  async writer(chunk: number): Promise<ChunkWriter> {
    const { ledger } = this
    const start = ledger.offsetOf(chunk)
    const size = ledger.sizeOf(chunk)
    const hash = createHash('sha256')
    let filled = ledger.get(chunk).bytes
    await this.#feed(hash, start, start + filled)
    return {
      chunk,
      get offset() {
        return start + filled
      },
      get missing() {
        return size - filled
      },
      write: async (bytes) => {
        if (this.#failure !== undefined) throw this.#failure
        if (filled + bytes.byteLength > size) throw new RangeError('More bytes than the chunk has')
        await writeFully(this.#file, bytes, start + filled)
        hash.update(bytes)
        filled += bytes.byteLength
        this.#note(chunk, filled === size ? { bytes: size, sha256: hash.digest('hex') } : { bytes: filled })
      },
    }
  }

  /** Resolves when all that was written is on the disk and recorded. Throws what the file system throws. */
  async settle(): Promise<void> {
    while (this.#recording !== undefined) {
      this.#hurry.abort()
      await this.#recording
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  /**
   * Has it recorded once it is on the disk: the record must not outlive the bytes that it speaks of when the power fails. One
   * wait for the disk serves all that was written before it.
   */
  #note(chunk: number, record: ChunkRecord): void {
    this.#written.set(chunk, record)
    this.#record()
  }

  #record(): void {
    this.#recording ??= this.#recordAll()
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error(String(error))
        this.#written.clear()
      })
      .finally(() => {
        this.#recording = undefined
        // Written since it looked for the last time.
        if (this.#written.size > 0) this.#record()
      })
  }

  async #recordAll(): Promise<void> {
    this.#hurry = new AbortController()
    while (this.#written.size > 0) {
      const written = new Map(this.#written)
      this.#written.clear()
      await this.#file.datasync()
      for (const [chunk, record] of written) this.ledger.record(chunk, record)
      await sleep(RECORD_EVERY_MS, undefined, { signal: this.#hurry.signal }).catch(() => undefined)
    }
  }

  /** At most so many bytes of the file that end at the offset. What is before it must be there. */
  async bytesBefore(offset: number, bytes: number): Promise<Uint8Array> {
    const buffer = Buffer.alloc(Math.min(bytes, offset))
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, offset - buffer.length)
    return buffer.subarray(0, bytesRead)
  }

  /** Forgets a chunk: it is fetched again from its start. Nothing may be about to be recorded. */
  forget(chunk: number): void {
    this.ledger.record(chunk, { bytes: 0 })
  }

  /**
   * Reads all of it: the SHA-256 of the whole, and the chunks whose bytes on the disk are not those that came.
   * Rejects with the signal's reason.
   */
  async verify(options: {
    readonly signal: AbortSignal
    readonly onBytes: (bytes: number) => void
  }): Promise<{ readonly sha256: Uint8Array; readonly damaged: readonly number[] }> {
    const whole = createHash('sha256')
    const damaged: number[] = []
    for (let chunk = 0; chunk < this.ledger.count; chunk++) {
      const hash = createHash('sha256')
      const start = this.ledger.offsetOf(chunk)
      await this.#feed(hash, start, start + this.ledger.sizeOf(chunk), (bytes) => {
        options.signal.throwIfAborted()
        whole.update(bytes)
        options.onBytes(bytes.byteLength)
      })
      if (hash.digest('hex') !== this.ledger.get(chunk).sha256) damaged.push(chunk)
    }
    return { sha256: new Uint8Array(whole.digest()), damaged }
  }

  /** Makes it durable and gives it its name. The part is closed. */
  async finish(): Promise<void> {
    await this.#file.sync()
    await this.#file.close()
    await rename(`${this.#path}.part`, this.#path)
    await syncFolder(dirname(this.#path))
    this.ledger.remove()
  }

  /** Leaves it for another run. Twice is safe. */
  async close(): Promise<void> {
    // What cannot be recorded is fetched again.
    await this.settle().catch(() => undefined)
    this.ledger.close()
    await this.#file.close().catch(() => undefined)
  }

  async #feed(hash: Hash, from: number, to: number, onBytes?: (bytes: Uint8Array) => void): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, to - from)))
    for (let at = from; at < to; ) {
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, to - at), at)
      if (bytesRead === 0) throw new Error(`${this.#path}.part is shorter than it was`)
      const bytes = buffer.subarray(0, bytesRead)
      hash.update(bytes)
      onBytes?.(bytes)
      at += bytesRead
    }
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done)
    done += bytesWritten
  }
}

/** A rename is durable once its folder is. Not every system lets a folder be opened. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  if (folder === undefined) return
  await folder.sync().catch(() => undefined)
  await folder.close()
}
