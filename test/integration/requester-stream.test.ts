import { describe, expect, it } from 'vitest'
import type { StreamedTask, TaskRequest } from '../../src/node/requester/contract.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { startTaskNode } from '../helpers/task-node.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `requester-stream-${process.pid}-${++networks}`
const taskOf = (prompt: string): TaskRequest => ({ workflow: promptWorkflow(prompt), models: ['demo'] })

function answering(): GatedEngine {
  const engine = new GatedEngine()
  engine.auto = (prompt) => `To ${prompt}`
  return engine
}

describe('a stream of tasks', () => {
  it('yields every task once as it ends, the refused ones as well, and asks for no more than is under way', async () => {
    const name = networkName()
    const engine = answering()
    engine.delay = true
    await using node = await startTaskNode({ engine, networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    let asked = 0
    let taken = 0
    let most = 0
    const tasks = async function* () {
      for (let index = 0; index < 200; index++) {
        asked++
        most = Math.max(most, asked - taken)
        yield index === 50 ? { ...taskOf('x'), models: [] } : taskOf(`number ${index}`)
      }
    }
    const all: StreamedTask[] = []
    for await (const ended of asking.requester.stream(tasks(), { concurrency: 20 })) {
      taken++
      all.push(ended)
    }
    expect(all.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    )
    expect(most).toBeLessThanOrEqual(21)
    for (const { index, task, refused } of all) {
      if (index === 50) expect(refused).toMatchObject({ code: 'bad_offer' })
      else expect(task).toMatchObject({ status: 'completed', result: `To number ${index}` })
    }
    expect(engine.jobs).toHaveLength(199)
  })

  it('asks for nothing while nobody takes anything out', async () => {
    const name = networkName()
    const engine = answering()
    await using node = await startTaskNode({ engine, networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    let asked = 0
    const endless = function* () {
      for (;;) yield taskOf(`number ${asked++}`)
    }
    const stream = asking.requester.stream(endless(), { concurrency: 5 })
    await stream.next()
    await eventually(() => engine.jobs.length === 6, 'its place is taken by another')
    await asking.requester.wait(await asking.requester.publish(taskOf('something else')))
    expect(asked).toBe(6)
    expect(engine.jobs).toHaveLength(7)
    await stream.return()
  })

  it('that is left cancels what is under way, where it is told to', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const tasks = [taskOf('a'), taskOf('b'), taskOf('c')]
    const stream = asking.requester.stream(tasks, { onLeave: 'cancel' })
    const first = stream.next()
    const jobs = [await engine.next(), await engine.next(), await engine.next()]
    jobs[1]?.finish()
    expect((await first).value).toMatchObject({ task: { status: 'completed' } })
    await stream.return()
    expect(jobs.map((job) => job.signal?.aborted)).toEqual([true, false, true])
  })

  it('ends with the reason of its signal, and with what its source throws', async () => {
    const name = networkName()
    await using asking = await startRequester(name)
    const stop = new AbortController()
    const waiting = asking.requester.stream([taskOf('a')], { signal: stop.signal }).next()
    stop.abort(new Error('Enough'))
    await expect(waiting).rejects.toThrow('Enough')
    const broken = function* (): Generator<TaskRequest> {
      yield taskOf('a')
      throw new Error('No more')
    }
    await expect(asking.requester.stream(broken()).next()).rejects.toThrow('No more')
    expect(() => asking.requester.stream([], { concurrency: 0 })).toThrow('concurrency')
  })
})

describe('a task with a key', () => {
  it('is published once, however often, also by a later process', async () => {
    const name = networkName()
    using folder = tempFolder()
    const engine = answering()
    await using node = await startTaskNode({ engine, networkName: name })
    const tasks = Array.from({ length: 20 }, (_, index) => ({
      ...taskOf(`number ${index}`),
      key: `k${index}`,
    }))
    const first = await startRequester(name, { dataDir: folder.path, knows: [node] })
    const [one, two] = await Promise.all([
      first.requester.publish(tasks[0] as TaskRequest),
      first.requester.publish(tasks[0] as TaskRequest),
    ])
    expect(one).toBe(two)
    const ids = await first.requester.publishMany([...tasks.slice(0, 10), ...tasks.slice(0, 10)])
    expect(new Set(ids).size).toBe(10)
    expect(ids[0]).toBe(one)
    await first.close()

    await using second = await startRequester(name, { dataDir: folder.path, knows: [node] })
    const results: string[] = []
    for await (const { task } of second.requester.stream(tasks)) results.push(task?.result ?? '')
    expect(results.sort()).toEqual(tasks.map((_, index) => `To number ${index}`).sort())
    expect(engine.jobs).toHaveLength(20)
  })
})

describe('priorities', () => {
  it('decide who goes first of those that wait, and survive the process', async () => {
    const name = networkName()
    using folder = tempFolder()
    const first = await startRequester(name, { dataDir: folder.path })
    const priorities = ['low', 'low', 'normal', 'normal', 'high', 'high'] as const
    await first.requester.publishMany(
      priorities.map((priority, index) => ({ ...taskOf(`${priority} ${index}`), priority })),
    )
    await first.close()
    const engine = answering()
    await using node = await startTaskNode({ engine, networkName: name, limits: { prefetch: 0 } })
    node.models.serve({ name: 'demo', slots: 1 })
    await using _second = await startRequester(name, { dataDir: folder.path, knows: [node], recover: true })
    await eventually(() => engine.jobs.length === 6, 'all of them are done')
    const order = engine.jobs.map((job) => (job.request.messages.at(-1) as { content: string }).content)
    expect(order).toEqual(['high 4', 'high 5', 'normal 2', 'normal 3', 'low 0', 'low 1'])
  })
})
