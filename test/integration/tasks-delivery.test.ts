import { describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { ResultAnswer } from '../../src/protocol/wire/messages.pb.ts'
import { openSigned } from '../../src/protocol/wire/signing.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { ScriptedRequester } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'

const { UNKNOWN, PENDING, RUNNING, ENDED, ACKNOWLEDGED, REFUSED } = ResultAnswer.Status

let networks = 0
const networkName = () => `tasks-delivery-${process.pid}-${++networks}`
const quickRedial = { redialMinMs: 20, redialMaxMs: 200 }

describe('delivering results', () => {
  it('dials the requester again when the stream was cut', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name, limits: quickRedial })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish()
    await requester.next('accepted', taskId)
    const job = await engine.next()
    const cut = requester.stream
    cut.abort(new Error('unplugged'))
    await cut.ended
    job.say('late')
    job.finish()
    const { signed, outcome } = await requester.outcome(taskId)
    expect(outcome.result).toBe('late')
    expect(requester.streams.length).toBeGreaterThan(1)
    await requester.pay(signed)
    expect(node.ledger.entriesAfter(0)).toHaveLength(1)
  })

  it('keeps the result for a requester that asks for it, from another process', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    const requester = await ScriptedRequester.start({ networkName: name, node })
    const { identity } = requester
    const taskId = await requester.publish()
    await requester.next('accepted', taskId)
    const job = await engine.next()
    await requester[Symbol.asyncDispose]()

    // The same identity with another transport key.
    await using later = await ScriptedRequester.start({ networkName: name, node, identity })
    expect(await later.poll(taskId)).toMatchObject({ status: RUNNING })
    job.say('kept')
    job.finish()
    let answer = await later.poll(taskId)
    while (answer.status === RUNNING) answer = await later.poll(taskId)
    expect(answer.status).toBe(ENDED)
    if (answer.outcome === undefined) throw new Error('no outcome')
    expect(openSigned('outcome', answer.outcome).message.result).toBe('kept')
    expect(await later.ask({ receipt: later.receiptFor(answer.outcome) })).toMatchObject({
      status: ACKNOWLEDGED,
    })
    expect(await later.poll(taskId)).toMatchObject({ status: ACKNOWLEDGED })
    expect(node.ledger.entriesAfter(0)).toHaveLength(1)
  })

  it('brings the result to where its requester is now, once that is heard in an offer', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name, limits: quickRedial })
    const requester = await ScriptedRequester.start({ networkName: name, node })
    const { identity } = requester
    const taskId = await requester.publish()
    await requester.next('accepted', taskId)
    const job = await engine.next()
    await requester[Symbol.asyncDispose]()
    job.say('found')
    job.finish()
    await expect.poll(() => node.service.get(taskId)?.unpaidReason, { timeout: 10_000 }).toBeDefined()

    await using stranger = await ScriptedRequester.start({ networkName: name, node })
    await stranger.claimed()
    await using later = await ScriptedRequester.start({ networkName: name, node, identity })
    await later.offer()
    const { signed, outcome } = await later.outcome(taskId)
    expect(outcome.result).toBe('found')
    await later.pay(signed)
    expect(node.ledger.entriesAfter(0)).toHaveLength(1)
    expect(stranger.count('outcome')).toBe(0)
  })

  it('sends one after another of many, as they are acknowledged', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    const count = 300
    await using node = await startTaskNode({
      engine,
      networkName: name,
      limits: { ...quickRedial, maxQueued: 1_000 },
      exposure: { startMicro: 1_000_000_000n, maxMicro: 1_000_000_000n, strangersMicro: 1_000_000_000n },
    })
    node.models.serve({ name: 'demo', slots: count })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(count)
    for (let index = 0; index < count; index++) await requester.assign()
    await expect.poll(() => node.service.receivables().pendingTasks, { timeout: 30_000 }).toBe(count)
    // Nothing was paid. It goes away, and the node finds it again: everything is brought once more.
    let at = requester.log.length
    requester.stream.abort(new Error('unplugged'))
    const brought = new Set<string>()
    while (brought.size < count) {
      await requester.until(() => requester.log.length > at, `more than ${brought.size} outcomes`)
      const { outcome } = requester.log[at++] ?? {}
      if (outcome === undefined) continue
      brought.add(openSigned('outcome', outcome).message.taskId)
      await requester.stream.send({ receipt: requester.receiptFor(outcome) })
    }
    await expect.poll(() => node.ledger.lastSeq(), { timeout: 10_000 }).toBe(count)
  })

  it('says of a requester that is gone since when it could not be reached', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name, limits: quickRedial })
    const requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish()
    await requester.next('accepted', taskId)
    const job = await engine.next()
    await requester[Symbol.asyncDispose]()
    job.say('x')
    job.finish()
    const reason = () => node.service.get(taskId)?.unpaidReason
    await expect.poll(reason, { timeout: 10_000 }).toMatch(/has not been reachable since \d{4}-/)
    expect(node.service.receivables()).toMatchObject({ pendingTasks: 1, unpaidTasks: 0 })
  })

  it('answers only the owner, and only what is asked of this node', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    node.models.serve({ name: 'demo', slots: 1 })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(2)
    const running = await requester.assign()
    const waiting = await requester.assign()
    await requester.next('accepted', waiting)
    const stranger = await createEphemeralIdentity()
    expect(await requester.poll(running)).toMatchObject({ status: RUNNING })
    expect(await requester.poll(waiting)).toMatchObject({ status: PENDING })
    expect(await requester.poll(running, {}, stranger)).toMatchObject({
      status: REFUSED,
      errorCode: 'bad_signature',
    })
    expect(await requester.poll(running, { cancel: true }, stranger)).toMatchObject({ status: REFUSED })
    expect(await requester.poll(requester.offerId)).toMatchObject({ status: UNKNOWN })
    expect(await requester.poll(running, { node: new Uint8Array(32).fill(3) })).toMatchObject({
      status: REFUSED,
      errorCode: 'bad_message',
    })
    expect(await requester.poll(running, { issuedAtMs: Date.now() - 7_200_000 })).toMatchObject({
      status: REFUSED,
      errorCode: 'bad_message',
    })
    expect(engine.jobs[0]?.ended).toBe(false)

    const cancelled = await requester.poll(waiting, { cancel: true })
    expect(cancelled.status).toBe(ENDED)
    const stopped = await requester.poll(running, { cancel: true })
    expect(stopped.status).toBe(ENDED)
    if (stopped.outcome === undefined) throw new Error('no outcome')
    expect(openSigned('outcome', stopped.outcome).message.errorCode).toBe('cancelled')
  })

  it('refuses to answer who asks too often', async () => {
    const name = networkName()
    const limits = { resultBurst: 3, resultRatePerSecond: 0.001 }
    await using node = await startTaskNode({ engine: new GatedEngine(), networkName: name, limits })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    for (let i = 0; i < 3; i++) expect((await requester.poll(requester.offerId)).status).toBe(UNKNOWN)
    expect(await requester.poll(requester.offerId)).toMatchObject({
      status: REFUSED,
      errorCode: 'no_capacity',
    })
  })
})

