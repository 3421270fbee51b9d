import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DriadError } from '../../protocol/errors.ts'
import { Bandwidth } from './bandwidth.ts'
import {
  type DownloadedFile,
  type DownloadLimits,
  type DownloadOptions,
  type DownloadRequest,
  downloadLimits,
} from './contract.ts'
import { DownloadTracker } from './download-tracker.ts'
import {
  ContentChanged,
  type FileAnswer,
  type FileRequestComponents,
  PartRefused,
  PassingFailure,
  RangeUnsatisfiable,
  type RemoteFile,
  requestFile,
} from './file-request.ts'
import { OrderedWriter } from './ordered-writer.ts'
import { checkSpace, diskError, lockPart } from './part-disk.ts'
import { type ChunkWriter, PartFile } from './part-file.ts'
import { LEAST_BYTES, readBody } from './read-body.ts'

/** How often a download begins anew because the file changed on the server, or came damaged. */
const RESTARTS = 2
/** How often a server may send the whole file where a part was asked for before it is taken at its word. */
const PART_REFUSALS = 3
/** Bytes that are there already, and have to come again the same, before others are believed to follow them. */
const OVERLAP_BYTES = 4096
/** Tries of a source while there are further ones. */
const MIRRORED_ATTEMPTS = 4

export interface DownloadComponents extends FileRequestComponents {
  /** Shared by all downloads of the program. */
  readonly bandwidth?: Bandwidth
}

/**
 * Fetches a file in parallel ranges, so that it is whole and verified when it has its name, or not there at all. Whatever
 * ends it (an abort, a crash, a failure) leaves the part, and the next call with the same request goes on from it.
 *
 * @throws DriadError `download_failed` with what every source said, `download_corrupt` where the bytes are not those of the
 * digest, `disk_full`; and the signal's reason.
 */
export async function downloadFile(
  components: DownloadComponents,
  request: DownloadRequest,
  options: DownloadOptions & { readonly limits?: Partial<DownloadLimits> },
): Promise<DownloadedFile> {
  options.signal.throwIfAborted()
  await mkdir(dirname(request.path), { recursive: true }).catch((cause: unknown) => {
    throw diskError(request.path, cause)
  })
  const lock = lockPart(request.path)
  const tracker = new DownloadTracker(options.onProgress)
  const limits = { ...downloadLimits, ...options.limits }
  const failures: DriadError[] = []
  try {
    for (const [index, url] of request.sources.entries()) {
      const last = index === request.sources.length - 1
      const own = last
        ? limits
        : {
            ...limits,
            attempts: Math.min(limits.attempts, MIRRORED_ATTEMPTS),
            maxRetryAfterMs: limits.maxBackoffMs,
          }
      try {
        const download = new Download(components, request, url, own, tracker, options.signal)
        return await download.run()
      } catch (error) {
        options.signal.throwIfAborted()
        const failure = DriadError.from(error)
        if (failure.code === 'disk_full' || failure.code === 'internal') throw failure
        failures.push(failure)
      }
    }
    const [first] = failures
    if (first === undefined) throw new DriadError('download_failed', 'There is no address to fetch it from')
    if (failures.length === 1) throw first
    const message = failures.map((failure) => failure.message).join('; ')
    // Whoever asks whether another try later may do needs to know of one that may.
    const passing = failures.find((failure) => failure.cause instanceof PassingFailure) ?? first
    throw new DriadError(first.code, message, { cause: passing.cause })
  } finally {
    tracker.stop()
    lock.release()
  }
}

/** A part has other bytes than it had. */
class WrongPart extends Error {}

/** One file from one source. For one call of `run`. */
class Download {
  readonly #components: DownloadComponents
  readonly #request: DownloadRequest
  readonly #url: string
  readonly #limits: DownloadLimits
  readonly #tracker: DownloadTracker
  readonly #signal: AbortSignal
  readonly #bandwidth: Bandwidth
  #useRanges = true

  constructor(
    components: DownloadComponents,
    request: DownloadRequest,
    url: string,
    limits: DownloadLimits,
    tracker: DownloadTracker,
    signal: AbortSignal,
  ) {
    this.#components = components
    this.#request = request
    this.#url = url
    this.#limits = limits
    this.#tracker = tracker
    this.#signal = signal
    this.#bandwidth = components.bandwidth ?? new Bandwidth()
  }

