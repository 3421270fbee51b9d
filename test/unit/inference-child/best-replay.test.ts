import { describe, expect, it } from 'vitest'
import { bestReplay, type Replayed, type Turns } from '../../../src/inference-child/best-replay.ts'

const LENGTH = 40

/** A text whose forks are at these places; from the first wrong turn on, half of the tokens are not those of the seed. */
function textWith(forks: readonly { readonly at: number; readonly right: number }[]) {
  const asked: Turns[] = []
  const replay = async (turns: Turns): Promise<Replayed> => {
    asked.push(turns)
    const wrong = forks.findIndex(({ at, right }) => (turns.get(at) ?? 0) !== right)
    const lostAt = forks[wrong]?.at ?? LENGTH
    const tokens = Array.from({ length: LENGTH }, (_, at) => ({
      chosen: at > lostAt ? at % 2 === 0 : !forks.some((fork) => fork.at === at),
      logProbability: -1,
      best: -1,
    }))
    return {
      tokens,
      extent: 'whole',
      forks: forks.flatMap(({ at }) => (at <= lostAt ? { place: at, ways: 3 } : [])),
    }
  }
  return { replay, asked }
}

const strange = ({ tokens }: Replayed) => tokens.filter(({ chosen }) => !chosen).length

describe('the best way to follow a text', () => {
  it('is the first one where it leaves little unexplained', async () => {
    const { replay, asked } = textWith([{ at: 7, right: 0 }])
    expect(strange((await bestReplay(replay)).result)).toBe(1)
    expect(asked).toEqual([new Map()])
  })

  it('is found where another token wrote the text at one place, or at two', async () => {
    const one = textWith([{ at: 7, right: 1 }])
    expect(strange((await bestReplay(one.replay)).result)).toBe(1)
    const two = textWith([
      { at: 7, right: 2 },
      { at: 20, right: 1 },
    ])
    expect(strange((await bestReplay(two.replay)).result)).toBe(2)
  })

  it('is found though rounding makes another fork before it in a later reading', async () => {
    let readings = 0
    const replay = async (turns: Turns): Promise<Replayed> => {
      const forks = readings++ === 0 ? [] : [{ place: 3, ways: 2 }]
      const isRight = turns.get(7) === 1 && (turns.get(3) ?? 0) === 0
      const tokens = Array.from({ length: LENGTH }, (_, at) => ({
        chosen: at < 7 || (isRight && at > 7),
        logProbability: -1,
        best: -1,
      }))
      return { tokens, extent: 'whole', forks: [...forks, { place: 7, ways: 2 }] }
    }
    expect(strange((await bestReplay(replay)).result)).toBe(1)
  })

  it('is found where the token that is chosen here fits, too, and what follows it is far off', async () => {
    const asked: Turns[] = []
    const replay = async (turns: Turns): Promise<Replayed> => {
      asked.push(turns)
      const isRight = turns.get(10) === 2
      const tokens = Array.from({ length: LENGTH }, (_, at) => ({
        chosen: at !== (isRight ? 10 : 11),
        logProbability: at === 11 && !isRight ? -20 : -1,
        best: -1,
      }))
      return { tokens, extent: 'whole', forks: isRight ? [{ place: 10, ways: 3 }] : [] }
    }
    expect((await bestReplay(replay)).result.tokens[11]?.chosen).toBe(true)
    expect(asked.map((turns) => [...turns])).toEqual([[], [[10, 1]], [[10, 2]]])
  })

  it('is looked for before the place where no token fits', async () => {
    const replay = async (turns: Turns): Promise<Replayed> => {
      const isRight = turns.get(5) === 1
      const tokens = Array.from({ length: isRight ? LENGTH : 6 }, () => ({
        chosen: true,
        logProbability: -1,
        best: -1,
      }))
      return { tokens, extent: isRight ? 'whole' : 'partly', forks: [] }
    }
    expect((await bestReplay(replay)).result.extent).toBe('whole')
  })

  it('is not looked for without end', async () => {
    let replays = 0
    const replay = async (): Promise<Replayed> => {
      replays++
      const strange = { chosen: false, logProbability: -1, best: -1 }
      return {
        tokens: Array.from({ length: LENGTH }, () => strange),
        extent: 'whole',
        forks: Array.from({ length: LENGTH }, (_, place) => ({ place, ways: 9 })),
      }
    }
    const { result, tries } = await bestReplay(replay)
    expect(replays).toBe(8)
    expect(tries).toHaveLength(8)
    expect(strange(result)).toBe(LENGTH)
  })

  it('is one that goes to the end of the text, if any does', async () => {
    const replay = async (turns: Turns): Promise<Replayed> => ({
      tokens: Array.from({ length: 9 }, () => ({ chosen: false, logProbability: -1, best: -1 })),
      extent: turns.get(4) === 2 ? 'whole' : 'partly',
      forks: [{ place: 4, ways: 3 }],
    })
    expect((await bestReplay(replay)).result.extent).toBe('whole')
  })
})
