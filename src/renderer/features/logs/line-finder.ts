import type { LogLineView } from '../../../protocol/views.ts'
import { type LogFilter, letsAllThrough, letsThrough } from './log-filter.ts'

/** Lines between two looks at the clock. */
const STEP = 50

/**
 * The lines that a filter lets through, found bit by bit: each line is looked at once, however many come after it, and
 * nobody waits for more than a slice of the work.
 */
export class LineFinder {
  readonly #filter: LogFilter
  /** Of the newest line that was looked at. */
  #seq = 0
  #found: readonly LogLineView[] = []
  #isDone = true

  constructor(filter: LogFilter) {
    this.#filter = filter
  }

  /** A new array after each change. */
  get found(): readonly LogLineView[] {
    return this.#found
  }

  /** Whether all lines of the last call were looked at. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** Goes on with lines in the order of their seq, for at most so long; the oldest may have gone since the last call. */
  look(lines: readonly LogLineView[], sliceMs: number): void {
    if (letsAllThrough(this.#filter)) {
      this.#found = lines
      return
    }
    const oldest = lines[0]?.seq ?? Number.POSITIVE_INFINITY
    const gone = countBefore(this.#found, oldest)
    const from = countBefore(lines, this.#seq + 1)
    const fresh: LogLineView[] = []
    const end = performance.now() + sliceMs
    let at = from
    while (at < lines.length) {
      const line = lines[at]
      if (line === undefined) break
      if (letsThrough(this.#filter, line)) fresh.push(line)
      this.#seq = line.seq
      at++
      if (at % STEP === 0 && performance.now() > end) break
    }
    this.#isDone = at >= lines.length
    if (gone > 0 || fresh.length > 0) this.#found = [...this.#found.slice(gone), ...fresh]
  }
}

/** How many lines come before that seq. They are in order, so half of them need not be looked at, and half of the rest. */
function countBefore(lines: readonly LogLineView[], seq: number): number {
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lines[middle]?.seq ?? 0) < seq) low = middle + 1
    else high = middle
  }
  return low
}
