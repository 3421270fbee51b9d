import type { TextPace, TextPiece } from '../node/inference/contract.ts'

const intervalsMs: Readonly<Record<TextPace, number>> = { live: 20, calm: 100 }

/**
 * Text on its way to the reader in groups, because each message between processes costs as much as several tokens of a small
 * model. Nothing is held longer than the interval. Groups of all generations fall due at the same moments, so that they can
 * travel together.
 */
export class TextGroups {
  readonly #emit: (piece: TextPiece) => void
  readonly #pace: TextPace
  #text = ''
  #tokens = 0
  /** Number of the interval in which text was sent last. */
  #lastInterval: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(emit: (piece: TextPiece) => void, pace: TextPace = 'live') {
    this.#emit = emit
    this.#pace = pace
    // As if some had just been sent.
    if (pace === 'calm') this.#lastInterval = this.#interval()
  }

  /** @param tokens completion tokens so far, those of this text included */
  push(text: string, tokens: number): void {
    this.#tokens = tokens
    if (text === '') return
    this.#text += text
    if (this.#timer !== undefined) return
    const interval = this.#interval()
    if (this.#lastInterval === undefined || interval > this.#lastInterval) this.#flush()
    else
      this.#timer = setTimeout(
        () => this.#flush(),
        (interval + 1) * intervalsMs[this.#pace] - performance.now(),
      )
  }

  /** The text is complete: who reads it gets the rest, who counts it has it from the result. */
  end(): void {
    if (this.#pace === 'live') this.#flush()
    else this.cancel()
  }

  /** Stops the timer without sending: for a generation that failed. */
  cancel(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #flush(): void {
    this.cancel()
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    this.#lastInterval = this.#interval()
    this.#emit({ text, tokens: this.#tokens })
  }

  #interval(): number {
    return Math.floor(performance.now() / intervalsMs[this.#pace])
  }
}
