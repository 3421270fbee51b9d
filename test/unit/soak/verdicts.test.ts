import { describe, expect, it } from 'vitest'
import { Random } from '../../chaos/random.ts'
import { type ProcessKind, processKinds } from '../../soak/process-figures.ts'
import type { Sample } from '../../soak/sampler.ts'
import { cpuShare, flatness, trendOf } from '../../soak/verdicts.ts'

const MIB = 2 ** 20
const HOUR_MS = 3_600_000
const SAMPLE_MS = 10_000

/** An hour of samples; `pssBytes` is of the main process, at a share of the hour. */
function anHour(pssBytes: (share: number) => number, descriptors: (share: number) => number = () => 100) {
  const nothing = { processes: 0, pssBytes: 0, rssBytes: 0, cpuMs: 0, descriptors: 0, threads: 0 }
  return Array.from({ length: HOUR_MS / SAMPLE_MS + 1 }, (_, index): Sample => {
    const atMs = index * SAMPLE_MS
    const share = atMs / HOUR_MS
    const main = {
      processes: 1,
      pssBytes: pssBytes(share),
      rssBytes: 0,
      cpuMs: atMs / 4,
      descriptors: descriptors(share),
      threads: 20,
    }
    return {
      atMs,
      phase: 'load',
      kinds: {
        ...(Object.fromEntries(processKinds.map((kind) => [kind, nothing])) as Record<
          ProcessKind,
          typeof nothing
        >),
        main,
      },
      databaseBytes: 0,
      walBytes: 0,
      logBytes: 0,
      tasks: 0,
      ended: 0,
      heapBytes: undefined,
      domNodes: undefined,
    }
  })
}

const failing = (samples: readonly Sample[]) =>
  flatness(samples, true)
    .filter(({ holds }) => holds === false)
    .map(({ what }) => what)

/** What collectors do to memory: it rises by 30 MiB and falls, every few minutes, with some noise. */
function sawtooth(): (share: number) => number {
  const random = new Random(1)
  return (share) => 180 * MIB + ((share * 17) % 1) * 30 * MIB + random.next() * 4 * MIB
}

describe('the verdict on memory', () => {
  it('takes neither warming up nor a sawtooth for a leak', () => {
    const saw = sawtooth()
    expect(failing(anHour((share) => saw(share) - Math.max(0, 0.2 - share) * 400 * MIB))).toEqual([])
  })

  it('finds a leak of a kibibyte for each of 20,000 tasks, under the sawtooth', () => {
    const saw = sawtooth()
    expect(failing(anHour((share) => saw(share) + share * 20_000 * 1_024))).toContain('memory of main')
  })

  it('finds a step up in the last quarter, and descriptors that are not closed', () => {
    expect(failing(anHour((share) => (share < 0.8 ? 180 : 200) * MIB))).toContain('memory of all processes')
    expect(
      failing(
        anHour(
          () => 180 * MIB,
          (share) => 100 + Math.floor(share * 60),
        ),
      ),
    ).toEqual(['open descriptors'])
  })

  it('says how it went and judges nothing where the load was too short', () => {
    const verdicts = flatness(
      anHour((share) => share * 500 * MIB),
      false,
    )
    expect(verdicts.every(({ holds }) => holds === undefined)).toBe(true)
    expect(verdicts[0]?.figures).toContain('500.0 MiB an hour')
  })
})

it('tells a trend from its warming up', () => {
  const points = Array.from({ length: 361 }, (_, index) => ({
    atMs: index * SAMPLE_MS,
    value: index < 90 ? index : 90 + (index - 90) / 10,
  }))
  const { perHour, growth, secondQuarter, lastQuarter } = trendOf(points)
  expect(perHour).toBeCloseTo(36)
  expect(growth).toBeCloseTo(27)
  expect(lastQuarter - secondQuarter).toBeCloseTo(18)
})

it('gives CPU time as a share of one core', () => {
  expect(cpuShare(anHour(() => MIB))).toBeCloseTo(0.25)
  expect(cpuShare([])).toBeNaN()
})
