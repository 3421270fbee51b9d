import type { SkipCode, SkippedView } from '../../../protocol/local-model-views.ts'

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
    if (this.#looked >= this.#limits.entries) return this.#end(path, 'ended_entries', this.#limits.entries)
    if (performance.now() > this.#endsAtMs) return this.#end(path, 'ended_time', this.#limits.timeMs / 1_000)
    this.#looked++
    this.#onProgress(path)
    return true
  }

  /** Counts a model. False once there were enough. */
  find(path: string): boolean {
    if (this.#models >= this.#limits.models) return this.#end(path, 'ended_models', this.#limits.models)
    this.#models++
    return !this.#spent
  }

  skip(path: string, code: SkipCode, facts: SkippedView['facts'] = {}): void {
    if (this.skipped.length < MAX_SKIPPED) this.skipped.push({ path, code, facts })
  }

  /** Skips what the system would not let us read. */
  skipAfter(error: unknown, path: string): void {
    const { code, facts } = skipOf(error)
    this.skip(path, code, facts)
  }

  #end(path: string, code: SkipCode, count: number): false {
    if (!this.#spent) this.skip(path, code, { count })
    this.#spent = true
    return false
  }
}

/** Why a file or folder could not be read. */
export function skipOf(error: unknown): Pick<SkippedView, 'code' | 'facts'> {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'EACCES' || code === 'EPERM') return { code: 'not_allowed', facts: {} }
  if (code === 'ELOOP') return { code: 'link_loop', facts: {} }
  if (code === 'ENOENT') return { code: 'dangling', facts: {} }
  return { code: 'unreadable', facts: { cause: code ?? String(error) } }
}
