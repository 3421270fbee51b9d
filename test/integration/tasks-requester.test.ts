import { describe, expect, it } from 'vitest'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `tasks-requester-${process.pid}-${++networks}`
const maxPrice = { promptMicroPer1k: 10_000n, completionMicroPer1k: 10_000n }

/** Both real sides of the protocol, on one engine that the test holds. */
describe('nodes and a requester', () => {
  it('share forty tasks between two nodes, each within its slots, and agree on every amount', async () => {
    const name = networkName()
    const engines = [new GatedEngine(), new GatedEngine()] as const
    for (const engine of engines) {
      engine.auto = (prompt) => `answer to ${prompt}`
      engine.delay = true
    }
    await using a = await startTaskNode({ engine: engines[0], networkName: name })
    await using b = await startTaskNode({ engine: engines[1], networkName: name })
    await using opened = await startRequester(name, { knows: [a, b] })
    const { requester } = opened
    const signal = AbortSignal.timeout(60_000)
    const ids = await requester.publishMany(
      Array.from({ length: 40 }, (_, i) => ({
        workflow: promptWorkflow(`task ${i}`),
        models: ['demo'],
        maxPrice,
      })),
    )
    const results = await Promise.all(ids.map((taskId) => requester.wait(taskId, { signal })))
    expect(results.map((result) => result.result)).toEqual(ids.map((_, i) => `answer to task ${i}`))
    for (const engine of engines) {
      expect(engine.peak).toBeLessThanOrEqual(4)
      expect(engine.jobs.length).toBeGreaterThan(0)
    }
    expect(engines[0].jobs.length + engines[1].jobs.length).toBe(40)

    const owed = results.reduce((sum, result) => sum + BigInt(result.amountMicro ?? 0), 0n)
    await eventually(
      () => a.ledger.balanceMicro() + b.ledger.balanceMicro() === owed,
      'all receipts are in the ledgers of the nodes',
    )
    expect(owed).toBeGreaterThan(0n)
    expect(a.ledger.lastSeq() + b.ledger.lastSeq()).toBe(40)
    expect(a.service.receivables().pendingTasks + b.service.receivables().pendingTasks).toBe(0)
  })

  it('serve one task after another without waiting for an offer in between', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = (prompt) => prompt
    await using node = await startTaskNode({ engine, networkName: name })
    await using opened = await startRequester(name, { knows: [node] })
    const { requester } = opened
    const signal = AbortSignal.timeout(60_000)
    const run = async (prompt: string) => {
      const taskId = await requester.publish({ workflow: promptWorkflow(prompt), models: ['demo'], maxPrice })
      return await requester.wait(taskId, { signal })
    }
    expect((await run('first')).result).toBe('first')
    for (let i = 0; i < 20; i++) expect((await run(`${i}`)).result).toBe(`${i}`)
    expect(node.service.list({ limit: 50 }).tasks).toHaveLength(21)
  })

  it('cancel, and tell each other why', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using opened = await startRequester(name, { knows: [node] })
    const { requester } = opened
    const taskId = await requester.publish({ workflow: promptWorkflow('long'), models: ['demo'], maxPrice })
    const job = await engine.next()
    expect((await requester.cancel(taskId)).status).toBe('cancelled')
    await eventually(() => job.ended, 'the generation is stopped')
    await eventually(() => node.service.get(taskId)?.state === 'cancelled', 'the node has it as cancelled')

    const failing = await requester.publish({ workflow: promptWorkflow('crash'), models: ['demo'], maxPrice })
    for (let i = 0; i < 2; i++) (await engine.next()).crash()
    const failed = await requester.wait(failing, { signal: AbortSignal.timeout(20_000) })
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'inference_crashed' } })
  })
})
