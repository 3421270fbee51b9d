import type { ScoredToken } from '../node/inference/contract.ts'

/** What came of following a text in one way. */
export interface Replayed {
  readonly tokens: readonly ScoredToken[]
  readonly extent: 'whole' | 'longer' | 'partly'
  /** How many tokens may have come at each place where it was not the one that is chosen here. */
  readonly forks: readonly number[]
}

/** So few other tokens are no sign of a wrong turn. */
const FEW_STRANGE = 2
/** Ways that are tried in all, and at one place. */
const MAX_TRIES = 8
const MAX_WAYS = 3

/**
 * Follows a text in the way that leaves the fewest tokens unexplained. Which tokens wrote it is known only as long as they
 * are those that are chosen here; where rounding made another one, several may have written what comes next, and after
 * the wrong one all random numbers are off by a token. What was read before such a place is not read again.
 */
export async function bestReplay<R extends Replayed>(
  replay: (forks: readonly number[]) => Promise<R>,
): Promise<{ readonly result: R; readonly tries: readonly R[] }> {
  let taken: number[] = []
  let result = await replay(taken)
  const tries = [result]
  for (let fork = 0; fork < result.forks.length && unexplained(result) > FEW_STRANGE; fork++) {
    const ways = Math.min(MAX_WAYS, result.forks[fork] ?? 0)
    for (let way = 1; way < ways && tries.length < MAX_TRIES; way++) {
      const forks = [...Array.from({ length: fork }, (_, at) => taken[at] ?? 0), way]
      const other = await replay(forks)
      tries.push(other)
      if (unexplained(other) >= unexplained(result)) continue
      result = other
      taken = forks
    }
    if (tries.length >= MAX_TRIES) break
  }
  return { result, tries }
}

function unexplained({ tokens, extent }: Replayed): number {
  const strange = tokens.filter(({ chosen }) => !chosen).length
  return extent === 'partly' ? Number.POSITIVE_INFINITY : strange
}
