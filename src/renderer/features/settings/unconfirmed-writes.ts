/** More than anybody writes before the first of it is confirmed; what is older is taken for somebody else's. */
const MOST = 256

/**
 * Tells whether a value that comes in is news. Each value that was written here comes back once it is saved; while a later one is on
 * its way, an earlier one is old, and must not take the place of what is shown.
 */
export class UnconfirmedWrites {
  #sent: string[] = []

  wrote(value: string): void {
    this.#sent = [...this.#sent, value].slice(-MOST)
  }

  /** Whether to show it instead of what is shown. */
  isNews(value: string): boolean {
    const isOld = this.#sent.slice(0, -1).includes(value) && this.#sent.at(-1) !== value
    if (!isOld) this.#sent = []
    return !isOld
  }
}
