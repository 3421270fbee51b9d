import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { RequestEvent } from '../../src/node/requester/contract.ts'
import { DriadError } from '../../src/protocol/errors.ts'
import type { WaitReason } from '../../src/protocol/wait-reasons.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { ScriptedNode } from '../helpers/scripted-node.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `requester-ends-${process.pid}-${++networks}`

/** What is in use after a garbage collection. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const task = { workflow: promptWorkflow('Hello'), models: ['demo'] }

describe('a deadline', () => {
  it('without any node ends with no_node, after saying that nobody answers', async () => {
    await using asking = await startRequester(networkName(), {
      limits: { noAnswerNoticeMs: 100, sweepMs: 50 },
    })
    const { requester } = asking
    const taskId = await requester.publish({ ...task, deadlineMs: Date.now() + 1_000 })
    const notices: string[] = []
    const reasons: WaitReason[] = []
    const onEvent = (event: RequestEvent) => {
      if (event.type !== 'notice') return
      notices.push(event.message)
      reasons.push(event.reason)
    }
    const result = await requester.wait(taskId, { onEvent })
    expect(result).toMatchObject({ status: 'expired', error: { code: 'no_node' } })
    expect(result.error?.message).toContain('No node that serves demo for at most ')
    expect(notices[0]).toContain('No peer is connected yet')
    expect(reasons[0]).toEqual({ code: 'no_peer' })
    expect(asking.statesOf(taskId)).toEqual(['created', 'expired'])
  })

  it('that passes while the node works ends with deadline_exceeded', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const taskId = await asking.requester.publish({ ...task, deadlineMs: Date.now() + 1_500 })
    const job = await engine.next()
    const result = await asking.requester.wait(taskId)
    expect(result).toMatchObject({ status: 'expired', error: { code: 'deadline_exceeded' } })
    expect(job.ended).toBe(true)
  })

  it('is kept by the requester where the node does not', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node], limits: { outcomeGraceMs: 100 } })
    const taskId = await asking.requester.publish({ ...task, deadlineMs: Date.now() + 1_500 })
    const assignment = await node.takeTask()
    expect(await asking.requester.wait(taskId)).toMatchObject({
      status: 'expired',
      error: { code: 'deadline_exceeded' },
    })
    expect(await node.next('cancel')).toEqual({ taskId })
    // A failure that comes too late is acknowledged, so that the node can forget it; a result is not paid.
    const failure = { ok: false, errorCode: 'deadline_exceeded', errorMessage: 'Late', amountMicro: 0n }
    await node.send({ outcome: node.outcome(assignment, failure) })
    await node.next('receipt')
    await node.send({ outcome: node.outcome(assignment) })
    expect(await node.next('cancel')).toEqual({ taskId })
    expect(asking.ledger.lastSeq()).toBe(0)
  })
})

describe('cancelling', () => {
  it('stops the node at once', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const taskId = await asking.requester.publish(task)
    const job = await engine.next()
    expect(await asking.requester.cancel(taskId)).toMatchObject({
      status: 'cancelled',
      error: { code: 'cancelled' },
    })
    expect(job.ended).toBe(true)
    await eventually(() => node.service.get(taskId)?.state === 'cancelled', 'the node has it as cancelled')
    expect(await asking.requester.cancel(taskId)).toMatchObject({ status: 'cancelled' })
    expect(asking.ledger.lastSeq()).toBe(0)
  })

  it('a task that nobody has keeps it from being given out', async () => {
    const name = networkName()
    await using asking = await startRequester(name)
    const [first = '', second = ''] = await asking.requester.publishMany([task, task])
    expect(await asking.requester.cancel(first)).toMatchObject({ status: 'cancelled' })
    await using node = await ScriptedNode.start({
      networkName: name,
      bootstrap: [...asking.network.addresses()],
    })
    await node.claim({ credits: 5 })
    const assignment = await node.assigned()
    expect(assignment.taskId).toBe(second)
    await node.send({ accepted: { taskId: second } })
    await node.send({ outcome: node.outcome(assignment) })
    await asking.requester.wait(second)
    expect(node.count('assign')).toBe(1)
  })

  it('too late leaves the result, and it is paid', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const taskId = await asking.requester.publish(task)
    const assignment = await node.takeTask()
    await eventually(() => asking.requester.view(taskId)?.state === 'accepted', 'it is accepted')
    const cancelled = asking.requester.cancel(taskId)
    await node.next('cancel')
    await node.send({ outcome: node.outcome(assignment) })
    expect(await cancelled).toMatchObject({ status: 'completed', result: 'A result' })
    expect(asking.ledger.lastSeq()).toBe(1)
  })
})

describe('waiting', () => {
  it('ends with the signal, and the task goes on', async () => {
    await using asking = await startRequester(networkName())
    const taskId = await asking.requester.publish(task)
    const reason = new Error('Enough')
    const controller = new AbortController()
    const waiting = asking.requester.wait(taskId, { signal: controller.signal })
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(asking.requester.view(taskId)?.endedAtMs).toBeUndefined()
  })

  it('ends when the requester is stopped', async () => {
    await using asking = await startRequester(networkName())
    const waiting = asking.requester.wait(await asking.requester.publish(task))
    const failed = expect(waiting).rejects.toMatchObject({ code: 'stopping' })
    await asking.close()
    await failed
    await expect(asking.requester.publish(task)).rejects.toMatchObject({ code: 'stopping' })
  })

  it('for a task that does not exist says so', async () => {
    await using asking = await startRequester(networkName())
    const unknown = '01890a5d-ac96-774b-bcce-b302099a8057'
    await expect(asking.requester.wait(unknown)).rejects.toMatchObject({ code: 'unknown_task' })
    await expect(asking.requester.result(unknown)).rejects.toMatchObject({ code: 'unknown_task' })
    await expect(asking.requester.cancel(unknown)).rejects.toMatchObject({ code: 'unknown_task' })
    expect(asking.requester.get(unknown)).toBeUndefined()
  })
})

describe('what cannot be published', () => {
  it('is refused before anything is stored', async () => {
    await using asking = await startRequester(networkName())
    const wrong = [
      { ...task, workflow: '{"config":{}}' },
      { ...task, models: [] },
      { ...task, deadlineMs: Date.now() - 1 },
    ]
    for (const request of wrong) {
      const refused = await asking.requester.publish(request).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(DriadError)
      expect((refused as DriadError).issues.length).toBeGreaterThan(0)
    }
    expect(asking.requester.list({ limit: 10 }).tasks).toEqual([])
  })
})

describe('ten thousand tasks', () => {
  it('wait in the store and not in memory', async () => {
    await using asking = await startRequester(networkName())
    const { requester } = asking
    const workflow = promptWorkflow('x'.repeat(4_000))
    const before = liveBytes()
    const tasks = function* () {
      for (let index = 0; index < 10_000; index++) yield { workflow, models: ['demo'] }
    }
    const startedAt = performance.now()
    const taskIds = await requester.publishMany(tasks())
    const perSecond = Math.round(10_000 / ((performance.now() - startedAt) / 1_000))
    const grown = (liveBytes() - before) / 2 ** 20
    console.log(`10,000 tasks of 4 KB stored at ${perSecond}/s; memory grew by ${grown.toFixed(1)} MiB`)
    expect(taskIds).toHaveLength(10_000)
    // All of them in memory would be 40 MB of text alone. Their ids, which were asked for, are 1 MB.
    expect(grown).toBeLessThan(8)
    expect(requester.list({ limit: 50 }).tasks).toHaveLength(50)
  })
})
