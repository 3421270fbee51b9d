import { describe, expect, it } from 'vitest'
import { ResultAnswer } from '../../src/protocol/wire/messages.pb.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { promptWorkflow, ScriptedRequester } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'

let networks = 0
const networkName = () => `tasks-life-${process.pid}-${++networks}`

describe('a task on the node', () => {
  it('is claimed, accepted, run, streamed, delivered, paid and remembered', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })

    const claim = await requester.claimed(1)
    expect(claim).toMatchObject({ offerId: requester.offerId, running: 0 })
    expect(claim.models[0]).toMatchObject({ name: 'demo', slots: 4, promptMicroPer1k: 1_000n })
    expect(claim.credits).toBeGreaterThanOrEqual(1)

    const taskId = await requester.assign({ stream: true, workflowJson: promptWorkflow('Hello') })
    await requester.next('accepted', taskId)
    await requester.next('started', taskId)
    const job = await engine.next()
    expect(job.request).toMatchObject({ model: 'demo', messages: [{ role: 'user', content: 'Hello' }] })
    job.say('Once ')
    expect(await requester.next('chunk', taskId)).toMatchObject({ text: 'Once ', tokens: 1 })
    expect(node.service.stats()).toMatchObject({ running: 1, queued: 0 })
    job.say('upon')
    job.finish()

    const { signed, outcome } = await requester.outcome(taskId)
    // 5 prompt characters and 2 pieces, at 1 and 2 micro-credits each.
    expect(outcome).toMatchObject({
      ok: true,
      result: 'Once upon',
      promptTokens: 5,
      completionTokens: 2,
      amountMicro: 9n,
    })
    expect(Buffer.from(outcome.requester).equals(requester.identity.publicKey)).toBe(true)
    expect(node.service.receivables()).toMatchObject({ pendingMicro: 9n, pendingTasks: 1 })
    expect(node.ledger.lastSeq()).toBe(0)

    await requester.pay(signed)
    expect(node.ledger.entriesAfter(0)).toMatchObject([{ taskId, direction: 'credit', amountMicro: 9n }])
    expect(node.service.receivables()).toMatchObject({ pendingMicro: 0n, pendingTasks: 0 })
    const detail = node.service.get(taskId)
    expect(detail).toMatchObject({
      role: 'executed',
      state: 'acknowledged',
      title: 'Hello',
      result: 'Once upon',
      counterparty: requester.identity.peerId,
      amountMicro: '9',
      receipt: { ledgerSeq: 1, amountMicro: '9' },
    })
    expect(detail?.transitions.map((transition) => transition.state)).toEqual([
      'accepted',
      'executing',
      'completed',
      'retrieved',
      'acknowledged',
    ])
    expect((await node.ledger.verify()).problems).toEqual([])
    expect(node.service.stats().tasksToday).toEqual({ completed: 1, failed: 0 })
    expect(node.service.throughput().reduce((sum, point) => sum + Number(point.earnedMicro), 0)).toBe(9)
    expect(await requester.poll(taskId)).toMatchObject({ status: ResultAnswer.Status.ACKNOWLEDGED })
  })
})
