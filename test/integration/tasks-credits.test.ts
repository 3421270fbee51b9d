import { describe, expect, it } from 'vitest'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { ScriptedRequester } from '../helpers/scripted-requester.ts'
import { startTaskNode, TestModels } from '../helpers/task-node.ts'

let networks = 0
const networkName = () => `tasks-credits-${process.pid}-${++networks}`

function slots(count: number): TestModels {
  const models = new TestModels()
  models.serve({ name: 'demo', slots: count })
  return models
}

describe('credits', () => {
  it('that are not used lapse, and the room goes to who waits', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({
      engine,
      networkName: name,
      models: slots(1),
      limits: { creditLapseMs: 300 },
    })
    await using idle = await ScriptedRequester.start({ networkName: name, node })
    await using other = await ScriptedRequester.start({ networkName: name, node })
    expect((await idle.claimed(10)).credits).toBe(3)
    // There is no room: silence, until the first one's credits lapse.
    await other.offer({ taskCount: 10 })
    expect((await other.next('claim')).credits).toBe(3)
    expect(await idle.next('credit')).toEqual({ credits: 0, assigned: 0 })
    // A later word of the first is heard once there is room.
    await other.stream.send({ denied: { offerId: other.offerId, reason: 'enough' } })
    await idle.offer({ taskCount: 1 })
    expect((await idle.next('claim')).credits).toBeGreaterThanOrEqual(1)
  })

  it('go round the requesters', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name, models: slots(2) })
    await using a = await ScriptedRequester.start({ networkName: name, node })
    await using b = await ScriptedRequester.start({ networkName: name, node })
    expect((await a.claimed(100)).credits).toBe(4)
    for (let i = 0; i < 4; i++) await a.next('accepted', await a.assign())
    const heard = new Promise((resolve) => node.network.onOffer(resolve))
    await b.offer({ taskCount: 100 })
    await heard
    const finishOne = async () => {
      const job = await engine.next()
      job.say('x')
      job.finish()
    }
    // While the second is being dialled the first, who is here, gets what comes free; then they take turns.
    await finishOne()
    expect(await a.next('credit')).toEqual({ credits: 1, assigned: 4 })
    await b.until(() => b.streams.length === 1)
    // The node, which is in this process, has to hear of it, too.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    await finishOne()
    expect((await b.next('claim')).credits).toBe(1)
    await finishOne()
    expect(await a.next('credit')).toEqual({ credits: 2, assigned: 4 })
    await finishOne()
    expect(await b.next('credit')).toEqual({ credits: 2, assigned: 0 })
  })

  it('come on one stream for all offers of a requester', async () => {
    const name = networkName()
    const models = slots(4)
    models.serve({ name: 'second', slots: 4 })
    await using node = await startTaskNode({ engine: new GatedEngine(), networkName: name, models })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(2)
    const offerId = '01890a5d-ac96-774b-bcce-b302099a8057'
    await requester.offer({ offerId, models: ['second'], taskCount: 2 })
    const claim = await requester.next('claim')
    expect(claim.offerId).toBe(offerId)
    // What is told of models and credits holds for the whole stream.
    expect(claim.models.map((model) => model.name).sort()).toEqual(['demo', 'second'])
    expect(claim.credits).toBeGreaterThanOrEqual(4)
    expect(requester.streams).toHaveLength(1)
    const taskId = await requester.assign({ offerId, model: 'second' })
    await requester.next('accepted', taskId)
  })

  it('are taken back by a pause and given again after it', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'x'
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(3)
    node.service.pause()
    expect(await requester.next('credit')).toEqual({ credits: 0, assigned: 0 })
    expect(await requester.next('rejected', await requester.assign())).toMatchObject({
      errorCode: 'no_capacity',
    })
    node.service.resume()
    expect((await requester.next('credit')).credits).toBeGreaterThanOrEqual(1)
    expect((await requester.outcome(await requester.assign())).outcome.ok).toBe(true)
  })

  it('are not promised for what the node does not serve, asks more for, or was not drawn for', async () => {
    const name = networkName()
    await using node = await startTaskNode({ engine: new GatedEngine(), networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.offer({ taskCount: 1, threshold: 0 })
    await requester.offer({ taskCount: 1, maxPromptMicroPer1k: 999n })
    await requester.offer({ taskCount: 1, modelDigest: new Uint8Array(32).fill(1) })
    await requester.offer({ taskCount: 1 })
    const claim = await requester.next('claim')
    expect(claim.offerId).toBe(requester.offerId)
    expect(requester.count('claim')).toBe(1)
  })

  it('are renewed with a new claim when the price changes, and taken back while the model is away', async () => {
    const name = networkName()
    await using node = await startTaskNode({ engine: new GatedEngine(), networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const { credits } = await requester.claimed(2)
    node.models.serve({ name: 'demo', price: { promptMicroPer1k: 5_000n, completionMicroPer1k: 6_000n } })
    const claim = await requester.next('claim')
    expect(claim).toMatchObject({
      credits,
      models: [{ promptMicroPer1k: 5_000n, completionMicroPer1k: 6_000n }],
    })
    const cheap = await requester.assign()
    expect(await requester.next('rejected', cheap)).toMatchObject({ errorCode: 'price_too_high' })
    node.models.suspend('demo')
    expect(await requester.next('credit')).toMatchObject({ credits: 0 })
    node.models.serve({ name: 'demo' })
    expect((await requester.next('claim')).models[0]).toMatchObject({ promptMicroPer1k: 1_000n })
  })

  it('are there for the next task of a requester that has just placed one', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    engine.auto = () => 'x'
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    expect((await requester.claimed(1)).credits).toBeGreaterThan(1)
    for (let i = 0; i < 8; i++) {
      const { signed, outcome } = await requester.outcome(await requester.assign())
      expect(outcome.ok).toBe(true)
      await requester.pay(signed)
    }
    expect(requester.count('rejected')).toBe(0)
  })
})
