import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { Requester } from '../../src/node/requester/contract.ts'
import { CheckDraw } from '../../src/node/verification/check-draw.ts'
import { OwnModelChecker } from '../../src/node/verification/own-model.ts'
import { createWorkflowParser } from '../../src/protocol/workflow/parse-cache.ts'
import { simpleWorkflow } from '../../src/protocol/workflow/simple.ts'
import { cheats, type NodeEngine } from '../helpers/cheating-engine.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { demoModelPath } from '../helpers/models.ts'
import { requantise } from '../helpers/requantise.ts'
import { startTaskNode, type TaskNode, TestModels } from '../helpers/task-node.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

const PROMPT = 'Write a short story about a dragon.'
const digest = new Uint8Array(createHash('sha256').update(readFileSync(demoModelPath)).digest())

let networks = 0
const networkName = () => `verification-${process.pid}-${++networks}`

/** Real nodes on real models, whose results are checked by computing them again. */
describe('a result that is checked', () => {
  const folder = tempFolder()
  const logs = createLogger({ level: 'error' })
  const all = { share: 1, models: [demoModelPath], launchInference: launchInferenceChild(logs.logger) }
  let engine: LlamaEngine

  beforeAll(async () => {
    engine = createLlamaEngine({ log: () => {} })
    await engine.load({ name: 'demo', path: demoModelPath, slots: 4, gpu: 'off' })
    const other = folder.file('other.gguf')
    await makeGguf(other, { shape: madeShapes['30m'], type: 'q8_0' })
    await engine.load({ name: 'other', path: other, slots: 2, contextSize: 512, gpu: 'off' })
  })
  afterAll(async () => {
    await engine.dispose()
    await logs.close()
    folder[Symbol.dispose]()
  })

  const onEngine = () =>
    new OwnModelChecker({
      engine,
      parseWorkflow: createWorkflowParser(),
      models: { has: () => true, ready: async () => ({ name: 'demo', contextSize: 512 }) },
    })

  const nodeWith = async (
    name: string,
    nodeEngine: NodeEngine,
    bootstrap: readonly string[] = [],
  ): Promise<TaskNode> => {
    const models = new TestModels()
    models.serve({ name: 'demo', digest, contextSize: 512 })
    return startTaskNode({ networkName: name, engine: nodeEngine, models, bootstrap })
  }

  /** Has tasks done, one after the other, until a check refutes a result. */
  const firstRefuted = async (requester: Requester, tasks: number) => {
    const who = ['dragon', 'sailor', 'teacher', 'fox', 'robot', 'queen', 'farmer']
    for (let at = 0; at < tasks; at++) {
      const prompt = `Write a short story about a ${who[at % who.length]} and number ${at}.`
      const workflow = simpleWorkflow({ prompt, maxTokens: 96 })
      const sampling = { temperature: 1, seed: 6_000 + at }
      const taskId = await requester.publish({ workflow, models: ['demo'], sampling })
      await eventually(() => requester.get(taskId)?.checks !== undefined, 'the result is checked')
      const [check] = requester.get(taskId)?.checks ?? []
      if (check?.verdict === 'refuted') return { taskId, reason: check.reason, agreed: at }
      await requester.wait(taskId)
    }
    return undefined
  }

  const samplings = [
    ['the likeliest tokens', { temperature: 0 }],
    ['a seed', { temperature: 0.9, seed: 7 }],
    ['no seed of the requester', { temperature: 0.9 }],
    ['penalties', { temperature: 0.8, seed: 7, repeatPenalty: 1.2 }],
  ] as const

  it.each(samplings)('by an honest node agrees, with %s', async (_, sampling) => {
    const name = networkName()
    await using node = await nodeWith(name, engine)
    await using asking = await startRequester(name, { knows: [node], verify: all })
    const { requester } = asking
    const workflow = simpleWorkflow({ prompt: PROMPT, maxTokens: 64 })
    const taskIds = await requester.publishMany(
      Array.from({ length: 4 }, () => ({ workflow, models: ['demo'], sampling })),
    )
    for (const taskId of taskIds) {
      const { status, checks } = await requester.wait(taskId)
      expect(status).toBe('completed')
      expect(checks).toMatchObject([{ verdict: 'agreed', method: 'own_model', late: false }])
    }
    expect(asking.ledger.lastSeq()).toBe(taskIds.length)
    expect(requester.standing(node.identity.peerId).score).toBeGreaterThan(
      requester.standing('somebody unknown').score,
    )
  })

  it('of several generations, of JSON, or changed at the end agrees, too', async () => {
    const name = networkName()
    await using node = await nodeWith(name, engine)
    await using asking = await startRequester(name, { knows: [node], verify: all })
    const { requester } = asking
    const generation = (id: string, content: string) => ({
      id,
      operator: 'generation',
      messages: [{ role: 'user', content }],
      outputs: [{ type: 'write', key: id, value: '__result' }],
    })
    const workflows = [
      {
        config: { max_steps: 5, max_time: 60, max_tokens: 24 },
        tasks: [generation('a', PROMPT), generation('b', 'Who are you?')],
        steps: [
          { source: 'a', target: 'b' },
          { source: 'b', target: '_end' },
        ],
        return_value: { input: { type: 'read', key: 'b' } },
      },
      {
        config: { max_steps: 5, max_time: 60, max_tokens: 24 },
        tasks: [generation('a', PROMPT)],
        steps: [{ source: 'a', target: '_end' }],
        return_value: { input: { type: 'read', key: 'a' }, post_process: [{ process_type: 'to_upper' }] },
      },
      simpleWorkflow({
        prompt: 'A person?',
        maxTokens: 64,
        schema: { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] },
      }),
    ]
    for (const workflow of workflows) {
      const taskId = await requester.publish({ workflow, models: ['demo'], sampling: { temperature: 0.9 } })
      const [check] = (await requester.wait(taskId)).checks ?? []
      expect(`${check?.verdict}: ${check?.reason}`).toMatch(/^agreed/)
    }
  })

  const wrong: readonly (readonly [string, (engine: NodeEngine) => NodeEngine, object])[] = [
    ['another model', (honest) => cheats.otherModel(honest, 'other'), { temperature: 0 }],
    ['half an answer', cheats.truncated, { temperature: 0 }],
    ['a canned answer', cheats.canned, { temperature: 0 }],
    ['an answer to another prompt', cheats.promptIgnored, { temperature: 0.9, seed: 5 }],
    ['an answer kept from another task', cheats.cached, { temperature: 1.2, seed: 5 }],
    ['more tokens than there are', cheats.overcounted, { temperature: 0.9, seed: 11 }],
  ]

  it.each(wrong)('and is %s is not paid, and done elsewhere', async (_, cheat, sampling) => {
    const name = networkName()
    await using cheater = await nodeWith(name, cheat(engine))
    await using asking = await startRequester(name, {
      knows: [cheater],
      verification: { rate: 1, own: onEngine() },
    })
    const { requester, ledger } = asking
    const unknown = requester.standing('somebody unknown').score
    const workflow = simpleWorkflow({ prompt: PROMPT, maxTokens: 200 })
    const taskId = await requester.publish({ workflow, models: ['demo'], sampling })
    await eventually(() => requester.get(taskId)?.checks !== undefined, 'the result is checked')
    await eventually(() => requester.get(taskId)?.transitions.at(-1)?.reason !== undefined, 'it is refused')
    expect(requester.get(taskId)?.transitions.at(-1)).toMatchObject({
      state: 'published',
      reason: expect.stringMatching(/found to be wrong/),
    })
    expect(ledger.lastSeq()).toBe(0)
    expect(requester.standing(cheater.identity.peerId).score).toBeLessThan(unknown / 2)

    await using honest = await nodeWith(name, engine, asking.network.addresses())
    const done = await requester.wait(taskId)
    expect(done).toMatchObject({ status: 'completed', node: honest.identity.peerId })
    expect(done.checks).toMatchObject([
      { node: cheater.identity.peerId, verdict: 'refuted' },
      { node: honest.identity.peerId, verdict: 'agreed' },
    ])
    expect(ledger.entriesAfter(0)).toMatchObject([{ taskId, counterparty: honest.identity.peerId }])
  })

  it('and is off by a token now and then is caught in time, by what its checks come to', async () => {
    const name = networkName()
    const smaller = folder.file('demo-q8_0.gguf')
    await requantise(demoModelPath, smaller, 'q8_0')
    await engine.load({ name: 'smaller', path: smaller, slots: 4, contextSize: 512, gpu: 'off' })
    await using cheater = await nodeWith(name, cheats.otherModel(engine, 'smaller'))
    await using asking = await startRequester(name, {
      knows: [cheater],
      verification: { rate: 1, own: onEngine() },
    })
    const { requester, ledger } = asking
    const caught = await firstRefuted(requester, 250)
    expect(caught?.reason).toMatch(/checked answers \d+ of \d+ tokens are others than this model gives/)
    expect(caught?.agreed).toBeGreaterThan(3)
    const dispute = () => requester.get(caught?.taskId ?? '')?.dispute
    await eventually(() => dispute() !== undefined, 'it is disputed')
    expect(dispute()).toMatchObject({
      code: 'failed_verification',
      reason: expect.stringContaining('checked answers'),
    })
    expect(ledger.lastSeq()).toBe(caught?.agreed)
    expect(requester.standing(cheater.identity.peerId).score).toBeLessThan(0.3)
  })

  it('of an honest node is not, after as many', async () => {
    const name = networkName()
    await using node = await nodeWith(name, engine)
    await using asking = await startRequester(name, {
      knows: [node],
      verification: { rate: 1, own: onEngine() },
    })
    expect(await firstRefuted(asking.requester, 100)).toBeUndefined()
    expect(asking.requester.standing(node.identity.peerId).trusted).toBe(true)
  })

  it('by nodes alone is refused where two others find it wrong, and taken where they find it right', async () => {
    const name = networkName()
    await using cheater = await nodeWith(name, cheats.canned(engine))
    const knows = { bootstrap: cheater.network.addresses() }
    await using asking = await startRequester(name, {
      ...knows,
      verify: { share: 1, onNodes: true, models: [] },
    })
    const { requester } = asking
    const workflow = simpleWorkflow({ prompt: PROMPT, maxTokens: 32 })
    const taskId = await requester.publish({ workflow, models: ['demo'], sampling: { temperature: 0 } })
    await using one = await nodeWith(name, engine, asking.network.addresses())
    await using two = await nodeWith(name, engine, asking.network.addresses())
    const done = await requester.wait(taskId)
    const honest = [one.identity.peerId, two.identity.peerId]
    expect(done.status).toBe('completed')
    expect(honest).toContain(done.node)
    expect(done.checks).toMatchObject([
      { node: cheater.identity.peerId, method: 'second_node', verdict: 'refuted' },
      { node: done.node, method: 'second_node', verdict: 'agreed' },
    ])
    // Those who looked are paid for reading.
    const entries = asking.ledger.entriesAfter(0)
    expect(entries.length).toBeGreaterThanOrEqual(4)
    expect(entries.filter((entry) => entry.taskId === taskId)).toMatchObject([{ counterparty: done.node }])
  })

  it('and refuted has earlier ones of that node looked at, which no node was told of', async () => {
    const name = networkName()
    const secret = new Uint8Array(32).fill(5)
    const rate = 0.1
    const draw = new CheckDraw({ rate, secret })
    const stranger = { trusted: false, checks: 0 }
    const idThat = (isChecked: boolean): string => {
      for (;;) {
        const id = uuidv7()
        if (draw.chooses(id, 'n', stranger) === isChecked) return id
      }
    }
    await using cheater = await nodeWith(name, cheats.canned(engine))
    await using asking = await startRequester(name, {
      knows: [cheater],
      verification: { rate, secret, own: onEngine() },
    })
    const { requester } = asking
    const task = (taskId: string) => ({
      taskId,
      workflow: simpleWorkflow({ prompt: PROMPT, maxTokens: 32 }),
      models: ['demo'],
      sampling: { temperature: 0 },
    })
    const [early, later] = [idThat(false), idThat(true)]
    await requester.publish(task(early))
    expect(await requester.wait(early)).toMatchObject({ status: 'completed' })
    expect((await requester.wait(early)).checks).toBeUndefined()
    await requester.publish(task(later))
    await eventually(() => requester.get(later)?.checks !== undefined, 'the second result is checked')
    await eventually(() => requester.get(early)?.checks !== undefined, 'the first one is looked at')
    expect(requester.get(early)?.checks).toMatchObject([{ verdict: 'refuted', late: true }])
    expect(requester.get(early)?.transitions.at(-1)?.reason).toMatch(/later check/)
    expect(asking.ledger.lastSeq()).toBe(1)
  })

  it('is waited for beyond its deadline, and is not held longer than the check', async () => {
    const name = networkName()
    await using node = await nodeWith(name, engine)
    const release = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const own = {
      method: 'own_model' as const,
      canCheck: () => true,
      check: async () => {
        asked.resolve()
        await release.promise
        return { kind: 'agreed' as const, reason: 'it is' }
      },
    }
    await using asking = await startRequester(name, { knows: [node], verification: { rate: 1, own } })
    const { requester } = asking
    const deadlineMs = Date.now() + 1_500
    const workflow = simpleWorkflow({ prompt: PROMPT, maxTokens: 8 })
    const taskId = await requester.publish({ workflow, models: ['demo'], deadlineMs })
    await asked.promise
    await eventually(() => Date.now() > deadlineMs + 1_500, 'the deadline and its grace are over')
    expect(requester.get(taskId)?.endedAtMs).toBeUndefined()
    release.resolve()
    expect(await requester.wait(taskId)).toMatchObject({ status: 'completed' })
  })
})
