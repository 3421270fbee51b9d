import type { DownloadNotice, DownloadProgress } from '../../protocol/pull-views.ts'
import { SpeedMeter } from './speed-meter.ts'

/** Whoever watches is told at most that often. */
const TELL_INTERVAL_MS = 200
/** And at least that often, so that the speed of what stands still falls. */
const TICK_MS = 1000

/** Counts a download's bytes and tells how it gets on. */
export class DownloadTracker {
  /** Bytes that came over the network. */
  fetchedBytes = 0
  readonly #onProgress: ((progress: DownloadProgress) => void) | undefined
  readonly #speed = new SpeedMeter()
  #phase: DownloadProgress['phase'] = 'connecting'
  #receivedBytes = 0
  #resumedBytes = 0
  #totalBytes: number | undefined
  #verifiedBytes: number | undefined
  #notice: DownloadNotice | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #ticks: NodeJS.Timeout | undefined

  constructor(onProgress: ((progress: DownloadProgress) => void) | undefined) {
    this.#onProgress = onProgress
    if (onProgress !== undefined) this.#ticks = setInterval(() => this.#tell(), TICK_MS)
  }

  phase(phase: DownloadProgress['phase']): void {
    this.#phase = phase
    this.#verifiedBytes = phase === 'verifying' ? 0 : undefined
    this.#tell()
  }

  begin(totalBytes: number, resumedBytes: number): void {
    this.#totalBytes = totalBytes
    this.#receivedBytes = resumedBytes
    this.#resumedBytes = resumedBytes
    this.#tell()
  }

  received(bytes: number): void {
    this.fetchedBytes += bytes
    this.#receivedBytes += bytes
    this.#speed.add(bytes)
    this.#notice = undefined
    this.#tellSoon()
  }

  verified(bytes: number): void {
    this.#verifiedBytes = (this.#verifiedBytes ?? 0) + bytes
    this.#tellSoon()
  }

  /** It is fetched from the start: nothing that was there counts. */
  restarted(): void {
    this.recount(0)
    this.#resumedBytes = 0
  }

  recount(receivedBytes: number): void {
    this.#receivedBytes = receivedBytes
    this.#tell()
  }

  notice(notice: DownloadNotice): void {
    this.#notice = notice
    this.#tell()
  }

  stop(): void {
    clearInterval(this.#ticks)
    this.#cancelTelling()
  }

  #cancelTelling(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #tellSoon(): void {
    if (this.#onProgress === undefined) return
    this.#timer ??= setTimeout(() => this.#tell(), TELL_INTERVAL_MS)
  }

  #tell(): void {
    this.#cancelTelling()
    const bytesPerSecond = this.#speed.bytesPerSecond()
    const left = this.#totalBytes === undefined ? undefined : this.#totalBytes - this.#receivedBytes
    this.#onProgress?.({
      phase: this.#phase,
      receivedBytes: this.#receivedBytes,
      resumedBytes: this.#resumedBytes,
      bytesPerSecond,
      ...(this.#verifiedBytes === undefined ? {} : { verifiedBytes: this.#verifiedBytes }),
      ...(this.#totalBytes === undefined ? {} : { totalBytes: this.#totalBytes }),
      ...(left === undefined || bytesPerSecond === 0
        ? {}
        : { etaMs: Math.round((left * 1000) / bytesPerSecond) }),
      ...(this.#notice === undefined ? {} : { notice: this.#notice }),
    })
  }
}
