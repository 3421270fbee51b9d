import { describe, expect, it } from 'vitest'
import type { Requester } from '../../src/node/requester/contract.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { liveHeapBytes } from '../helpers/heap.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'
import { startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `requester-memory-${process.pid}-${++networks}`
const workflow = promptWorkflow('Hello')

function* tasks(count: number) {
  const deadlineMs = Date.now() + 3_600_000
  for (let index = 0; index < count; index++)
    yield { workflow, models: ['demo'], input: `${index}`, deadlineMs }
}

async function publish(requester: Requester, count: number): Promise<void> {
  const ids = await requester.publishMany(tasks(count))
  expect(ids).toHaveLength(count)
}

/** Live heap that one task costs: less than its id alone would take. */
const BYTES_A_TASK = 40

describe("a requester's memory", () => {
  it('does not grow with 100,000 tasks that wait', { timeout: 240_000 }, async () => {
    const name = networkName()
    await using asking = await startRequester(name, { logger: undefined })
    // What every event is kept in would be what is measured.
    ;(asking.told as unknown[]).push = () => 0
    // In a function of its own, or the ids that it gives back would still be held here.
    const heapAfter = async (count: number) => {
      await publish(asking.requester, count)
      return liveHeapBytes()
    }
    const before = await heapAfter(5_000)
    const grown = (await heapAfter(100_000)) - before
    expect(grown).toBeLessThan(100_000 * BYTES_A_TASK)
    // They are all there.
    const counted = asking.store.get<{ waiting: number }>(
      'SELECT count(*) AS waiting FROM requests WHERE ended_at_ms IS NULL AND node IS NULL',
    )
    expect(counted).toEqual({ waiting: 105_000 })
  })

  it('does not grow with tasks that went through it', { timeout: 120_000 }, async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'Yes'
    await using node = await startTaskNode({ engine, networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    ;(asking.told as unknown[]).push = () => 0
    // The node is in this process, and keeps what it is asked for the test.
    engine.jobs.push = () => 0
    const heapAfter = async (count: number) => {
      let completed = 0
      for await (const { task } of asking.requester.stream(tasks(count))) {
        if (task?.status === 'completed') completed++
      }
      expect(completed).toBe(count)
      return liveHeapBytes()
    }
    const before = await heapAfter(1_000)
    const grown = (await heapAfter(1_500)) - before
    // Room for caches that were not full yet.
    expect(grown).toBeLessThan(2_000_000)
  })
})
