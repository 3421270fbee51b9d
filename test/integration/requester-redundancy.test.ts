import { describe, expect, it } from 'vitest'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { startTaskNode, type TaskNode } from '../helpers/task-node.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `redundancy-${process.pid}-${++networks}`
const task = { workflow: promptWorkflow('Hello'), models: ['demo'] }

function startNode(name: string, engine: GatedEngine, bootstrap: readonly string[] = []): Promise<TaskNode> {
  return startTaskNode({ engine, networkName: name, bootstrap })
}

/** An engine that answers at once, always the same. */
function saying(answer: string): GatedEngine {
  const engine = new GatedEngine()
  engine.auto = () => answer
  return engine
}

describe('a task that is given to three nodes', () => {
  it('runs on three different ones, ends with what most of them say, and pays each once', async () => {
    const name = networkName()
    const engines = [saying('Yes'), saying('No'), saying('Yes')]
    await using a = await startNode(name, engines[0] as GatedEngine)
    await using b = await startNode(name, engines[1] as GatedEngine)
    await using c = await startNode(name, engines[2] as GatedEngine)
    const nodes = [a, b, c]
    await using asking = await startRequester(name, { knows: nodes })
    const { requester, ledger } = asking
    const taskId = await requester.publish({ ...task, redundancy: 3 })
    const ended = await requester.wait(taskId)
    expect(ended).toMatchObject({
      status: 'completed',
      result: 'Yes',
      agreement: { asked: 3, rule: 'majority' },
    })
    expect(ended.receipt).toBeUndefined()

    await eventually(() => requester.view(taskId)?.state === 'acknowledged', 'all three are paid')
    const { agreement, amountMicro } = requester.get(taskId) ?? {}
    expect(agreement).toMatchObject({ answered: 3, agreed: 2 })
    expect(new Set(agreement?.copies.map(({ node }) => node)).size).toBe(3)
    expect(agreement?.copies.filter(({ agrees }) => agrees)).toHaveLength(2)
    const debits = ledger.entriesAfter(0)
    expect(debits).toHaveLength(3)
    expect(amountMicro).toBe(String(debits.reduce((sum, entry) => sum + entry.amountMicro, 0n)))
    for (const node of nodes) expect(node.ledger.lastSeq()).toBe(1)
    for (const { jobs } of engines) expect(jobs).toHaveLength(1)
    // All with the same seed, or they could not agree.
    expect(new Set(engines.map(({ jobs }) => jobs[0]?.request.seed)).size).toBe(1)
    // What is listed is the task, not its copies.
    expect(requester.list({ limit: 10 }).tasks.map((listed) => listed.taskId)).toEqual([taskId])
    await eventually(() => asking.statesOf(taskId).at(-1) === 'acknowledged', 'that is told')
  })

  it('is over once two agree; the third still ends and is paid', async () => {
    const name = networkName()
    const slow = new GatedEngine()
    await using a = await startNode(name, saying('Yes'))
    await using b = await startNode(name, slow)
    await using c = await startNode(name, saying('Yes'))
    await using asking = await startRequester(name, { knows: [a, b, c] })
    const { requester } = asking
    const taskId = await requester.publish({ ...task, redundancy: 3 })
    const job = await slow.next()
    expect((await requester.wait(taskId)).agreement).toMatchObject({ answered: 2, agreed: 2 })
    job.say('Yes')
    job.finish()
    await eventually(() => requester.get(taskId)?.agreement?.agreed === 3, 'the third one agrees, too')
    await eventually(() => b.ledger.lastSeq() === 1, 'it is paid')
  })

  it('waits for all where all have to agree, and fails when one does not', async () => {
    const name = networkName()
    await using a = await startNode(name, saying('Yes'))
    await using b = await startNode(name, saying('No'))
    await using asking = await startRequester(name, { knows: [a, b] })
    const { requester } = asking
    const differ = await requester.wait(await requester.publish({ ...task, redundancy: 2, agreement: 'all' }))
    expect(differ).toMatchObject({
      status: 'failed',
      error: { code: 'results_differ' },
      agreement: { agreed: 1 },
    })
    expect(differ.error?.message).toContain('2 answered')
  })

  it('is never given to one node twice: with two nodes the third copy waits for its deadline', async () => {
    const name = networkName()
    const engines = [saying('Yes'), saying('No')]
    await using a = await startNode(name, engines[0] as GatedEngine)
    await using b = await startNode(name, engines[1] as GatedEngine)
    await using asking = await startRequester(name, { knows: [a, b] })
    const { requester } = asking
    const taskId = await requester.publish({ ...task, redundancy: 3, deadlineMs: Date.now() + 2_500 })
    // Others do not wait behind it.
    expect(await requester.wait(await requester.publish(task))).toMatchObject({ status: 'completed' })
    const ended = await requester.wait(taskId)
    expect(ended).toMatchObject({
      status: 'failed',
      error: { code: 'results_differ' },
      agreement: { answered: 2, agreed: 1 },
    })
    expect(engines.reduce((jobs, engine) => jobs + engine.jobs.length, 0)).toBe(3)
  })

  it('is cancelled on all of them', async () => {
    const name = networkName()
    const engines = [new GatedEngine(), new GatedEngine()]
    await using a = await startNode(name, engines[0] as GatedEngine)
    await using b = await startNode(name, engines[1] as GatedEngine)
    await using asking = await startRequester(name, { knows: [a, b] })
    const taskId = await asking.requester.publish({ ...task, redundancy: 2 })
    const jobs = await Promise.all(engines.map((engine) => engine.next()))
    expect(await asking.requester.cancel(taskId)).toMatchObject({ status: 'cancelled' })
    await eventually(() => jobs.every((job) => job.signal?.aborted), 'both nodes stop')
  })

  it('survives its process, and is decided by the next one', async () => {
    const name = networkName()
    using folder = tempFolder()
    const engines = [new GatedEngine(), new GatedEngine()]
    await using a = await startNode(name, engines[0] as GatedEngine)
    await using b = await startNode(name, engines[1] as GatedEngine)
    const first = await startRequester(name, { dataDir: folder.path, knows: [a, b] })
    const taskId = await first.requester.publish({ ...task, redundancy: 2 })
    const jobs = await Promise.all(engines.map((engine) => engine.next()))
    await first.requester.waitUntilPlaced(taskId)
    await first.close()
    for (const job of jobs) {
      job.say('Yes')
      job.finish()
    }
    await using second = await startRequester(name, { dataDir: folder.path, knows: [a, b] })
    expect(await second.requester.wait(taskId)).toMatchObject({
      status: 'completed',
      result: 'Yes',
      agreement: { agreed: 2 },
    })
    expect(engines.map(({ jobs: all }) => all.length)).toEqual([1, 1])
    expect(second.ledger.lastSeq()).toBe(2)
  })

  it('needs one model, and a number of nodes that can be', async () => {
    const name = networkName()
    await using asking = await startRequester(name)
    for (const wrong of [
      { models: ['demo', 'other'], redundancy: 2 },
      { redundancy: 10 },
      { redundancy: 1.5 },
    ]) {
      await expect(asking.requester.publish({ ...task, ...wrong })).rejects.toMatchObject({
        code: 'bad_offer',
      })
    }
  })
})
