import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createInferenceSupervisor, type InferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { type ModelRegistry, openModelRegistry } from '../../src/node/models/registry.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import type { Store } from '../../src/node/store/contract.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { promptWorkflow, ScriptedRequester } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const PROMPT = 'Write a short story about a dragon.'

/** llama.cpp in its child, supervised, with the demo model in the registry: nothing here is a stand-in. */
describe('tasks on the real engine', () => {
  const folder = tempFolder()
  const { logger, close } = createLogger({ level: 'error' })
  const networkName = `tasks-engine-${process.pid}`
  let engine: InferenceSupervisor
  let models: ModelRegistry
  let store: Store

  beforeAll(async () => {
    engine = createInferenceSupervisor({ logger, launch: launchInferenceChild(logger) })
    store = openStore({ path: folder.file('models.db') })
    models = openModelRegistry(
      { store, engine, settings: openSettings({ store, logger }), logger },
      { builtInPath: demoModelPath },
    )
    engine.start()
    await models.start()
    expect(models.served().map((model) => model.name)).toEqual(['demo'])
  })
  afterAll(async () => {
    await models.stop()
    await engine.stop()
    await store.close()
    await close()
    folder[Symbol.dispose]()
  })

  it('stream what they generate, and are paid for what they count', async () => {
    await using node = await startTaskNode({ engine, models, networkName })
    await using requester = await ScriptedRequester.start({ networkName, node })
    const { models: claimed } = await requester.claimed(1)
    const [model] = claimed
    expect(model?.digest.byteLength).toBe(32)
    expect(model?.tokensPerSecond).toBeGreaterThan(0)
    const taskId = await requester.assign({
      workflowJson: promptWorkflow(PROMPT),
      temperature: 0,
      stream: true,
      promptMicroPer1k: model?.promptMicroPer1k ?? 0n,
      completionMicroPer1k: model?.completionMicroPer1k ?? 0n,
    })
    const { signed, outcome } = await requester.outcome(taskId)
    expect(outcome).toMatchObject({ ok: true, errorCode: '' })
    expect(outcome.result.length).toBeGreaterThan(20)
    expect(requester.log.map((message) => message.chunk?.text ?? '').join('')).toBe(outcome.result)
    expect(outcome.completionTokens).toBeGreaterThan(5)
    expect(outcome.modelDigest).toEqual(model?.digest)
    await requester.pay(signed)
    expect(node.ledger.balanceMicro()).toBe(outcome.amountMicro)
    expect(outcome.amountMicro).toBeGreaterThan(0n)
  })

  it('survive the SIGKILL of the inference process in mid-generation', async () => {
    await using node = await startTaskNode({ engine, models, networkName })
    await using requester = await ScriptedRequester.start({ networkName, node })
    const { models: claimed } = await requester.claimed(1)
    const price = {
      promptMicroPer1k: claimed[0]?.promptMicroPer1k ?? 0n,
      completionMicroPer1k: claimed[0]?.completionMicroPer1k ?? 0n,
    }
    const workflow = JSON.parse(promptWorkflow(PROMPT))
    workflow.config.max_tokens = 200
    // Many generations, so that there is a middle.
    workflow.tasks[0].outputs = [{ type: 'push', key: 'stories', value: '__result' }]
    workflow.config.max_steps = 60
    workflow.steps = [
      {
        source: 'a',
        target: 'a',
        condition: {
          input: { type: 'size', key: 'stories' },
          expression: 'LessThan',
          expected: '4',
          target_if_not: '_end',
        },
      },
    ]
    workflow.return_value = { input: { type: 'size', key: 'stories' } }
    const taskId = await requester.assign({ ...price, workflowJson: JSON.stringify(workflow), stream: true })
    await requester.next('chunk', taskId)
    const { pid } = engine.state()
    process.kill(pid ?? -1, 'SIGKILL')
    const { outcome } = await requester.outcome(taskId)
    expect(outcome).toMatchObject({ ok: true, result: '4' })
    expect(engine.state().pid).not.toBe(pid)
    const states = node.service.get(taskId)?.transitions.map(({ state }) => state)
    expect(states).toEqual(['accepted', 'executing', 'executing', 'completed'])
  })
})
