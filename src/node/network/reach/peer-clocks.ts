const PEERS = 32
const MAX_AGE_MS = 60 * 60_000

/** How far our clock is ahead of those of peers that told theirs. */
export class PeerClocks {
  readonly #samples = new Map<string, { readonly aheadMs: number; readonly at: number }>()

  add(peerId: string, aheadMs: number): void {
    this.#samples.delete(peerId)
    this.#samples.set(peerId, { aheadMs, at: performance.now() })
    const oldest = this.#samples.keys().next()
    if (this.#samples.size > PEERS && !oldest.done) this.#samples.delete(oldest.value)
  }

  aheadMs(): number[] {
    // By the clock that nobody sets: the one in question may have been put right meanwhile, and then all are of before.
    const before = performance.now() - MAX_AGE_MS
    return [...this.#samples.values()].filter(({ at }) => at > before).map(({ aheadMs }) => aheadMs)
  }
}
