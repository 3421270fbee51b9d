import { describe, expect, it } from 'vitest'
import type { GenerateResult } from '../../../../src/node/inference/contract.ts'
import { LiveSpeeds } from '../../../../src/node/models/live-speeds.ts'

const result = (completionTokens: number): GenerateResult => ({
  text: '',
  promptTokens: 1,
  completionTokens,
  stopReason: 'stop',
  totalMs: 1,
})

describe('how fast models write right now', () => {
  it('is the mean of the last three whole seconds, for each model, and nothing afterwards', () => {
    let nowMs = 10_000
    const speeds = new LiveSpeeds({ now: () => nowMs })
    speeds.add('a', 30)
    speeds.add('b', 3)
    // The second under way does not count: its end is not known.
    expect(speeds.list()).toEqual([])
    nowMs = 11_000
    speeds.add('a', 60)
    nowMs = 12_500
    expect(speeds.list()).toEqual([
      { name: 'a', tokensPerSecond: 30 },
      { name: 'b', tokensPerSecond: 1 },
    ])
    nowMs = 14_000
    expect(speeds.list()).toEqual([{ name: 'a', tokensPerSecond: 20 }])
    nowMs = 15_000
    expect(speeds.list()).toEqual([])
  })

  it('counts each token once, as text comes and at the end', async () => {
    let nowMs = 10_000
    const speeds = new LiveSpeeds({ now: () => nowMs })
    const heard: number[] = []
    await speeds.counted('a', { onText: ({ tokens }) => heard.push(tokens) }, ({ onText }) => {
      onText?.({ text: 'one', tokens: 4 })
      onText?.({ text: 'two', tokens: 9 })
      return Promise.resolve(result(12))
    })
    await speeds.counted('a', {}, ({ onText }) => {
      expect(onText).toBeUndefined()
      return Promise.resolve(result(18))
    })
    nowMs = 11_000
    expect(heard).toEqual([4, 9])
    expect(speeds.list()).toEqual([{ name: 'a', tokensPerSecond: 10 }])
  })

  it('holds a bounded number of models, and forgets those that stopped for others', () => {
    let nowMs = 10_000
    const speeds = new LiveSpeeds({ now: () => nowMs })
    for (let index = 0; index < 100; index += 1) speeds.add(`model-${index}`, 3)
    nowMs = 11_000
    expect(speeds.list()).toHaveLength(64)
    nowMs = 20_000
    speeds.add('another', 3)
    nowMs = 21_000
    expect(speeds.list()).toEqual([{ name: 'another', tokensPerSecond: 1 }])
  })
})
