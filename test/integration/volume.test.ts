import { describe, expect, it } from 'vitest'
import { runVolume } from '../helpers/volume-run.ts'

describe('hundreds of tasks over three nodes', () => {
  it('are all done, each once, and paid once', { timeout: 240_000 }, async () => {
    const tasks = 300
    const run = await runVolume({ tasks, nodes: 3, tokens: [1, 4], concurrency: 64 })
    expect(run).toMatchObject({
      completed: tasks,
      executions: tasks,
      executedTasks: tasks,
      debits: tasks,
      credits: tasks,
    })
    expect(run.perNode.every((node) => node.tasks > 0)).toBe(true)
    expect(run.perNode.every((node) => node.busyShare > 0)).toBe(true)
  })
})
