import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IdleMemory } from '../../../src/node/idle-memory.ts'
import { recordingLogger } from '../../helpers/recording-logger.ts'

/** A task service that says what it is told to say. */
function scriptedTasks() {
  const listeners = new Set<() => void>()
  const tasks = {
    running: 0,
    stats: () => ({
      running: tasks.running,
      queued: 0,
      tokensPerSecond: 0,
      tasksToday: { completed: 0, failed: 0 },
    }),
    onStats: (listener: () => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    changed: () => {
      for (const listener of listeners) listener()
    },
    listeners,
  }
  return tasks
}

describe('IdleMemory', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => vi.useRealTimers())

  function opened() {
    const tasks = scriptedTasks()
    let returned = 0
    const giveBack = async () => {
      returned++
    }
    const { logger } = recordingLogger()
    const memory = new IdleMemory({ tasks, giveBack, logger }, { idleMs: 1_000 })
    return { tasks, memory, returns: () => returned }
  }

  it('gives back what the start took, once, and then what a burst of tasks took', () => {
    const { tasks, memory, returns } = opened()
    memory.start()
    vi.advanceTimersByTime(900)
    expect(returns()).toBe(0)
    vi.advanceTimersByTime(200)
    expect(returns()).toBe(1)
    vi.advanceTimersByTime(10_000)
    expect(returns()).toBe(1)
    tasks.changed()
    vi.advanceTimersByTime(1_100)
    expect(returns()).toBe(2)
    memory.stop()
    expect(tasks.listeners.size).toBe(0)
  })

  it('waits until the last task is over, and a while longer', () => {
    const { tasks, memory, returns } = opened()
    memory.start()
    tasks.running = 1
    vi.advanceTimersByTime(5_000)
    expect(returns()).toBe(0)
    tasks.running = 0
    tasks.changed()
    vi.advanceTimersByTime(500)
    expect(returns()).toBe(0)
    vi.advanceTimersByTime(1_000)
    expect(returns()).toBe(1)
    memory.stop()
  })
})
