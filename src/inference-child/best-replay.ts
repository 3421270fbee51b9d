import type { ScoredToken } from '../node/inference/contract.ts'

/** A place where another token may have written what comes next than the one that is chosen here, and how many may. */
export interface Fork {
  /** Tokens before it. */
  readonly place: number
  readonly ways: number
}

/** Which way to take, the likeliest being 0, by place. A fork is not always one: rounding differs from one reading to the next. */
export type Turns = ReadonlyMap<number, number>

/** What came of following a text in one way. */
export interface Replayed {
  readonly tokens: readonly ScoredToken[]
  readonly extent: 'whole' | 'longer' | 'partly'
  readonly forks: readonly Fork[]
}

/** So few other tokens are no sign of a wrong turn, */
const FEW_STRANGE = 2
/** but one that is so much less likely than the likeliest (in nats) is: rounding alone puts none there. */
const FAR_NATS = 3.3
/** Ways that are tried in all, and at one place. */
const MAX_TRIES = 8
const MAX_WAYS = 3

/**
 * Follows a text in the way that leaves the fewest tokens unexplained. Which tokens wrote it is known only as long as they
 * are those that are chosen here; where rounding made another one, several may have written what comes next, and after
 * the wrong one all random numbers are off by a token. What was read before such a place is not read again.
 */
export async function bestReplay<R extends Replayed>(
  replay: (turns: Turns) => Promise<R>,
): Promise<{ readonly result: R; readonly tries: readonly R[] }> {
  let taken: Turns = new Map()
  let result = await replay(taken)
  const tries = [result]
  const isEnough = () => unexplained(result) <= FEW_STRANGE || tries.length >= MAX_TRIES
  for (let after = -1; !isEnough(); ) {
    const fork = forksOf(result).find(({ place }) => place > after)
    if (fork === undefined) break
    after = fork.place
    const before = [...taken].filter(([place]) => place < fork.place)
    for (let way = 1; way < Math.min(MAX_WAYS, fork.ways) && !isEnough(); way++) {
      const turns = new Map([...before, [fork.place, way]])
      const other = await replay(turns)
      tries.push(other)
      if (unexplained(other) >= unexplained(result)) continue
      result = other
      taken = turns
    }
  }
  return { result, tries }
}

/**
 * Also where the token that is chosen here fits, and the next one is far off, or none fits: another one that begins in the
 * same way, shorter or longer, may have come.
 */
function forksOf({ tokens, forks, extent }: Replayed): readonly Fork[] {
  const places = tokens.flatMap((token, at) => (isFar(token) ? [at - 1] : []))
  if (extent === 'partly') places.push(tokens.length - 1)
  const hidden = places.filter((place) => tokens[place]?.chosen).map((place) => ({ place, ways: MAX_WAYS }))
  return [...forks, ...hidden].sort((a, b) => a.place - b.place)
}

function unexplained({ tokens, extent }: Replayed): number {
  if (extent === 'partly') return Number.POSITIVE_INFINITY
  return tokens.reduce((sum, token) => sum + (isFar(token) ? FEW_STRANGE + 1 : token.chosen ? 0 : 1), 0)
}

function isFar({ chosen, best, logProbability }: ScoredToken): boolean {
  return !chosen && best - logProbability > FAR_NATS
}
