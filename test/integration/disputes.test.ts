import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { ResultAnswer, type Signed, TaskOutcome, type ToResult } from '../../src/protocol/wire/messages.pb.ts'
import { openSigned } from '../../src/protocol/wire/signing.ts'
import { disputeOf } from '../helpers/dispute-of.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { ScriptedNode } from '../helpers/scripted-node.ts'
import { promptWorkflow, ScriptedRequester } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

const { ACKNOWLEDGED, REFUSED, UNKNOWN } = ResultAnswer.Status

let networks = 0
const networkName = () => `disputes-${process.pid}-${++networks}`

describe('a node that is told of a dispute', () => {
  it('keeps it, shows it, stops asking to be paid, and serves that requester less', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({
      engine,
      networkName: name,
      exposure: { startMicro: 30_000n, maxMicro: 1_000_000n, strangersMicro: 1_000_000n },
    })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(3)
    const { signed } = await requester.outcome(await requester.assign())
    const { taskId } = TaskOutcome.decode(signed.payload)
    const dispute = disputeOf(signed, requester)
    expect(await requester.ask({ dispute })).toMatchObject({ status: ACKNOWLEDGED })
    expect(await requester.ask({ dispute })).toMatchObject({ status: ACKNOWLEDGED }) // as after a lost answer
    expect(node.service.get(taskId)).toMatchObject({
      state: 'completed',
      payment: 'disputed',
      unpaidCode: 'disputed',
      unpaidReason: 'Disputed: Another node wrote something else',
      dispute: {
        code: 'failed_verification',
        reason: 'Another node wrote something else',
        atMs: expect.any(Number),
      },
      paymentTrail: { price: { promptMicroPer1k: '1000', completionMicroPer1k: '2000' } },
    })
    expect(node.service.get(taskId)?.transitions.filter(({ reason }) => reason !== undefined)).toHaveLength(1)
    expect(node.service.receivables()).toMatchObject({ pendingTasks: 0, disputedTasks: 1, unpaidTasks: 0 })
    // 30,000 less twice the 10,000 that it counts with: one more.
    expect(node.service.exposure(10).requesters).toMatchObject([{ limitMicro: '10000', lostMicro: '10000' }])
    await requester.outcome(await requester.assign())
    const refused = await requester.assign()
    expect(await requester.next('rejected', refused)).toMatchObject({ errorCode: 'unpaid_limit' })

    // Who changes its mind may still pay.
    await requester.pay(signed)
    expect(node.service.get(taskId)).toMatchObject({ state: 'acknowledged', payment: 'acknowledged' })
    expect(node.ledger.lastSeq()).toBe(1)
    expect(await node.ledger.verify()).toMatchObject({ ok: true })
  })

  it('on its work stream takes it there, too', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(1)
    const { signed } = await requester.outcome(await requester.assign())
    const { taskId } = TaskOutcome.decode(signed.payload)
    await requester.stream.send({ dispute: disputeOf(signed, requester) })
    await eventually(() => node.service.get(taskId)?.dispute !== undefined, 'it is taken')
    expect(node.service.get(taskId)).toMatchObject({ payment: 'disputed' })
  })

  it('keeps a dispute of what was paid, and its credit', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const { signed, outcome } = await requester.outcome(await requester.publish())
    await requester.pay(signed)
    expect(await requester.ask({ dispute: disputeOf(signed, requester) })).toMatchObject({
      status: ACKNOWLEDGED,
    })
    expect(node.service.get(outcome.taskId)).toMatchObject({
      state: 'acknowledged',
      payment: 'acknowledged',
      dispute: { code: 'failed_verification' },
    })
    expect(node.ledger.balanceMicro()).toBe(outcome.amountMicro)
  })

  it('takes none of a stranger, of another result, of a failure, or of a task that it never had', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(2)
    const done = await requester.assign()
    const job = await engine.next()
    job.say('x')
    job.finish()
    const { signed } = await requester.outcome(done)
    const stranger = await createEphemeralIdentity()
    const wrong: readonly [Signed, string][] = [
      [disputeOf(signed, requester, {}, stranger), 'bad_signature'],
      [disputeOf(signed, requester, { resultHash: new Uint8Array(32) }), 'bad_message'],
      [disputeOf(signed, requester, { node: new Uint8Array(stranger.publicKey) }), 'bad_message'],
    ]
    for (const [dispute, errorCode] of wrong) {
      expect(await requester.ask({ dispute })).toMatchObject({ status: REFUSED, errorCode })
    }
    const unknown = disputeOf(signed, requester, { taskId: '01990000-0000-7000-8000-000000000000' })
    expect(await requester.ask({ dispute: unknown })).toMatchObject({ status: UNKNOWN })
    const stopped = await requester.assign()
    await engine.next()
    await requester.stream.send({ cancel: { taskId: stopped } })
    const failure = await requester.outcome(stopped)
    expect(await requester.ask({ dispute: disputeOf(failure.signed, requester) })).toMatchObject({
      status: REFUSED,
      errorCode: 'bad_message',
    })
    expect(node.service.get(done)).toMatchObject({ payment: 'pending' })
    expect(node.service.get(done)?.dispute).toBeUndefined()
  })
})

