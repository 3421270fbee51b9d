import type { SkippedView } from '../../../protocol/local-model-views.ts'

export interface ScanLimits {
  /** Folders in folders. */
  readonly depth: number
  /** Files and folders that are looked at. */
  readonly entries: number
  /** Models that are found. */
  readonly models: number
  readonly timeMs: number
}

/** Far above what people keep; below what a loop of mounts or a network drive would cost. */
export const scanLimits: ScanLimits = { depth: 8, entries: 200_000, models: 2000, timeMs: 120_000 }
/** What was skipped is told, up to this many. */
const MAX_SKIPPED = 200

/** What a scan may still spend, and what it left out. One for all places. */
export class ScanBudget {
  readonly skipped: SkippedView[] = []
  readonly depth: number
  readonly #limits: ScanLimits
  readonly #signal: AbortSignal
  readonly #onProgress: (path: string) => void
  readonly #endsAtMs: number
  #looked = 0
  #models = 0
  #spent = false

  constructor(limits: ScanLimits, signal: AbortSignal, onProgress: (path: string) => void) {
    this.depth = limits.depth
    this.#limits = limits
    this.#signal = signal
    this.#onProgress = onProgress
    this.#endsAtMs = performance.now() + limits.timeMs
  }

  get looked(): number {
    return this.#looked
  }

  get models(): number {
    return this.#models
  }

  /** Throws the signal's reason, if it is aborted. */
  check(): void {
    this.#signal.throwIfAborted()
  }

  /** Counts a file or folder. False once there was enough; throws the signal's reason. */
  look(path: string): boolean {
    this.#signal.throwIfAborted()
    if (this.#spent) return false
    if (this.#looked >= this.#limits.entries)
      return this.#end(path, `${this.#limits.entries} files and folders`)
    if (performance.now() > this.#endsAtMs) return this.#end(path, `${this.#limits.timeMs / 1000} s`)
    this.#looked++
    this.#onProgress(path)
    return true
  }

  /** Counts a model. False once there were enough. */
  find(path: string): boolean {
    if (this.#models >= this.#limits.models) return this.#end(path, `${this.#limits.models} models`)
    this.#models++
    return !this.#spent
  }

  skip(path: string, reason: string): void {
    if (this.skipped.length < MAX_SKIPPED) this.skipped.push({ path, reason })
  }

  #end(path: string, what: string): false {
    if (!this.#spent) this.skip(path, `the scan ended here: it had looked at ${what}`)
    this.#spent = true
    return false
  }
}

/** Why a file or folder could not be read, for people. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read by this user'
  if (code === 'ELOOP') return 'its links lead in a circle'
  if (code === 'ENOENT') return 'it leads to nothing'
  return `it cannot be read (${code ?? String(error)})`
}
