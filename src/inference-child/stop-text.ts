/** Ends a text at the first of some stop texts, and holds back what may become one. */
export class StopText {
  readonly #stops: readonly string[]
  #held = ''

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '')
  }

  /** What may be passed on, and whether a stop text was reached, and which: then nothing that follows counts. */
  push(text: string): { readonly text: string; readonly stopped: boolean; readonly stop?: string } {
    if (this.#stops.length === 0) return { text, stopped: false }
    const all = this.#held + text
    const places = this.#stops.map((stop) => at(all, stop))
    const stopAt = Math.min(...places)
    if (stopAt < Number.POSITIVE_INFINITY) {
      this.#held = ''
      const stop = this.#stops[places.indexOf(stopAt)] as string
      return { text: all.slice(0, stopAt), stopped: true, stop }
    }
    const held = Math.max(...this.#stops.map((stop) => overlap(all, stop)))
    this.#held = all.slice(all.length - held)
    return { text: all.slice(0, all.length - held), stopped: false }
  }

  /** What was held back, once it is known that nothing follows. */
  end(): string {
    const text = this.#held
    this.#held = ''
    return text
  }
}

function at(text: string, stop: string): number {
  const index = text.indexOf(stop)
  return index < 0 ? Number.POSITIVE_INFINITY : index
}

/** How many characters at the text's end the stop text begins with. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length
  }
  return 0
}
