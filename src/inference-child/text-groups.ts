import type { TextPiece } from '../node/inference/contract.ts'

/**
 * Text on its way to the reader: the first piece at once, then in groups, because each message between processes
 * costs as much as several tokens of a small model. Nothing is held longer than the interval. Groups of all generations fall due
 * at the same moments, so that they can travel together.
 */
export class TextGroups {
  readonly #emit: (piece: TextPiece) => void
  readonly #intervalMs: number
  #text = ''
  #tokens = 0
  /** Number of the interval in which text was sent last. */
  #lastInterval: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(emit: (piece: TextPiece) => void, init: { intervalMs?: number } = {}) {
    this.#emit = emit
    this.#intervalMs = init.intervalMs ?? 20
  }

  /** @param tokens completion tokens so far, those of this text included */
  push(text: string, tokens: number): void {
    this.#tokens = tokens
    if (text === '') return
    this.#text += text
    if (this.#timer !== undefined) return
    const nowMs = performance.now()
    const interval = Math.floor(nowMs / this.#intervalMs)
    if (this.#lastInterval === undefined || interval > this.#lastInterval) this.flush()
    else this.#timer = setTimeout(() => this.flush(), (interval + 1) * this.#intervalMs - nowMs)
  }

  /** Sends what is held. To be called at the end, too. */
  flush(): void {
    this.cancel()
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    this.#lastInterval = Math.floor(performance.now() / this.#intervalMs)
    this.#emit({ text, tokens: this.#tokens })
  }

  /** Stops the timer without sending: for a generation that failed. */
  cancel(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
