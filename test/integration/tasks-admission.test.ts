import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import type { Assignment } from '../../src/protocol/wire/messages.pb.ts'
import { Assignment as AssignmentCodec } from '../../src/protocol/wire/messages.pb.ts'
import { signMessage } from '../../src/protocol/wire/signing.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { promptWorkflow, ScriptedRequester } from '../helpers/scripted-requester.ts'
import { startTaskNode, type TaskNode } from '../helpers/task-node.ts'

describe('what a node refuses, before anything is spent', () => {
  const networkName = `tasks-admission-${process.pid}`
  const engine = new GatedEngine()
  let node: TaskNode
  let requester: ScriptedRequester

  beforeAll(async () => {
    node = await startTaskNode({ engine, networkName, limits: { maxFaults: 1_000 } })
    node.models.serve({ name: 'other', slots: 1 })
    requester = await ScriptedRequester.start({ networkName, node })
    await requester.claimed(100)
  })
  afterAll(async () => {
    await requester[Symbol.asyncDispose]()
    await node[Symbol.asyncDispose]()
  })

  async function rejected(fields: Partial<Assignment>): Promise<{ errorCode: string; errorMessage: string }> {
    const taskId = await requester.assign(fields)
    return await requester.next('rejected', taskId)
  }

  it('refuses a deadline in the past and one too far away', async () => {
    expect(await rejected({ deadlineMs: Date.now() - 1 })).toMatchObject({ errorCode: 'deadline_exceeded' })
    expect(await rejected({ deadlineMs: Date.now() + 30 * 86_400_000 })).toMatchObject({
      errorCode: 'bad_offer',
    })
  })

  it('refuses a bad workflow and says where it is wrong', async () => {
    const workflow = JSON.parse(promptWorkflow('x'))
    workflow.steps[0].source = 'nowhere'
    const { errorCode, errorMessage } = await rejected({ workflowJson: JSON.stringify(workflow) })
    expect(errorCode).toBe('bad_workflow')
    expect(errorMessage).toContain('steps[0].source')
  })

  it('refuses a price below its own', async () => {
    expect(await rejected({ completionMicroPer1k: 1_999n })).toMatchObject({ errorCode: 'price_too_high' })
  })

  it('refuses a model that it did not claim, and one that went away since', async () => {
    expect(await rejected({ model: 'other' })).toMatchObject({ errorCode: 'bad_offer' })
    node.models.suspend('demo')
    expect(await rejected({})).toMatchObject({ errorCode: 'model_unavailable' })
    node.models.serve({ name: 'demo' })
  })

  it('refuses an offer that it did not claim', async () => {
    expect(await rejected({ offerId: uuidv7() })).toMatchObject({ errorCode: 'bad_offer' })
  })

  it('refuses a task for another node', async () => {
    expect(await rejected({ node: new Uint8Array(32).fill(1) })).toMatchObject({ errorCode: 'bad_offer' })
  })

  it('refuses a signature that does not hold, and one of another identity', async () => {
    const signed = requester.assignment()
    const { taskId } = AssignmentCodec.decode(signed.payload)
    signed.signature[0] = (signed.signature[0] ?? 0) ^ 1
    await requester.stream.send({ assign: signed })
    expect(await requester.next('rejected', taskId)).toMatchObject({ errorCode: 'bad_signature' })

    const stranger = await createEphemeralIdentity()
    const fields = AssignmentCodec.decode(requester.assignment().payload)
    await requester.stream.send({ assign: signMessage('assignment', fields, stranger) })
    expect(await requester.next('rejected', fields.taskId)).toMatchObject({ errorCode: 'bad_signature' })
  })

  it('has stored and run nothing of all that', () => {
    expect(engine.jobs).toHaveLength(0)
    expect(node.service.list({ limit: 10 }).tasks).toEqual([])
    expect(node.service.stats()).toMatchObject({ running: 0, queued: 0 })
  })

  it('takes the same task again for the same one, and repeats its outcome', async () => {
    const before = engine.jobs.length
    const taskId = uuidv7()
    await requester.offer({ taskCount: 10 })
    await requester.until(() => requester.count('claim') > 1)
    await requester.assign({ taskId })
    await requester.next('accepted', taskId)
    await requester.assign({ taskId, deadlineMs: Date.now() + 5_000 })
    await requester.next('accepted', taskId)
    const job = await engine.next()
    expect(engine.jobs.length).toBe(before + 1)
    job.say('once')
    job.finish()
    const { outcome } = await requester.outcome(taskId)
    await requester.assign({ taskId })
    await requester.next('accepted', taskId)
    expect((await requester.outcome(taskId)).outcome).toEqual(outcome)
    expect(engine.jobs.length).toBe(before + 1)
    // The same id for other work is a mistake.
    await requester.assign({ taskId, workflowJson: promptWorkflow('something else') })
    expect(await requester.next('rejected', taskId)).toMatchObject({ errorCode: 'bad_offer' })
  })

  it("refuses another requester's task id", async () => {
    const [task] = node.service.list({ limit: 1 }).tasks
    await requester.stream.send({ denied: { offerId: requester.offerId, reason: 'nothing left' } })
    await using other = await ScriptedRequester.start({ networkName, node })
    await other.claimed(1)
    await other.assign({ taskId: task?.taskId ?? '' })
    expect(await other.next('rejected', task?.taskId)).toMatchObject({ errorCode: 'bad_offer' })
  })
})

describe('a requester that misbehaves', () => {
  it('loses its stream after too many wrong messages', async () => {
    const networkName = `tasks-faults-${process.pid}`
    await using node = await startTaskNode({
      engine: new GatedEngine(),
      networkName,
      limits: { maxFaults: 3 },
    })
    await using requester = await ScriptedRequester.start({ networkName, node })
    await requester.claimed(1)
    const { stream } = requester
    for (let i = 0; i < 2; i++)
      await requester.next('rejected', await requester.assign({ offerId: uuidv7() }))
    await requester.assign({ offerId: uuidv7() })
    await stream.ended
  })

  it('is rejected for assignments without a credit, and loses its stream if it goes on', async () => {
    const networkName = `tasks-flood-${process.pid}`
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName, limits: { maxOverdrawn: 20 } })
    node.models.serve({ name: 'demo', slots: 1 })
    await using requester = await ScriptedRequester.start({ networkName, node })
    const { credits } = await requester.claimed(100)
    expect(credits).toBe(3)
    const { stream } = requester
    // Twice the slots and the prefetch are taken at most, whatever is sent.
    const taken = 4
    for (let i = 0; i < taken + 10; i++) {
      const taskId = await requester.assign()
      if (i < taken) await requester.next('accepted', taskId)
      else expect(await requester.next('rejected', taskId)).toMatchObject({ errorCode: 'no_capacity' })
    }
    await Promise.allSettled(Array.from({ length: 20 }, () => requester.assign()))
    await stream.ended
    expect(node.service.stats()).toMatchObject({ running: 1, queued: 3 })
    expect(engine.jobs).toHaveLength(1)
  })
})
