import { describe, expect, it } from 'vitest'
import { GatedEngine, promptOf } from '../helpers/gated-engine.ts'
import { promptWorkflow, ScriptedRequester } from '../helpers/scripted-requester.ts'
import { startTaskNode, TestModels } from '../helpers/task-node.ts'

let networks = 0
const networkName = () => `tasks-running-${process.pid}-${++networks}`

describe('running tasks', () => {
  it('runs ten tasks on four slots, never more than four at a time, and loses none', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const claim = await requester.claimed(10)
    // Four slots and two to prefetch.
    expect(claim.credits).toBe(6)

    const taskIds: string[] = []
    for (let i = 0; i < 6; i++)
      taskIds.push(await requester.assign({ workflowJson: promptWorkflow(`Task ${i}`) }))
    for (const taskId of taskIds) await requester.next('accepted', taskId)
    expect(node.service.stats()).toMatchObject({ running: 4, queued: 2 })
    expect(
      node.service
        .list({ limit: 10 })
        .tasks.map((task) => task.state)
        .sort(),
    ).toEqual([...Array(2).fill('accepted'), ...Array(4).fill('executing')])
    for (let i = 0; i < 10; i++) {
      const job = await engine.next()
      job.say(`answer to ${promptOf(job.request)}`)
      job.finish()
      // Each end is a credit for one of the four that are left.
      if (taskIds.length < 10) {
        expect(await requester.next('credit')).toMatchObject({ credits: 1 })
        const taskId = await requester.assign({ workflowJson: promptWorkflow(`Task ${taskIds.length}`) })
        taskIds.push(taskId)
        // Or the next credit could cross the assignment that uses this one.
        await requester.next('accepted', taskId)
      }
    }
    for (const [i, taskId] of taskIds.entries()) {
      expect((await requester.outcome(taskId)).outcome.result).toBe(`answer to Task ${i}`)
    }
    expect(engine.peak).toBe(4)
    expect(node.service.stats()).toMatchObject({
      running: 0,
      queued: 0,
      tasksToday: { completed: 10, failed: 0 },
    })
  })

  it('stops a running and a waiting task when the requester cancels them', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    const models = new TestModels()
    models.serve({ name: 'demo', slots: 1 })
    await using node = await startTaskNode({ engine, networkName: name, models })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(2)
    const running = await requester.assign()
    const waiting = await requester.assign()
    await requester.next('accepted', waiting)
    const job = await engine.next()
    job.say('half of it')

    await requester.stream.send({ cancel: { taskId: waiting } })
    expect((await requester.outcome(waiting)).outcome).toMatchObject({
      ok: false,
      errorCode: 'cancelled',
      amountMicro: 0n,
    })
    await requester.stream.send({ cancel: { taskId: running } })
    expect((await requester.outcome(running)).outcome).toMatchObject({
      ok: false,
      errorCode: 'cancelled',
      completionTokens: 1,
      amountMicro: 0n,
    })
    expect(job.signal?.aborted).toBe(true)
    expect(engine.jobs).toHaveLength(1)
    expect(node.service.get(running)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } })
    expect(node.service.stats()).toMatchObject({
      running: 0,
      queued: 0,
      tasksToday: { completed: 0, failed: 0 },
    })
  })

  it('have their tokens chosen as their requester said', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const sampling = {
      temperature: 0.3,
      topP: 0.5,
      topK: 7,
      minP: 0.25,
      repeatPenalty: 1.5,
      presencePenalty: -0.5,
      frequencyPenalty: 0.75,
      stop: ['END', 'Ende'],
    }
    await requester.publish({ ...sampling, seed: 5 })
    const { request } = await engine.next()
    expect(request).toMatchObject(sampling)
    expect(request.seed).toBe(5)
  })

  it('ends tasks at their deadline, whether they run or wait', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    const models = new TestModels()
    models.serve({ name: 'demo', slots: 1 })
    await using node = await startTaskNode({ engine, networkName: name, models })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(2)
    const deadlineMs = Date.now() + 400
    const running = await requester.assign({ deadlineMs })
    const waiting = await requester.assign({ deadlineMs })
    for (const taskId of [running, waiting]) {
      const { outcome } = await requester.outcome(taskId)
      expect(outcome).toMatchObject({ ok: false, errorCode: 'deadline_exceeded' })
      expect(outcome.finishedAtMs).toBeGreaterThanOrEqual(deadlineMs)
      expect(node.service.get(taskId)?.state).toBe('expired')
    }
    expect(engine.running).toBe(0)
  })

  it('stops a task whose requester went away, if the task says so, and no other', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(2)
    const bound = await requester.assign({ cancelOnDisconnect: true })
    const free = await requester.assign({ cancelOnDisconnect: false })
    await requester.next('accepted', free)
    const [first, second] = [await engine.next(), await engine.next()]
    const ended = Promise.withResolvers<void>()
    node.service.onTask((task) => {
      if (task.taskId === bound && task.state === 'cancelled') ended.resolve()
    })
    requester.stream.abort(new Error('unplugged'))
    await ended.promise
    expect(first?.signal?.aborted).toBe(true)
    expect(second?.signal?.aborted).toBe(false)
    expect(node.service.get(free)?.state).toBe('executing')
  })

  it('starts a generation again that the inference process did not survive, and gives no text twice', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish({ stream: true })
    const first = await engine.next()
    first.say('Once upon ')
    await requester.next('chunk', taskId)
    node.models.suspend('demo')
    first.crash()
    node.models.serve({ name: 'demo' })
    const second = await engine.next()
    expect(second.request.seed).toBe(first.request.seed)
    second.say('Once ')
    second.say('upon a ')
    second.say('time')
    second.finish()
    const { outcome } = await requester.outcome(taskId)
    expect(outcome).toMatchObject({ ok: true, result: 'Once upon a time' })
    const text = requester.log.map((message) => message.chunk?.text ?? '').join('')
    expect(text).toBe('Once upon a time')
    expect(node.service.get(taskId)?.transitions.map(({ state }) => state)).toEqual([
      'accepted',
      'executing',
      'executing',
      'completed',
    ])
  })

  it('gives up with inference_crashed after the second crash, and serves the next task', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(2)
    const doomed = await requester.assign()
    const job = await engine.next()
    job.crash()
    const again = await engine.next()
    again.crash()
    expect((await requester.outcome(doomed)).outcome).toMatchObject({
      ok: false,
      errorCode: 'inference_crashed',
      amountMicro: 0n,
    })
    expect(node.service.get(doomed)?.state).toBe('failed')

    const next = await requester.assign()
    const healthy = await engine.next()
    healthy.say('fine')
    healthy.finish()
    expect((await requester.outcome(next)).outcome).toMatchObject({ ok: true, result: 'fine' })
  })

  it('says inference_crashed when the model does not come back in time', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    await using node = await startTaskNode({ engine, networkName: name, limits: { modelReturnMs: 200 } })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    const taskId = await requester.publish()
    const job = await engine.next()
    node.models.suspend('demo')
    job.crash()
    expect((await requester.outcome(taskId)).outcome.errorCode).toBe('inference_crashed')
  })

  it('fails waiting tasks of a model that was removed', async () => {
    const name = networkName()
    const engine = new GatedEngine()
    const models = new TestModels()
    models.serve({ name: 'demo', slots: 1 })
    await using node = await startTaskNode({ engine, networkName: name, models })
    await using requester = await ScriptedRequester.start({ networkName: name, node })
    await requester.claimed(2)
    await requester.assign()
    const waiting = await requester.assign()
    await requester.next('accepted', waiting)
    models.remove('demo')
    expect((await requester.outcome(waiting)).outcome.errorCode).toBe('model_unavailable')
  })

  it('runs what the operator tries out without storing it as a task', async () => {
    const engine = new GatedEngine()
    engine.auto = (prompt) => `said: ${prompt}`
    await using node = await startTaskNode({ engine, networkName: networkName() })
    const texts: string[] = []
    const run = await node.service.runLocal(
      { workflow: promptWorkflow('Hi'), model: 'demo' },
      { signal: AbortSignal.timeout(10_000), onText: (piece) => texts.push(piece.text) },
    )
    expect(run).toMatchObject({ ok: true, result: 'said: Hi', completionTokens: 1 })
    expect(texts).toEqual(['said: Hi'])
    expect(node.service.list({ limit: 10 }).tasks).toEqual([])
    await expect(
      node.service.runLocal({ workflow: '{}', model: 'demo' }, { signal: AbortSignal.timeout(1_000) }),
    ).rejects.toMatchObject({ code: 'bad_workflow' })
    await expect(
      node.service.runLocal(
        { workflow: promptWorkflow('Hi'), model: 'nope' },
        { signal: AbortSignal.timeout(1_000) },
      ),
    ).rejects.toMatchObject({ code: 'model_unavailable' })
  })
})
