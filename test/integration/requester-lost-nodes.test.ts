import { describe, expect, it } from 'vitest'
import { ResultAnswer } from '../../src/protocol/wire/messages.pb.ts'
import { ScriptedNode } from '../helpers/scripted-node.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `requester-lost-${process.pid}-${++networks}`
const task = { workflow: promptWorkflow('Hello'), models: ['demo'] }
const { ENDED, ACKNOWLEDGED, RUNNING } = ResultAnswer.Status

describe('a node that rejects', () => {
  it.each(['no_capacity', 'unpaid_limit'])('with %s leaves the task to others', async (errorCode) => {
    const name = networkName()
    await using first = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [first] })
    const taskId = await asking.requester.publish(task)
    await first.claim()
    await first.send({
      rejected: { taskId: (await first.assigned()).taskId, errorCode, errorMessage: 'Not now' },
    })
    await using second = await ScriptedNode.start({
      networkName: name,
      bootstrap: [...asking.network.addresses()],
    })
    const assignment = await second.takeTask()
    await second.send({ outcome: second.outcome(assignment) })
    expect(await asking.requester.wait(taskId)).toMatchObject({
      status: 'completed',
      node: second.identity.peerId,
    })
    const reasons = asking.requester.get(taskId)?.transitions.map(({ reason }) => reason ?? '')
    expect(reasons?.some((reason) => reason.includes(`Not now (${errorCode})`))).toBe(true)
  })

  it('because of the task itself ends it', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const taskId = await asking.requester.publish(task)
    await node.claim()
    const { taskId: assigned } = await node.assigned()
    await node.send({
      rejected: { taskId: assigned, errorCode: 'tool_unavailable', errorMessage: 'No tools here' },
    })
    expect(await asking.requester.wait(taskId)).toMatchObject({
      status: 'failed',
      error: { code: 'tool_unavailable', message: 'No tools here' },
    })
  })

  it('or says nothing for too long loses the task', async () => {
    const name = networkName()
    await using silent = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [silent], limits: { acceptTimeoutMs: 100 } })
    const taskId = await asking.requester.publish(task)
    await silent.claim()
    await silent.assigned()
    expect(await silent.next('cancel')).toEqual({ taskId })
    await using second = await ScriptedNode.start({
      networkName: name,
      bootstrap: [...asking.network.addresses()],
    })
    await second.send({ outcome: second.outcome(await second.takeTask()) })
    expect(await asking.requester.wait(taskId)).toMatchObject({
      status: 'completed',
      node: second.identity.peerId,
    })
  })
})

