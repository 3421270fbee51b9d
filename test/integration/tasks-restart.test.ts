import { describe, expect, it } from 'vitest'
import { ResultAnswer } from '../../src/protocol/wire/messages.pb.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { promptWorkflow, ScriptedRequester } from '../helpers/scripted-requester.ts'
import { createTestHost, startTaskNode, type TaskNode, TestModels } from '../helpers/task-node.ts'

let networks = 0
const networkName = () => `tasks-restart-${process.pid}-${++networks}`
const limits = { redialMinMs: 20, redialMaxMs: 200, transitionFlushMs: 1 }

function oneSlot(): TestModels {
  const models = new TestModels()
  models.serve({ name: 'demo', slots: 1 })
  return models
}

/** Waits until the disk has it, without a timer. */
async function storedState(node: TaskNode, taskId: string, state: string): Promise<void> {
  const read = () =>
    node.store.get<{ state: string }>('SELECT state FROM node_tasks WHERE task_id = ?', taskId)?.state
  while (read() !== state) await new Promise((resolve) => setImmediate(resolve))
}

describe('a node that is killed', () => {
  it.each(['accepted', 'executing', 'completed', 'acknowledged'] as const)(
    'when a task is %s: the task ends, and is paid once',
    async (moment) => {
      const name = networkName()
      const engine = new GatedEngine()
      const first = await startTaskNode({ engine, networkName: name, models: oneSlot(), limits })
      await using requester = await ScriptedRequester.start({ networkName: name, node: first })
      await requester.claimed(2)
      if (moment === 'accepted') await requester.next('accepted', await requester.assign())
      const taskId = await requester.assign({ workflowJson: promptWorkflow('survive') })
      await requester.next('accepted', taskId)
      if (moment !== 'accepted') {
        const job = await engine.next()
        job.say('survived')
        if (moment !== 'executing') {
          job.finish()
          const { signed } = await requester.outcome(taskId)
          if (moment === 'acknowledged') await requester.pay(signed)
        }
      }
      await storedState(first, taskId, moment)
      const from = first.leftovers()

      const again = new GatedEngine()
      again.auto = () => 'survived'
      await using second = await startTaskNode({
        engine: again,
        networkName: name,
        models: oneSlot(),
        limits,
        from,
        identity: first.identity,
      })
      await first[Symbol.asyncDispose]()
      requester.node = second
      if (moment === 'acknowledged') {
        expect(await requester.poll(taskId)).toMatchObject({ status: ResultAnswer.Status.ACKNOWLEDGED })
        expect(again.jobs).toHaveLength(0)
      } else {
        const { signed, outcome } = await requester.outcome(taskId)
        expect(outcome).toMatchObject({ ok: true, result: 'survived' })
        expect(again.jobs).toHaveLength(moment === 'completed' ? 0 : moment === 'accepted' ? 2 : 1)
        const receipt = requester.receiptFor(signed)
        await requester.pay(signed)
        expect(await requester.ask({ receipt })).toMatchObject({ status: ResultAnswer.Status.ACKNOWLEDGED })
      }
      expect(second.ledger.entriesAfter(0).filter((entry) => entry.taskId === taskId)).toHaveLength(1)
      expect(second.service.get(taskId)?.state).toBe('acknowledged')
      expect(
        (await second.ledger.verify()).problems.filter(({ message }) => !message.includes('anchor')),
      ).toEqual([])
    },
  )

  it('does not run what is past its deadline', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    const first = await startTaskNode({ engine, networkName: name, limits })
    await using requester = await ScriptedRequester.start({ networkName: name, node: first })
    const deadlineMs = Date.now() + 300
    const taskId = await requester.publish({ deadlineMs })
    await requester.next('accepted', taskId)
    const from = first.leftovers()
    await first[Symbol.asyncDispose]()
    while (Date.now() <= deadlineMs) await new Promise((resolve) => setImmediate(resolve))
    const again = new GatedEngine()
    await using second = await startTaskNode({
      engine: again,
      networkName: name,
      limits,
      from,
      identity: first.identity,
    })
    expect((await requester.outcome(taskId)).outcome).toMatchObject({
      ok: false,
      errorCode: 'deadline_exceeded',
    })
    expect(second.service.get(taskId)?.state).toBe('expired')
    expect(again.jobs).toHaveLength(0)
  })

  it('gives up a task that was running each time it died', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    let node = await startTaskNode({ engine, networkName: name, limits })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish()
    await requester.next('accepted', taskId)
    for (let life = 1; life <= 4; life++) {
      await storedState(node, taskId, life === 4 ? 'failed' : 'executing')
      if (life === 4) break
      const from = node.leftovers()
      await node[Symbol.asyncDispose]()
      node = await startTaskNode({
        engine,
        networkName: name,
        limits: { ...limits, maxAttempts: 2 },
        from,
        identity: node.identity,
      })
    }
    expect(engine.jobs).toHaveLength(3)
    expect((await requester.outcome(taskId)).outcome).toMatchObject({ ok: false, errorCode: 'internal' })
    await node[Symbol.asyncDispose]()
  })
})

