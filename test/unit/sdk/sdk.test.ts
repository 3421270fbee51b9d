import { describe, expect, it } from 'vitest'
import { modelPatternSchema } from '../../../src/protocol/catalogue/model-pattern.ts'
import { parseWorkflow } from '../../../src/protocol/workflow/parse.ts'
import { Driad, DriadError, Model, Simple, Task, TaskFailedError } from '../../../src/sdk/index.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

describe('the names of models', () => {
  it('can all be offered, and are those of the first SDK', () => {
    for (const name of Object.values(Model))
      expect(modelPatternSchema.safeParse(name).success, name).toBe(true)
    expect(Model.LLAMA3_1_8B_FP16).toBe('llama3.1:8b-instruct-fp16')
    expect(Model.PHI3_5_MINI).toBe('phi3.5:3.8b')
    expect(Model.DEMO).toBe('demo')
  })
})

describe('Simple', () => {
  it('makes a workflow of a prompt', () => {
    const workflow = parseWorkflow(Simple.workflow({ prompt: 'Hello', maxTokens: 9 }))
    expect(workflow.tasks[0]?.messages).toEqual([{ role: 'user', content: 'Hello' }])
    expect(workflow.config.maxTokens).toBe(9)
  })

  it('takes the answer out of a result', () => {
    expect(Simple.parseResult({ taskId: 't', status: 'completed', result: 'Hi', model: 'demo' })).toBe('Hi')
    expect(Simple.parseResult('Hi')).toBe('Hi')
    const failed = { taskId: 't', status: 'expired', error: { code: 'no_node', message: 'Nobody' } } as const
    expect(() => Simple.parseResult(failed)).toThrow(TaskFailedError)
    expect(() => Simple.parseResult({ taskId: 't', status: 'executing' })).toThrow('it is executing')
  })
})

describe('Task', () => {
  it('is not changed by what its maker does later', () => {
    const models = ['demo']
    const task = new Task({ workflow: '{}', models })
    models.push('other')
    expect(task).toEqual({ workflow: '{}', models: ['demo'] })
  })
})

describe('Driad', () => {
  it('opens nothing before it is used, and nothing after it was closed', async () => {
    using folder = tempFolder()
    const driad = new Driad({ dataDir: folder.file('data') })
    await driad.close()
    await driad.close()
    await expect(driad.start()).rejects.toMatchObject({ code: 'stopping' })
  })

  it('says what is wrong with its settings, and can be tried again', async () => {
    using folder = tempFolder()
    await using driad = new Driad({ dataDir: folder.path, network: 'Not A Name', mdns: false })
    await expect(driad.start()).rejects.toBeInstanceOf(DriadError)
    await expect(driad.start()).rejects.toMatchObject({ code: 'bad_setting' })
  })

  it('refuses what cannot be published before anybody hears of it', async () => {
    using folder = tempFolder()
    await using driad = new Driad({ dataDir: folder.path, mdns: false, listen: ['/ip4/127.0.0.1/tcp/0'] })
    await expect(driad.execute({ workflow: '{}', models: ['demo'] })).rejects.toMatchObject({
      code: 'bad_workflow',
    })
    const task = new Task({ workflow: Simple.workflow({ prompt: 'Hi' }), models: ['demo'] })
    await expect(driad.execute(task, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'bad_offer' })
    const failed = await driad.execute(task, { timeoutMs: 300 }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(TaskFailedError)
    expect(failed).toMatchObject({ code: 'no_node', task: { status: 'expired' } })
  })

  it('cancels a task whose caller is gone', async () => {
    using folder = tempFolder()
    await using driad = new Driad({ dataDir: folder.path, mdns: false, listen: ['/ip4/127.0.0.1/tcp/0'] })
    const task = new Task({ workflow: Simple.workflow({ prompt: 'Hi' }), models: ['demo'] })
    const controller = new AbortController()
    let taskId = ''
    const reason = new Error('Enough')
    const executing = driad.execute(task, {
      signal: controller.signal,
      onEvent: (event) => {
        taskId = event.taskId
        controller.abort(reason)
      },
    })
    await expect(executing).rejects.toBe(reason)
    expect(await driad.result(taskId)).toMatchObject({ status: 'cancelled' })
  })
})