describe('receipts', () => {
  it('are credited once, however often they come', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish()
    const { signed } = await requester.outcome(taskId)
    const receipt = requester.receiptFor(signed)
    // Two in one commit, one later, one on the other protocol.
    await Promise.all([requester.stream.send({ receipt }), requester.stream.send({ receipt })])
    await requester.next('acknowledged', taskId)
    await requester.next('acknowledged', taskId)
    await requester.pay(signed)
    expect(await requester.ask({ receipt })).toMatchObject({ status: ACKNOWLEDGED })
    expect(node.ledger.entriesAfter(0)).toHaveLength(1)
    expect(
      node.service.get(taskId)?.transitions.filter(({ state }) => state === 'acknowledged'),
    ).toHaveLength(1)
  })

  it('are refused when they do not fit the result', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish()
    const { signed, outcome } = await requester.outcome(taskId)
    const wrong = [
      { amountMicro: outcome.amountMicro - 1n },
      { amountMicro: 0n },
      { resultHash: new Uint8Array(32).fill(5) },
      { modelDigest: new Uint8Array(32).fill(5) },
      { completionTokens: outcome.completionTokens + 1 },
      { node: new Uint8Array(32).fill(5) },
    ]
    for (const fields of wrong) {
      expect(await requester.ask({ receipt: requester.receiptFor(signed, fields) })).toMatchObject({
        status: REFUSED,
        errorCode: 'bad_message',
      })
    }
    await using stranger = await ScriptedRequester.start({ networkName: name, node })
    expect(await stranger.ask({ receipt: stranger.receiptFor(signed) })).toMatchObject({
      status: REFUSED,
      errorCode: 'bad_signature',
    })
    expect(node.ledger.lastSeq()).toBe(0)
    expect(node.service.get(taskId)?.state).toBe('completed')
    expect(node.service.get(taskId)?.unpaidReason).toContain('No receipt')
    // On the work stream the same is not acknowledged, and the right one still is.
    await requester.stream.send({ receipt: requester.receiptFor(signed, { amountMicro: 1n }) })
    await requester.pay(signed)
    expect(requester.count('acknowledged')).toBe(1)
    expect(node.service.get(taskId)?.unpaidReason).toBeUndefined()
  })

  it('of failures acknowledge and enter no ledger', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish()
    await engine.next()
    await requester.stream.send({ cancel: { taskId } })
    const { signed } = await requester.outcome(taskId)
    await requester.pay(signed)
    expect(node.ledger.lastSeq()).toBe(0)
    expect(node.service.get(taskId)?.state).toBe('cancelled')
    expect(await requester.poll(taskId)).toMatchObject({ status: ACKNOWLEDGED })
  })

  it('that do not come bar the requester, until they come', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({
      engine,
      networkName: name,
      exposure: { startMicro: 20_000n, maxMicro: 1_000_000n, strangersMicro: 1_000_000n },
    })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    // It has four slots, and promises no more than may be left unpaid.
    expect((await requester.claimed(3)).credits).toBe(2)
    const first = await requester.outcome(await requester.assign())
    const second = await requester.outcome(await requester.assign())
    const refused = await requester.assign()
    expect(await requester.next('rejected', refused)).toMatchObject({ errorCode: 'unpaid_limit' })
    // Another requester is served meanwhile.
    await using other = await ScriptedRequester.start({ networkName: name, node })
    expect((await other.outcome(await other.publish())).outcome.ok).toBe(true)

    await requester.pay(first.signed)
    await requester.pay(second.signed)
    const served = await requester.outcome(await requester.assign())
    expect(served.outcome.ok).toBe(true)
    expect(engine.jobs).toHaveLength(4)
  })

  it('that do not come from many strangers bar all of them, and nobody who has paid', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({
      engine,
      networkName: name,
      exposure: { startMicro: 1_000_000n, maxMicro: 1_000_000n, strangersMicro: 20_000n },
    })
    await using regular = await ScriptedRequester.start({ networkName: name, node })
    await regular.pay((await regular.outcome(await regular.publish())).signed)
    const strangers: ScriptedRequester[] = []
    for (let i = 0; i < 2; i++) {
      const stranger = await ScriptedRequester.start({ networkName: name, node })
      strangers.push(stranger)
      await stranger.outcome(await stranger.publish())
    }
    const [first] = strangers
    if (first === undefined) throw new Error('no stranger')
    // It has a stream and a claim, so that it can be told; another would only hear nothing.
    const refused = await first.assign()
    expect(await first.next('rejected', refused)).toMatchObject({
      errorCode: 'unpaid_limit',
      errorMessage: expect.stringContaining('requesters that have not paid yet'),
    })
    const served = await regular.outcome(await regular.assign())
    expect(served.outcome.ok).toBe(true)
    for (const stranger of strangers) await stranger[Symbol.asyncDispose]()
  })

  it('are given up after the retention, and the reason stays', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({ engine, networkName: name })
    const requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish()
    await requester.outcome(taskId)
    await requester[Symbol.asyncDispose]()
    expect(node.service.receivables()).toMatchObject({ pendingTasks: 1, unpaidTasks: 0 })

    await using later = await startTaskNode({
      engine,
      networkName: name,
      from: node.leftovers(),
      identity: node.identity,
      limits: { outboxRetentionMs: 0 },
    })
    while (later.service.receivables().unpaidTasks === 0)
      await new Promise((resolve) => setImmediate(resolve))
    expect(later.service.receivables()).toMatchObject({ pendingTasks: 0, unpaidTasks: 1 })
    expect(later.service.get(taskId)?.unpaidReason).toMatch(/never acknowledged|reached|delivered/)
  })

  it('are not expected for a result that the requester no longer wants', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'done'
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish()
    await requester.outcome(taskId)
    await requester.stream.send({ cancel: { taskId } })
    while (node.service.receivables().pendingTasks > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(node.service.get(taskId)).toMatchObject({
      state: 'completed',
      unpaidReason: expect.stringContaining('Superseded'),
    })
  })
})
