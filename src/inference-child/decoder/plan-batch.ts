/**
 * Shares the tokens of a batch among those who wait: one for each first, so that nobody's answer waits for another's
 * prompt, and the rest in equal parts. `wanted` has how many tokens each wants, the result how many each gets.
 */
export function planBatch(wanted: readonly number[], batchTokens: number): number[] {
  const given = wanted.map(() => 0)
  let left = batchTokens
  let open = wanted.flatMap((tokens, index) => (tokens > 0 ? [index] : []))
  while (left > 0 && open.length > 0) {
    const share = Math.max(1, Math.floor(left / open.length))
    for (const index of open) {
      const more = Math.min(share, (wanted[index] ?? 0) - (given[index] ?? 0), left)
      given[index] = (given[index] ?? 0) + more
      left -= more
    }
    open = open.filter((index) => (given[index] ?? 0) < (wanted[index] ?? 0))
  }
  return given
}
