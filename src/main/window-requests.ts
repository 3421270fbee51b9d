/**
 * What the window is asked for from outside, by a link, a file, or a click on a notification; kept while there is no window to hear
 * of it. `together` makes one of two that wait.
 */
export class WindowRequests<T> {
  readonly #together: (earlier: T, later: T) => T
  #listener: ((request: T) => void) | undefined
  /** Asked for while nobody listened. */
  #pending: T | undefined

  constructor(together: (earlier: T, later: T) => T) {
    this.#together = together
  }

  request(request: T): void {
    if (this.#listener !== undefined) this.#listener(request)
    else this.#pending = this.#pending === undefined ? request : this.#together(this.#pending, request)
  }

  /** The newest listener hears of all from now on, and of what was asked for before there was one. */
  follow(listener: (request: T) => void): () => void {
    this.#listener = listener
    const pending = this.#pending
    this.#pending = undefined
    if (pending !== undefined) listener(pending)
    return () => {
      if (this.#listener === listener) this.#listener = undefined
    }
  }
}