describe('a requester that refuses a result', () => {
  const disputesIn = (questions: readonly ToResult[]) =>
    questions.flatMap(({ dispute }) => (dispute === undefined ? [] : [dispute]))

  it('tells the node why, signed, until the node has it, also from a later process', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    let answers = 0
    node.answer = ({ dispute }) => {
      if (dispute === undefined) return {}
      answers++
      return answers < 3
        ? { status: REFUSED, errorCode: 'no_capacity', errorMessage: 'later' }
        : { status: ACKNOWLEDGED }
    }
    await using first = await startRequester(name, { knows: [node], limits: { receiptRetryMinMs: 20 } })
    const { requester, folder } = first
    const taskId = await requester.publish({ workflow: promptWorkflow('Hello'), models: ['demo'] })
    const assignment = await node.takeTask()
    const forged = node.outcome(assignment, { amountMicro: 21n })
    await node.send({ outcome: forged })
    await eventually(() => answers >= 3, 'the node has taken the dispute')
    const [signed] = disputesIn(node.questions)
    if (signed === undefined) throw new Error('no dispute')
    const { message, publicKey } = openSigned('dispute', signed)
    expect(Buffer.from(publicKey)).toEqual(Buffer.from(first.identity.publicKey))
    expect(message).toMatchObject({
      taskId,
      code: 'not_as_agreed',
      reason: expect.stringContaining('20 were agreed'),
    })
    expect(Buffer.from(message.resultHash)).toEqual(createHash('sha256').update(forged.payload).digest())
    expect(requester.get(taskId)?.dispute).toMatchObject({ code: 'not_as_agreed' })
    const told = disputesIn(node.questions).length
    await first.requester.stop()

    // Nothing is left to be told.
    await using later = await startRequester(name, { knows: [node], dataDir: folder.path })
    await later.requester.publish({ workflow: promptWorkflow('Again'), models: ['demo'] })
    await node.until(() => node.offers.length > 1, 'the later process is there')
    expect(disputesIn(node.questions)).toHaveLength(told)
  })

  it('can say so of a result that it has paid, and of nothing else', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({ engine, networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const { requester } = asking
    const complaint = { code: 'failed_verification', reason: 'It is another text' } as const
    const taskId = await requester.publish({ workflow: promptWorkflow('Hello'), models: ['demo'] })
    await requester.wait(taskId)
    await requester.dispute(taskId, complaint)
    await requester.dispute(taskId, { ...complaint, reason: 'The first one stands' })
    await eventually(() => node.service.get(taskId)?.dispute !== undefined, 'the node knows')
    expect(node.service.get(taskId)?.dispute).toMatchObject(complaint)
    expect(requester.get(taskId)).toMatchObject({
      dispute: { ...complaint, toldTo: { node: node.identity.peerId } },
      nodes: [{ node: node.identity.peerId, model: 'demo', acceptedAtMs: expect.any(Number) }],
    })
    await eventually(() => requester.view(taskId)?.payment === 'acknowledged', 'it is paid all the same')
    await expect(requester.dispute('01990000-0000-7000-8000-000000000000', complaint)).rejects.toMatchObject({
      code: 'unknown_task',
    })
    const failed = await requester.publish({
      workflow: promptWorkflow('Hello'),
      models: ['other'],
      deadlineMs: Date.now() + 200,
    })
    await requester.wait(failed)
    await expect(requester.dispute(failed, complaint)).rejects.toMatchObject({ code: 'bad_usage' })
  })
})
