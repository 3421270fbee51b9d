import { describe, expect, it } from 'vitest'
import { createInferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { RequesterLimits } from '../../src/node/requester/limits.ts'
import { requesterLimits } from '../../src/node/requester/limits.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { ScriptedNode } from '../helpers/scripted-node.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'
import { eventually, startRequester, type TestRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `requester-stalled-${process.pid}-${++networks}`
const task = { workflow: promptWorkflow('Hello'), models: ['demo'] }
const limits: RequesterLimits = {
  ...requesterLimits,
  silenceMs: 200,
  workMinMs: 400,
  pollMaxMs: 250,
  sweepMs: 50,
}
const reasonsOf = ({ requester }: TestRequester, taskId: string) =>
  requester.get(taskId)?.transitions.flatMap(({ reason }) => reason ?? []) ?? []
const isOverdue = (asking: TestRequester, taskId: string) =>
  reasonsOf(asking, taskId).some((reason) => reason.includes('shows no progress'))

/** A real node whose inference process stands still: the node itself is there, and answers all that it is asked. */
async function stalledNode(name: string) {
  const stack = new AsyncDisposableStack()
  const logs = createLogger({ level: 'error' })
  stack.defer(() => logs.close())
  const engine = createInferenceSupervisor({
    logger: logs.logger,
    launch: launchInferenceChild(logs.logger),
  })
  stack.defer(() => engine.stop())
  await engine.load({ name: 'demo', path: demoModelPath, slots: 1, contextSize: 512, gpu: 'off' })
  const { pid } = engine.state()
  if (pid === undefined) throw new Error('There is no inference process')
  const node = stack.use(await startTaskNode({ networkName: name, engine }))
  process.kill(pid, 'SIGSTOP')
  const goOn = () => {
    process.kill(pid, 'SIGCONT')
  }
  stack.defer(goOn)
  return { node, goOn, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

describe('a node that does not get on with a task', () => {
  it('has it done by another one, and what it brings later gets no second receipt', async () => {
    const name = networkName()
    await using stalled = await stalledNode(name)
    await using asking = await startRequester(name, { knows: [stalled.node], limits })
    const { requester, ledger } = asking
    const taskId = await requester.publish(task)
    await eventually(() => isOverdue(asking, taskId), 'its time is over')
    expect(stalled.node.service.get(taskId)?.state).toBe('executing')

    const engine = new GatedEngine()
    engine.auto = () => 'Done'
    await using other = await startTaskNode({
      networkName: name,
      engine,
      bootstrap: [...asking.network.addresses()],
    })
    const done = await requester.wait(taskId)
    expect(done).toMatchObject({ status: 'completed', result: 'Done', node: other.identity.peerId })

    stalled.goOn()
    await eventually(() => stalled.node.service.get(taskId)?.endedAtMs !== undefined, 'the first one ends')
    expect(stalled.node.ledger.lastSeq()).toBe(0)
    await eventually(() => other.ledger.lastSeq() === 1, 'the second one is paid')
    expect(ledger.lastSeq()).toBe(1)
    expect(engine.jobs).toHaveLength(1)
  })

  it('is paid where its result is the first after all, and nobody else is asked to do it', async () => {
    const name = networkName()
    await using stalled = await stalledNode(name)
    await using asking = await startRequester(name, { knows: [stalled.node], limits })
    const { requester, ledger } = asking
    const taskId = await requester.publish(task)
    await eventually(() => isOverdue(asking, taskId), 'its time is over')
    const polled = reasonsOf(asking, taskId).length
    stalled.goOn()
    const done = await requester.wait(taskId)
    expect(done).toMatchObject({ status: 'completed', node: stalled.node.identity.peerId })
    // It said that it had it all the while: that does not make it its own again.
    expect(reasonsOf(asking, taskId)).toHaveLength(polled)
    await eventually(() => stalled.node.ledger.lastSeq() === 1, 'it is paid')
    expect(ledger.lastSeq()).toBe(1)
  })

  it('keeps it while tokens come, however long it takes', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node], limits })
    const taskId = await asking.requester.publish({ ...task, stream: true })
    const assignment = await node.takeTask()
    await node.send({ started: { taskId } })
    const startedAt = performance.now()
    let tokens = 0
    const talking = setInterval(() => {
      void node.send({ chunk: { taskId, text: 'x', tokens: ++tokens } })
    }, limits.silenceMs / 4)
    try {
      const patienceMs = 4 * limits.workMinMs
      await eventually(() => performance.now() - startedAt > patienceMs, 'it has had it for long')
    } finally {
      clearInterval(talking)
    }
    expect(isOverdue(asking, taskId)).toBe(false)
    await node.send({ outcome: node.outcome(assignment) })
    expect(await asking.requester.wait(taskId)).toMatchObject({ status: 'completed' })
  })
})
