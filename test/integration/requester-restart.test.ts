import { describe, expect, it } from 'vitest'
import { ResultAnswer } from '../../src/protocol/wire/messages.pb.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { runTypeScript } from '../helpers/run-typescript.ts'
import { ScriptedNode } from '../helpers/scripted-node.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `requester-restart-${process.pid}-${++networks}`
const workflow = promptWorkflow('Hello')
const { ENDED, ACKNOWLEDGED, REFUSED } = ResultAnswer.Status
const task = { workflow, models: ['demo'] }
const program = new URL('../helpers/publishing-process.ts', import.meta.url).pathname

/** Publishes from a process of its own and kills it with SIGKILL when the task is in that state. */
async function publishAndDie(
  dataDir: string,
  network: string,
  bootstrap: string,
  state: string,
): Promise<string> {
  const publisher = runTypeScript(program, [dataDir, network, bootstrap, workflow])
  let taskId = ''
  let reached = false
  for await (const line of publisher.lines) {
    if (line.includes('-')) taskId = line
    reached ||= line === state
    // The id is printed a moment after the first states.
    if (reached && taskId !== '') break
  }
  publisher.child.kill('SIGKILL')
  await publisher.ended
  return taskId
}

describe('a requester that was killed', () => {
  it('after its task was accepted gets the result later, and pays once', async () => {
    const network = networkName()
    using folder = tempFolder()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: network })
    const taskId = await publishAndDie(folder.path, network, node.network.addresses()[0] ?? '', 'executing')
    const job = await engine.next()
    job.say('Done')
    job.finish()
    await eventually(() => node.service.get(taskId)?.state === 'completed', 'the node is done')

    await using asking = await startRequester(network, { dataDir: folder.path, knows: [node] })
    expect(await asking.requester.wait(taskId)).toMatchObject({ status: 'completed', result: 'Done' })
    await eventually(() => node.ledger.lastSeq() === 1, 'the node is paid')
    expect(await asking.requester.result(taskId)).toMatchObject({ status: 'completed' })
    expect(asking.ledger.lastSeq()).toBe(1)
    expect(engine.jobs).toHaveLength(1)
  })

  it('before any node had its task offers it again', async () => {
    const network = networkName()
    using folder = tempFolder()
    const taskId = await publishAndDie(folder.path, network, '', 'created')
    const engine = new GatedEngine()
    engine.auto = () => 'Done'
    await using node = await startTaskNode({ engine, networkName: network })
    await using asking = await startRequester(network, { dataDir: folder.path, knows: [node] })
    expect(await asking.requester.wait(taskId)).toMatchObject({ status: 'completed', result: 'Done' })
  })

  it('takes up everything by itself where it is told to', async () => {
    const network = networkName()
    using folder = tempFolder()
    const taskId = await publishAndDie(folder.path, network, '', 'created')
    const engine = new GatedEngine()
    engine.auto = () => 'Done'
    await using node = await startTaskNode({ engine, networkName: network })
    await using asking = await startRequester(network, { dataDir: folder.path, knows: [node], recover: true })
    await eventually(() => asking.requester.view(taskId)?.state === 'acknowledged', 'it is done and paid')
  })
})

describe('a receipt that was not acknowledged', () => {
  it('is delivered by the next run', async () => {
    const network = networkName()
    using folder = tempFolder()
    const first = await startRequester(network, { dataDir: folder.path, limits: { stopWaitMs: 100 } })
    await using node = await ScriptedNode.start({
      networkName: network,
      bootstrap: [...first.network.addresses()],
    })
    node.acknowledges = false
    const taskId = await first.requester.publish(task)
    const assignment = await node.takeTask()
    await node.send({ outcome: node.outcome(assignment) })
    const { payload } = await node.next('receipt')
    await first.close()
    expect(node.questions).toHaveLength(0)

    let delivered: Uint8Array | undefined
    node.answer = ({ receipt }) => {
      delivered = receipt?.payload
      return { status: ACKNOWLEDGED }
    }
    await using second = await startRequester(network, { dataDir: folder.path, knows: [node] })
    await eventually(() => second.requester.view(taskId)?.state === 'acknowledged', 'it is acknowledged')
    expect(second.requester.undelivered()).toBe(0)
    expect(Buffer.from(delivered ?? [])).toEqual(Buffer.from(payload))
    expect(second.ledger.lastSeq()).toBe(1)
  })

  it('and that its node refuses is kept with the reason, and not sent again', async () => {
    const network = networkName()
    await using node = await ScriptedNode.start({ networkName: network })
    await using asking = await startRequester(network, { knows: [node] })
    const taskId = await asking.requester.publish(task)
    const assignment = await node.takeTask()
    node.answer = ({ receipt }) =>
      receipt === undefined
        ? { status: ENDED, outcome: node.outcome(assignment) }
        : { status: REFUSED, errorCode: 'bad_message', errorMessage: 'I do not like it' }
    node.hangUp()
    await asking.requester.wait(taskId)
    await eventually(() => asking.requester.view(taskId)?.unpaidReason !== undefined, 'the refusal is known')
    expect(asking.requester.view(taskId)?.unpaidReason).toBe('I do not like it')
  })
})

describe('two processes of one data folder', () => {
  it('work at once, and watch each other', async () => {
    const network = networkName()
    using folder = tempFolder()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: network })
    await using first = await startRequester(network, { dataDir: folder.path, knows: [node] })
    await using second = await startRequester(network, { dataDir: folder.path, knows: [node] })
    expect(first.identity.peerId).toBe(second.identity.peerId)
    expect(first.network.peerId).not.toBe(second.network.peerId)

    const ofFirst = await first.requester.publish(task)
    expect(await second.requester.attach(ofFirst)).toBe(false)
    const watched = second.requester.wait(ofFirst)
    const ofSecond = await second.requester.publish(task)
    for (let done = 0; done < 2; done++) {
      const job = await engine.next()
      job.say('Done')
      job.finish()
    }
    expect(await watched).toMatchObject({ taskId: ofFirst, status: 'completed', result: 'Done' })
    expect(await first.requester.wait(ofSecond)).toMatchObject({ status: 'completed' })
    expect(engine.jobs).toHaveLength(2)
    await eventually(() => node.ledger.lastSeq() === 2, 'both are paid')
    expect((await first.ledger.verify()).problems).toEqual([])
  })

  it('take over from each other when one ends', async () => {
    const network = networkName()
    using folder = tempFolder()
    const first = await startRequester(network, { dataDir: folder.path })
    const taskId = await first.requester.publish(task)
    await first.close()
    const engine = new GatedEngine()
    engine.auto = () => 'Done'
    await using node = await startTaskNode({ engine, networkName: network })
    await using second = await startRequester(network, { dataDir: folder.path, knows: [node] })
    expect(await second.requester.wait(taskId)).toMatchObject({ status: 'completed' })
  })
})
