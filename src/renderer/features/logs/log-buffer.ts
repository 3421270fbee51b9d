import type { LogLineView } from '../../../protocol/views.ts'

/** Lines kept for the Logs view; the files in the data folder have more. */
export const MAX_LOG_LINES = 100_000

/** The newest log lines of this window. Its snapshot is a new array after each change, for `useSyncExternalStore`. */
export class LogBuffer {
  #lines: readonly LogLineView[] = []
  #lastSeq = 0
  readonly #listeners = new Set<() => void>()
  readonly #limit: number

  constructor(limit = MAX_LOG_LINES) {
    this.#limit = limit
  }

  readonly snapshot = (): readonly LogLineView[] => this.#lines

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Appends what is newer than the newest line ever seen: a replay that overlaps adds nothing twice. */
  append(lines: readonly LogLineView[]): void {
    const fresh = lines.filter((line) => line.seq > this.#lastSeq)
    const last = fresh.at(-1)
    if (last === undefined) return
    this.#lastSeq = last.seq
    this.#lines = [...this.#lines, ...fresh].slice(-this.#limit)
    this.#tell()
  }

  /** Empties the view; the log itself stays. */
  clear(): void {
    this.#lines = []
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
