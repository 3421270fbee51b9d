import type { LogHistory, LogLine } from './contract.ts'

/** The newest lines, in memory. */
export class LogRing implements LogHistory {
  readonly #size: number
  readonly #listeners = new Set<(line: LogLine) => void>()
  /** Line `seq` is at `seq % size`. */
  readonly #lines: LogLine[] = []
  #lastSeq = 0

  constructor(size: number) {
    this.#size = size
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  add(line: Omit<LogLine, 'seq'>): LogLine {
    this.#lastSeq++
    const numbered: LogLine = { seq: this.#lastSeq, ...line }
    this.#lines[this.#lastSeq % this.#size] = numbered
    for (const listener of this.#listeners) {
      try {
        listener(numbered)
      } catch {
        // Logging it would call the same listener again. Whoever listens handles its own failures.
      }
    }
    return numbered
  }

  linesAfter(seq: number, limit: number = this.#size): readonly LogLine[] {
    const first = Math.max(seq + 1, this.#lastSeq - this.#size + 1, 1)
    // Where the limit cuts, the newest are the ones to show.
    const start = Math.max(first, this.#lastSeq - limit + 1)
    const lines: LogLine[] = []
    for (let next = start; next <= this.#lastSeq; next++) {
      const line = this.#lines[next % this.#size]
      if (line !== undefined) lines.push(line)
    }
    return lines
  }

  onLine(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
