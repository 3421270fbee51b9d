import type { FromInferenceChild, TextPiece } from '../node/inference/contract.ts'

type Texts = Extract<FromInferenceChild, { type: 'texts' }>['texts']

/** Text of all generations on its way to the parent: what comes up in one turn of the event loop is one message. */
export class TextOutbox {
  readonly #send: (message: FromInferenceChild) => void
  #texts: Texts[number][] = []

  constructor(send: (message: FromInferenceChild) => void) {
    this.#send = send
  }

  push(id: number, piece: TextPiece): void {
    if (this.#texts.length === 0) setImmediate(() => this.flush())
    this.#texts.push({ id, piece })
  }

  /** To be called before anything that must not get ahead of the text. */
  flush(): void {
    if (this.#texts.length === 0) return
    const texts = this.#texts
    this.#texts = []
    this.#send({ type: 'texts', texts })
  }
}