describe('a node whose stream is lost', () => {
  it('is asked for the result, and paid over the same stream', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const taskId = await asking.requester.publish(task)
    const assignment = await node.takeTask()
    await eventually(() => asking.requester.view(taskId)?.state === 'accepted', 'it is accepted')
    let polls = 0
    node.answer = ({ receipt }) => {
      if (receipt !== undefined) return { status: ACKNOWLEDGED }
      return ++polls < 3 ? { status: RUNNING } : { status: ENDED, outcome: node.outcome(assignment) }
    }
    node.hangUp()
    expect(await asking.requester.wait(taskId)).toMatchObject({ status: 'completed', result: 'A result' })
    await eventually(() => asking.requester.view(taskId)?.state === 'acknowledged', 'the receipt was taken')
    expect(polls).toBe(3)
    expect(asking.statesOf(taskId)).toContain('executing')
  })

  it('and that knows nothing of the task may have it again at once', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const taskId = await asking.requester.publish(task)
    await node.takeTask()
    await eventually(() => asking.requester.view(taskId)?.state === 'accepted', 'it is accepted')
    node.hangUp()
    await eventually(() => asking.requester.view(taskId)?.state === 'published', 'it is offered again')
    const revision = node.offers.length
    await node.until(
      () => node.offers.length > revision || node.offers.at(-1)?.offer.taskCount === 1,
      'a new offer',
    )
    await node.send({ outcome: node.outcome(await node.takeTask()) }).catch(() => undefined)
    expect(await asking.requester.wait(taskId)).toMatchObject({ status: 'completed' })
  })

  it('for good loses the task; what it brings later gets no second receipt', async () => {
    const name = networkName()
    await using asking = await startRequester(name, {
      limits: { lostNodeGraceMs: 300, pollTimeoutMs: 1_000 },
    })
    const known = [...asking.network.addresses()]
    const first = await ScriptedNode.start({ networkName: name, bootstrap: known })
    const taskId = await asking.requester.publish(task)
    const assignment = await first.takeTask()
    await eventually(() => asking.requester.view(taskId)?.state === 'accepted', 'it is accepted')
    const late = first.outcome(assignment)
    await first[Symbol.asyncDispose]()

    await using second = await ScriptedNode.start({ networkName: name, bootstrap: known })
    const again = await second.takeTask()
    expect(again.taskId).toBe(taskId)
    await second.send({ outcome: second.outcome(again) })
    expect(await asking.requester.wait(taskId)).toMatchObject({
      status: 'completed',
      node: second.identity.peerId,
    })
    expect(
      asking.requester.get(taskId)?.transitions.some(({ reason }) => reason?.includes('not been reachable')),
    ).toBe(true)

    await using back = await ScriptedNode.start({
      networkName: name,
      bootstrap: known,
      identity: first.identity,
    })
    await asking.requester.publish(task)
    await back.claim({ credits: 0 })
    await back.send({ outcome: late })
    expect(await back.next('cancel')).toEqual({ taskId })
    expect(back.count('receipt')).toBe(0)
    expect(asking.ledger.lastSeq()).toBe(1)
  })

  it('and comes back before anybody else has the task goes on with it', async () => {
    const name = networkName()
    const limits = { lostNodeGraceMs: 200, pollTimeoutMs: 500, lostPollMs: 200 }
    await using asking = await startRequester(name, { limits })
    const known = [...asking.network.addresses()]
    const first = await ScriptedNode.start({ networkName: name, bootstrap: known })
    const taskId = await asking.requester.publish(task)
    const assignment = await first.takeTask()
    await eventually(() => asking.requester.view(taskId)?.state === 'accepted', 'it is accepted')
    await first[Symbol.asyncDispose]()
    await eventually(() => asking.requester.view(taskId)?.state === 'published', 'it is offered again')

    await using back = await ScriptedNode.start({
      networkName: name,
      bootstrap: known,
      identity: first.identity,
    })
    let running = true
    back.answer = ({ receipt }) => {
      if (receipt !== undefined) return { status: ACKNOWLEDGED }
      return running ? { status: RUNNING } : { status: ENDED, outcome: back.outcome(assignment) }
    }
    await back.offer()
    await eventually(() => asking.requester.view(taskId)?.state === 'executing', 'it is taken up again')
    running = false
    expect(await asking.requester.wait(taskId)).toMatchObject({
      status: 'completed',
      node: back.identity.peerId,
    })
    expect(back.count('assign')).toBe(0)
  })
})

describe('a node that has accepted a task and says nothing more', () => {
  const limits = { silenceMs: 100, pollTimeoutMs: 200, lostNodeGraceMs: 400, pollMinMs: 50 }

  it('is asked, and loses the task if it does not answer that either', async () => {
    const name = networkName()
    await using silent = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [silent], limits })
    const taskId = await asking.requester.publish(task)
    silent.answer = () => new Promise(() => {})
    await silent.takeTask()
    await silent.until(() => silent.questions.length > 0, 'a question')
    await using second = await ScriptedNode.start({
      networkName: name,
      bootstrap: [...asking.network.addresses()],
    })
    const assignment = await second.takeTask()
    await second.send({ outcome: second.outcome(assignment) })
    expect(await asking.requester.wait(taskId)).toMatchObject({
      status: 'completed',
      node: second.identity.peerId,
    })
    expect(silent.cut).toBe(false)
  })

  it('keeps it if it answers that it is at it', async () => {
    const name = networkName()
    await using slow = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [slow], limits })
    const taskId = await asking.requester.publish(task)
    slow.answer = () => ({ status: RUNNING })
    const assignment = await slow.takeTask()
    await slow.until(() => slow.questions.length > 4, 'several questions')
    expect(asking.requester.view(taskId)?.state).toBe('executing')
    await slow.send({ outcome: slow.outcome(assignment) })
    expect(await asking.requester.wait(taskId)).toMatchObject({ node: slow.identity.peerId })
  })
})