  async run(): Promise<DownloadedFile> {
    for (let restart = 0; ; restart++) {
      try {
        return await this.#attempt()
      } catch (error) {
        if ((error instanceof PartRefused || error instanceof WrongPart) && this.#useRanges) {
          this.#useRanges = false
          this.#tracker.notice({ code: 'onePiece', reason: error.message })
          continue
        }
        if (!(error instanceof ContentChanged)) throw error
        if (restart === RESTARTS)
          throw new DriadError('download_failed', `The file keeps changing: ${error.message}`, {
            cause: error,
          })
        this.#tracker.notice({ code: 'anew', reason: error.message })
      }
    }
  }

  async #attempt(): Promise<DownloadedFile> {
    this.#tracker.phase('connecting')
    const remote = await this.#probe()
    const expected = this.#digestOf(remote)
    const part = await this.#openPart(remote, expected)
    try {
      this.#tracker.begin(remote.totalBytes, part.resumedBytes)
      for (let round = 0; ; round++) {
        await this.#fetch(part, remote)
        await this.#settle(part)
        const sha256 = await this.#verify(part, expected)
        if (sha256 !== undefined) {
          await part.finish().catch((cause: unknown) => {
            throw diskError(this.#request.path, cause)
          })
          const fetchedBytes = this.#tracker.fetchedBytes
          const { totalBytes: sizeBytes } = remote
          return {
            path: this.#request.path,
            sizeBytes,
            sha256,
            verified: expected !== undefined,
            fetchedBytes,
          }
        }
        if (round === RESTARTS) throw this.#corrupt()
      }
    } finally {
      await part.close()
    }
  }

