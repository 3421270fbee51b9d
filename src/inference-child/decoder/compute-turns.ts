/**
 * Whose turn it is to compute, among all contexts of a process, first come first served. Threads of two computations
 * would wait for each other by spinning, on half of the cores each, and Vulkan does not survive two at once.
 */
export class ComputeTurns {
  #taken = false
  readonly #waiting: (() => void)[] = []

  /** Resolves with how to end the turn, which must be called once. */
  async take(): Promise<() => void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#taken = true
    return () => this.#end()
  }

  get taken(): boolean {
    return this.#taken
  }

  #end(): void {
    const next = this.#waiting.shift()
    // The turn is handed on without a gap, so that nobody who comes in between gets ahead.
    if (next === undefined) this.#taken = false
    else next()
  }
}
