import { describe, expect, it } from 'vitest'
import { compareBenchmark, compareBenchmarks } from '../../../src/protocol/compare-benchmark.ts'

const references = [
  { device: 'fast', parameterCount: 8e9, quantisation: 'F16', tg128: 100 },
  { device: 'slow', parameterCount: 8e9, quantisation: 'F16', tg128: 1 },
  { device: 'unknown bits', parameterCount: 8e9, quantisation: 'X9', tg128: 1 },
]
/** Reads 32 GB of weights in a second: twice as much as the slow machine, a fiftieth of the fast one. */
const own = { tokensPerSecond: 32, weightsBytes: 1e9 }

describe('a speed beside machines that others know', () => {
  it('is told by the nearest of them', () => {
    expect(compareBenchmark(own, references)).toEqual({ machine: 'slow', percent: 200 })
    expect(compareBenchmark({ ...own, tokensPerSecond: 1500 }, references)).toEqual({
      machine: 'fast',
      percent: 94,
    })
  })

  it('is told by each of them, the slowest first, where their weights are known', () => {
    expect(compareBenchmarks(own, references)).toEqual([
      { machine: 'slow', percent: 200 },
      { machine: 'fast', percent: 2 },
    ])
  })

  it('is not told where there is nothing to compare', () => {
    expect(compareBenchmark(own, [])).toBeUndefined()
    expect(compareBenchmarks({ tokensPerSecond: 0, weightsBytes: 1 }, references)).toEqual([])
  })
})
