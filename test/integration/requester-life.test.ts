import { describe, expect, it } from 'vitest'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `requester-life-${process.pid}-${++networks}`

function answering(answer = (prompt: string) => `To ${prompt}`): GatedEngine {
  const engine = new GatedEngine()
  engine.auto = answer
  return engine
}

describe('a published task', () => {
  it('is placed, executed, checked, paid and remembered', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const { requester, ledger } = asking

    const taskId = await requester.publish({
      workflow: promptWorkflow('Hello'),
      models: ['demo'],
      stream: true,
    })
    const texts: string[] = []
    const ended = requester.wait(taskId, {
      onEvent: (event) => {
        if (event.type === 'text') texts.push(event.text)
      },
    })
    const job = await engine.next()
    await eventually(() => requester.view(taskId)?.state === 'executing', 'the task is shown as executing')
    job.say('Once ')
    await eventually(() => texts.length > 0, 'text is streamed')
    expect(requester.view(taskId)).toMatchObject({
      liveTokens: 1,
      counterparty: node.network.peerId,
      model: 'demo',
    })
    job.say('upon')
    job.finish()

    const result = await ended
    expect(result).toMatchObject({
      taskId,
      status: 'completed',
      result: 'Once upon',
      model: 'demo',
      node: node.network.peerId,
      amountMicro: '9',
      stats: { promptTokens: 5, completionTokens: 2 },
      receipt: { ledgerSeq: 1, amountMicro: '9' },
    })
    expect(texts.join('')).toBe('Once upon')
    await eventually(() => requester.view(taskId)?.state === 'acknowledged', 'the receipt is acknowledged')
    expect(ledger.entriesAfter(0)).toMatchObject([{ taskId, direction: 'debit', amountMicro: 9n }])
    expect(node.ledger.entriesAfter(0)).toMatchObject([{ taskId, direction: 'credit', amountMicro: 9n }])
    expect((await ledger.verify()).problems).toEqual([])
    const detail = requester.get(taskId)
    expect(detail).toMatchObject({ role: 'requested', title: 'Hello', result: 'Once upon' })
    expect(detail?.transitions.map(({ state }) => state)).toEqual([
      'created',
      'published',
      'accepted',
      'executing',
      'completed',
      'retrieved',
      'acknowledged',
    ])
    expect(asking.statesOf(taskId)).toEqual(detail?.transitions.map(({ state }) => state))
  })

  it('gives its failure as it was', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const taskId = await asking.requester.publish({ workflow: promptWorkflow('Hello'), models: ['demo'] })
    const job = await engine.next()
    job.crash()
    ;(await engine.next()).crash()
    const result = await asking.requester.wait(taskId)
    expect(result).toMatchObject({ status: 'failed', error: { code: 'inference_crashed' } })
    expect(result.receipt).toBeUndefined()
    expect(asking.ledger.lastSeq()).toBe(0)
  })

  it('is one of a hundred that two nodes share, each done once', async () => {
    const name = networkName()
    await using first = await startTaskNode({ engine: answering(), networkName: name })
    await using second = await startTaskNode({ engine: answering(), networkName: name })
    await using asking = await startRequester(name, { knows: [first, second] })
    const tasks = Array.from({ length: 100 }, (_, index) => ({
      workflow: promptWorkflow(`number ${index}`),
      models: ['demo'],
    }))
    const taskIds = await asking.requester.publishMany(tasks)
    const results = await Promise.all(taskIds.map((taskId) => asking.requester.wait(taskId)))
    expect(results.map((result) => result.result)).toEqual(tasks.map((_, index) => `To number ${index}`))
    expect(new Set(results.map((result) => result.node)).size).toBe(2)
    await eventually(() => first.ledger.lastSeq() + second.ledger.lastSeq() === 100, 'all are paid')
    expect(asking.ledger.lastSeq()).toBe(100)
    expect((await asking.ledger.verify()).problems).toEqual([])
  })

  it('goes to a node that answered before, without another offer', async () => {
    const name = networkName()
    await using node = await startTaskNode({ engine: answering(), networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const { requester } = asking
    for (let index = 0; index < 5; index++) {
      const taskId = await requester.publish({ workflow: promptWorkflow(`n${index}`), models: ['demo'] })
      expect(await requester.wait(taskId)).toMatchObject({ status: 'completed' })
      const [created, published] = requester.get(taskId)?.transitions ?? []
      expect([created?.state, published?.state]).toEqual(['created', 'published'])
      if (index > 0) expect(published?.reason).toContain('had answered before')
    }
  })
})