  /** Asks for one byte: how large the file is, what identifies it, and whether parts of it can be had. */
  async #probe(): Promise<RemoteFile> {
    return this.#trying(async () => {
      const answer = await this.#firstAnswer()
      answer.body.destroy()
      const { sizeBytes, sha256 } = this.#request
      const { totalBytes, sha256: told } = answer.file
      if (totalBytes === 0) throw new DriadError('download_failed', 'The file is empty there')
      if (sha256 !== undefined && told !== undefined && told !== Buffer.from(sha256).toString('hex')) {
        const message = `${new URL(this.#url).host} has another file there: it tells another SHA-256`
        throw new DriadError('download_failed', message)
      }
      if (sizeBytes !== undefined && sizeBytes !== totalBytes) {
        const message = `The file has ${totalBytes} bytes there, and should have ${sizeBytes}: it is another file`
        throw new DriadError('download_failed', message)
      }
      return answer.file
    })
  }

  async #firstAnswer(): Promise<FileAnswer> {
    const ask = (range?: { readonly from: number; readonly to: number }) =>
      requestFile(
        this.#components,
        { ...this.#asked(), ...(range === undefined ? {} : { range }) },
        this.#limits,
        this.#signal,
      )
    try {
      return await ask({ from: 0, to: 1 })
    } catch (error) {
      // Every file but an empty one has a first byte: this server does not know what a range is.
      if (error instanceof RangeUnsatisfiable) return ask()
      throw error
    }
  }

  async #openPart(remote: RemoteFile, expected: string | undefined): Promise<PartFile> {
    const { path } = this.#request
    // Content that nothing identifies cannot be told from other content, so its parts are of no use later.
    const identity = expected ?? `${this.#url} ${remote.validator ?? `unknown ${Date.now()}`}`
    const head = {
      version: 1,
      totalBytes: remote.totalBytes,
      chunkBytes: chunkBytesFor(remote.totalBytes, this.#limits),
      identity,
    } as const
    const found = await PartFile.found(path)
    const held = found?.head.identity === identity ? found.receivedBytes : 0
    await checkSpace(path, remote.totalBytes - held, this.#limits.reserveBytes)
    try {
      return await PartFile.open(path, head)
    } catch (cause) {
      throw diskError(path, cause)
    }
  }

  async #fetch(part: PartFile, remote: RemoteFile): Promise<void> {
    this.#tracker.phase('downloading')
    const missing = Array.from({ length: part.ledger.count }, (_, chunk) => chunk).filter(
      (chunk) => !part.ledger.isComplete(chunk),
    )
    if (missing.length === 0) return
    if (!remote.ranges || !this.#useRanges) return this.#fetchWhole(part, remote)
    if (this.#digestOf(remote) === undefined) return this.#fetchInOrder(part, remote)

    const failed = new AbortController()
    const signal = AbortSignal.any([this.#signal, failed.signal])
    const work = async () => {
      for (let chunk = missing.shift(); chunk !== undefined; chunk = missing.shift()) {
        await this.#fetchChunk(part, chunk, remote, signal)
      }
    }
    const workers = Array.from({ length: Math.min(this.#limits.connections, missing.length) }, () =>
      work().catch((error: unknown) => {
        failed.abort(error)
        throw error
      }),
    )
    // Nobody may write any more when the part is closed.
    await Promise.allSettled(workers)
    this.#signal.throwIfAborted()
    if (failed.signal.aborted) throw failed.signal.reason
  }

  async #fetchChunk(part: PartFile, chunk: number, remote: RemoteFile, signal: AbortSignal): Promise<void> {
    const end = part.ledger.offsetOf(chunk) + part.ledger.sizeOf(chunk)
    const writer = await part.writer(chunk)
    await this.#trying(async () => {
      if (writer.missing === 0) return
      const answer = await this.#askPart(remote, { from: writer.offset, to: end }, signal)
      await this.#pour(answer.body, writer, signal)
      if (writer.missing > 0) throw new PassingFailure('the answer ended early')
    }, signal)
  }

  /** An answer with that part of the file as it was when the download began. */
  async #askPart(
    remote: RemoteFile,
    range: { readonly from: number; readonly to: number },
    signal: AbortSignal,
  ): Promise<FileAnswer> {
    const answer = await requestFile(
      this.#components,
      {
        ...this.#asked(),
        range,
        ...(remote.validator === undefined ? {} : { validator: remote.validator }),
      },
      this.#limits,
      signal,
    )
    const { ranges, totalBytes, validator } = answer.file
    const same = totalBytes === remote.totalBytes && validator === remote.validator
    if (same && ranges) return answer
    answer.body.destroy()
    if (same && (validator !== undefined || this.#digestOf(remote) !== undefined))
      throw new PartRefused('The server sends all of the file where a part was asked for')
    throw new ContentChanged('The file on the server is not the one it was')
  }

  /**
   * Where nobody vouches for the whole, nothing tells a server that lies about parts but the bytes themselves. So there is one
   * connection, and whenever it is made anew, what comes must go on from bytes that are there already.
   */
  async #fetchInOrder(part: PartFile, remote: RemoteFile): Promise<void> {
    for (;;) {
      await this.#settle(part)
      const gap = await OrderedWriter.gap(part)
      if (gap === undefined) return
      await this.#trying(async () => {
        const overlap = await part.bytesBefore(gap.offset, OVERLAP_BYTES)
        const from = gap.offset - overlap.byteLength
        const answer = await this.#askPart(remote, { from, to: gap.endOffset }, this.#signal)
        let compared = 0
        await readBody(answer.body, {
          ...this.#reading(this.#signal),
          take: async (bytes) => {
            const again = bytes.subarray(0, overlap.byteLength - compared)
            if (Buffer.compare(again, overlap.subarray(compared, compared + again.byteLength)) !== 0)
              throw new WrongPart('The server sends other bytes than those that were asked for')
            compared += again.byteLength
            await this.#writeInOrder(gap, bytes.subarray(again.byteLength))
            return !gap.isFull
          },
        })
        if (!gap.isFull) throw new PassingFailure('the answer ended early')
      })
    }
  }

  /** Without ranges: all of it in one answer, from the start each time. */
  async #fetchWhole(part: PartFile, remote: RemoteFile): Promise<void> {
    await this.#trying(async () => {
      await this.#settle(part)
      for (let chunk = 0; chunk < part.ledger.count; chunk++) part.forget(chunk)
      this.#tracker.restarted()
      const answer = await requestFile(this.#components, this.#asked(), this.#limits, this.#signal)
      const { totalBytes, validator } = answer.file
      if (totalBytes !== remote.totalBytes || validator !== remote.validator) {
        answer.body.destroy()
        throw new ContentChanged('The file on the server is not the one it was')
      }
      const all = await OrderedWriter.whole(part)
      await readBody(answer.body, {
        ...this.#reading(this.#signal),
        take: async (bytes) => {
          await this.#writeInOrder(all, bytes)
          return !all.isFull
        },
      })
      if (!all.isFull) throw new PassingFailure('the answer ended early')
    })
  }

  async #settle(part: PartFile): Promise<void> {
    await part.settle().catch((cause: unknown) => {
      throw diskError(this.#request.path, cause)
    })
  }

  async #writeInOrder(writer: OrderedWriter, bytes: Uint8Array): Promise<void> {
    const before = writer.offset
    try {
      await writer.write(bytes)
    } catch (cause) {
      throw diskError(this.#request.path, cause)
    }
    this.#tracker.received(writer.offset - before)
  }

  async #pour(body: Parameters<typeof readBody>[0], writer: ChunkWriter, signal: AbortSignal): Promise<void> {
    await readBody(body, {
      ...this.#reading(signal),
      take: async (bytes) => {
        // Whatever comes beyond what was asked for is not ours.
        await this.#write(writer, bytes.subarray(0, writer.missing))
        return writer.missing > 0
      },
    })
  }

  async #write(writer: ChunkWriter, bytes: Uint8Array): Promise<void> {
    try {
      await writer.write(bytes)
    } catch (cause) {
      throw diskError(this.#request.path, cause)
    }
    this.#tracker.received(bytes.byteLength)
  }

  /** The digest, if all is as it ought to be; else undefined, with what is wrong forgotten, to be fetched again. */
  async #verify(part: PartFile, expected: string | undefined): Promise<Uint8Array | undefined> {
    this.#tracker.phase('verifying')
    const { sha256, damaged } = await part.verify({
      signal: this.#signal,
      onBytes: (bytes) => this.#tracker.verified(bytes),
    })
    if (damaged.length > 0) {
      this.#tracker.notice({ code: 'damaged' })
      for (const chunk of damaged) part.forget(chunk)
      this.#tracker.recount(part.ledger.received())
      return undefined
    }
    if (expected === undefined || Buffer.from(sha256).toString('hex') === expected) return sha256
    for (let chunk = 0; chunk < part.ledger.count; chunk++) part.forget(chunk)
    this.#tracker.recount(0)
    // A server that answers for one range with another's bytes can still send all of them in order.
    if (!this.#useRanges) {
      await PartFile.discard(this.#request.path)
      throw this.#corrupt()
    }
    this.#useRanges = false
    this.#tracker.notice({ code: 'wrongFile' })
    return undefined
  }

  #corrupt(): DriadError {
    return new DriadError(
      'download_corrupt',
      `What ${new URL(this.#url).host} sends is not the file that was meant: its SHA-256 is another one. Nothing of it was kept`,
    )
  }

  /** Tries until it works, waiting ever longer while nothing comes; throws what another try cannot mend. */
  async #trying<T>(work: () => Promise<T>, signal: AbortSignal = this.#signal): Promise<T> {
    const { attempts, backoffMs, maxBackoffMs, maxRetryAfterMs } = this.#limits
    for (let failures = 0, refusals = 0; ; ) {
      const before = this.#tracker.fetchedBytes
      try {
        return await work()
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof PassingFailure)) throw error
        if (error instanceof PartRefused && ++refusals >= PART_REFUSALS) throw error
        failures = this.#tracker.fetchedBytes - before >= LEAST_BYTES ? 1 : failures + 1
        if (failures >= attempts || error.retryAfterMs > maxRetryAfterMs) {
          const message =
            failures >= attempts
              ? `Gave up after ${attempts} tries: ${error.message}`
              : `${error.message}, and is not to be asked again for ${Math.ceil(error.retryAfterMs / 1000)} s`
          throw new DriadError('download_failed', message, { cause: error })
        }
        const backedOffMs = Math.min(maxBackoffMs, backoffMs * 2 ** (failures - 1) * (0.5 + Math.random()))
        const waitMs = Math.max(error.retryAfterMs, backedOffMs)
        this.#tracker.notice({ code: 'retry', waitMs, reason: error.message })
        await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted())
      }
    }
  }

  #asked() {
    const { token, sizeBytes } = this.#request
    return {
      url: this.#url,
      ...(token === undefined ? {} : { token }),
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
    }
  }

  #reading(signal: AbortSignal) {
    return { bandwidth: this.#bandwidth, stallMs: this.#limits.stallMs, signal }
  }

  /** In hex. What the caller knows comes before what the server says. */
  #digestOf(remote: RemoteFile): string | undefined {
    const { sha256 } = this.#request
    return sha256 === undefined ? remote.sha256 : Buffer.from(sha256).toString('hex')
  }
}

/** Whole multiples of the least size, so few that there are not too many of them. */
function chunkBytesFor(totalBytes: number, { chunkBytes, maxChunks }: DownloadLimits): number {
  return chunkBytes * Math.max(1, Math.ceil(totalBytes / chunkBytes / maxChunks))
}