describe('a node that is stopped', () => {
  it('lets running tasks end, delivers and is paid for them, and keeps the waiting ones for later', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    const first = await startTaskNode({ engine, networkName: name, models: oneSlot(), limits })
    await using requester = await ScriptedRequester.start({ networkName: name, node: first })
    await requester.claimed(3)
    const running = await requester.assign()
    const waiting = await requester.assign()
    await requester.next('accepted', waiting)
    const job = await engine.next()

    const stopped = first.service.stop()
    expect(await requester.next('bye')).toEqual({ reason: 'stopping' })
    const late = await requester.assign()
    expect(await requester.next('rejected', late)).toMatchObject({ errorCode: 'stopping' })
    job.say('finished')
    job.finish()
    const { signed, outcome } = await requester.outcome(running)
    expect(outcome.result).toBe('finished')
    await requester.pay(signed)
    await stopped
    await first.service.stop()
    const entries = [...first.ledger.entriesAfter(0)]
    expect(entries).toHaveLength(1)
    expect(engine.jobs).toHaveLength(1)
    expect(first.service.get(waiting)?.state).toBe('accepted')

    const from = first.leftovers()
    const { identity } = first
    await first[Symbol.asyncDispose]()
    const again = new GatedEngine()
    again.auto = () => 'later'
    await using second = await startTaskNode({
      engine: again,
      networkName: name,
      models: oneSlot(),
      limits,
      from,
      identity,
    })
    // The last hour is that of the node, not of its process.
    const earned = second.service.throughput().reduce((sum, point) => sum + BigInt(point.earnedMicro), 0n)
    expect(earned).toBe(entries[0]?.amountMicro)
    expect((await requester.outcome(waiting)).outcome.result).toBe('later')
    expect(second.service.get(waiting)?.state).toBe('completed')
  })

  it('can go on another host with the same service, and takes up there what was left', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name, models: oneSlot(), limits })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(2)
    const running = await requester.assign()
    const waiting = await requester.assign()
    await requester.next('accepted', waiting)
    const interrupted = await engine.next()
    await node.service.stop({ drainMs: 0 })
    expect(interrupted.signal?.aborted).toBe(true)
    expect(node.service.stats()).toMatchObject({ running: 0, queued: 0 })

    engine.auto = () => 'on the other host'
    await using other = await createTestHost(name)
    await node.service.start(other.network)
    for (const taskId of [running, waiting]) {
      expect((await requester.outcome(taskId)).outcome.result).toBe('on the other host')
    }
    await node.service.stop()
  })

  it('interrupts what takes longer than the drain, and takes it up at the next start', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    const first = await startTaskNode({ engine, networkName: name, limits })
    await using requester = await ScriptedRequester.start({ networkName: name, node: first })
    const taskId = await requester.publish()
    await requester.next('accepted', taskId)
    const job = await engine.next()
    await first.service.stop({ drainMs: 1 })
    expect(job.signal?.aborted).toBe(true)
    expect(first.service.get(taskId)?.state).toBe('executing')
    const from = first.leftovers()
    await first[Symbol.asyncDispose]()
    const again = new GatedEngine()
    again.auto = () => 'second run'
    await using second = await startTaskNode({
      engine: again,
      networkName: name,
      limits,
      from,
      identity: first.identity,
    })
    expect((await requester.outcome(taskId)).outcome.result).toBe('second run')
    expect(
      second.service
        .get(taskId)
        ?.transitions.map(({ state }) => state)
        .slice(0, 4),
    ).toEqual(['accepted', 'executing', 'accepted', 'executing'])
  })
})
