/** Places that the window is asked to show from outside: by a link, or by a click on a notification. */
export class RouteRequests {
  #listener: ((route: string) => void) | undefined
  /** Asked for while there was no window to show it. */
  #pending: string | undefined

  request(route: string): void {
    if (this.#listener === undefined) this.#pending = route
    else this.#listener(route)
  }

  /** The newest listener hears of all from now on, and of what was asked for before there was one. */
  follow(listener: (route: string) => void): () => void {
    this.#listener = listener
    const pending = this.#pending
    this.#pending = undefined
    if (pending !== undefined) listener(pending)
    return () => {
      if (this.#listener === listener) this.#listener = undefined
    }
  }
}
