import { describe, expect, it } from 'vitest'
import { type MinuteFigures, TaskFigures } from '../../../../src/node/tasks/task-figures.ts'

function figuresAt(startMs: number, before: readonly MinuteFigures[] = []) {
  const clock = { ms: startMs }
  let asked = 0
  const figures = new TaskFigures({
    now: () => clock.ms,
    countSince: () => {
      asked++
      return { completed: 5, failed: 1 }
    },
    minutesSince: (sinceMs) => before.filter(({ minuteMs }) => minuteMs >= sinceMs),
  })
  return { figures, clock, asked: () => asked }
}

describe('TaskFigures', () => {
  it('counts tokens a second over the last ten whole seconds', () => {
    const { figures, clock } = figuresAt(1_000_000)
    for (let second = 0; second < 30; second++) {
      figures.addTokens(20)
      clock.ms += 1_000
    }
    expect(figures.tokensPerSecond()).toBe(20)
    clock.ms += 5_000
    expect(figures.tokensPerSecond()).toBe(10)
    clock.ms += 60_000
    expect(figures.tokensPerSecond()).toBe(0)
  })

  it('has sixty minutes, oldest first, with empty ones in between', () => {
    const { figures, clock } = figuresAt(Date.UTC(2030, 0, 1, 12, 0, 30))
    figures.addTokens(3)
    figures.addEarning(7n)
    clock.ms += 10 * 60_000
    figures.addTokens(4)
    const points = figures.throughput()
    expect(points).toHaveLength(60)
    expect(points.at(-1)).toMatchObject({ atMs: Date.UTC(2030, 0, 1, 12, 10), tokens: 4, earnedMicro: '0' })
    expect(points.at(-11)).toMatchObject({ tokens: 3, earnedMicro: '7', intervalMs: 60_000 })
    expect(points.at(-5)).toMatchObject({ tokens: 0 })
    clock.ms += 60 * 60_000
    expect(figures.throughput().every((point) => point.tokens === 0)).toBe(true)
  })

  it('goes on with the minutes of an earlier process, of the last hour only', () => {
    const nowMs = Date.UTC(2030, 0, 1, 12, 0, 30)
    const minute = (ago: number) => Math.floor(nowMs / 60_000 - ago) * 60_000
    const { figures } = figuresAt(nowMs, [
      { minuteMs: minute(60), tokens: 1_000, earnedMicro: 1_000n },
      { minuteMs: minute(59), tokens: 5, earnedMicro: 0n },
      { minuteMs: minute(59), tokens: 0, earnedMicro: 9n },
      { minuteMs: minute(0), tokens: 2, earnedMicro: 0n },
      { minuteMs: minute(-1), tokens: 100, earnedMicro: 0n },
    ])
    figures.addTokens(3)
    const points = figures.throughput()
    expect(points[0]).toMatchObject({ tokens: 5, earnedMicro: '9' })
    expect(points.at(-1)).toMatchObject({ tokens: 5 })
    expect(points.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(10)
  })

  it('counts the tasks of the local day, reading the store once a day', () => {
    const { figures, clock, asked } = figuresAt(new Date(2030, 0, 1, 12).getTime())
    expect(figures.tasksToday()).toEqual({ completed: 5, failed: 1 })
    figures.addEnded('completed')
    figures.addEnded('expired')
    figures.addEnded('cancelled')
    expect(figures.tasksToday()).toEqual({ completed: 6, failed: 2 })
    expect(asked()).toBe(1)
    clock.ms = new Date(2030, 0, 2, 0, 1).getTime()
    // The store, asked now, knows of this one.
    figures.addEnded('completed')
    expect(figures.tasksToday()).toEqual({ completed: 5, failed: 1 })
    expect(asked()).toBe(2)
  })
})
