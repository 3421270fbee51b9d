import { describe, expect, it } from 'vitest'
import { simpleWorkflow } from '../../src/protocol/workflow/simple.ts'
import {
  Dataset,
  DatasetGenerator,
  Driad,
  DriadError,
  defineSingleton,
  type GenerateDataset,
  z,
} from '../../src/sdk/index.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { startTaskNode, type TaskNode } from '../helpers/task-node.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/** A prompt, and the answer as a row. */
const Answer = defineSingleton({
  name: 'Answer',
  input: z.object({ prompt: z.string().min(1) }),
  output: z.object({ answer: z.string() }),
  workflow: ({ prompt }) => simpleWorkflow({ prompt, maxTokens: 16 }),
  parse: (answer) => ({ answer }),
})

let networks = 0

interface Setting extends AsyncDisposable {
  readonly engine: GatedEngine
  readonly node: TaskNode
  readonly driad: Driad
  folder(name: string): string
  /** Runs into the dataset of that name, closed again afterwards. */
  generate(
    name: string,
    options: Omit<
      GenerateDataset<{ prompt: string }, { answer: string }, Record<string, unknown>>,
      'singleton'
    >,
  ): Promise<{ summary: Awaited<ReturnType<DatasetGenerator['generate']>>; rows: Record<string, unknown>[] }>
}

/** A node that answers by itself, with two models, and a requester; everything but the text is real. */
async function setting(): Promise<Setting> {
  const networkName = `dataset-runs-${process.pid}-${++networks}`
  const folder = tempFolder()
  const engine = new GatedEngine()
  engine.auto = (prompt) => `About ${prompt}`
  const node = await startTaskNode({ engine, networkName })
  node.models.serve({ name: 'other' })
  const driad = new Driad({
    dataDir: folder.file('requester'),
    network: networkName,
    bootstrap: [...node.network.addresses()],
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
  })
  return {
    engine,
    node,
    driad,
    folder: (name) => folder.file(name),
    generate: async (name, options) => {
      await using dataset = new Dataset({ folder: folder.file(name) })
      const summary = await new DatasetGenerator({ driad, dataset }).generate({
        singleton: Answer,
        ...options,
      })
      const rows: Record<string, unknown>[] = []
      for await (const row of dataset.rows()) rows.push(row)
      return { summary, rows }
    },
    [Symbol.asyncDispose]: async () => {
      await driad.close()
      await node[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

async function failure(run: () => Promise<unknown>): Promise<DriadError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof DriadError) return error
    throw error
  }
  throw new Error('It did not fail')
}

const prompts = ['sea', 'moon', 'castle'].map((prompt) => ({ prompt }))

describe('instructions and models', () => {
  it('give a row each for every model, with its name, and resume as such', async () => {
    await using run = await setting()
    const models = ['demo', 'other']
    const options = { models, eachModel: true, concurrency: 3 }
    // Cut short, as by a crash: the first instructions only.
    const first = await run.generate('rows', { ...options, instructions: prompts.slice(0, 2) })
    expect(first.summary).toMatchObject({ done: 4, resumed: 0, total: 4 })
    const all = await run.generate('rows', { ...options, instructions: prompts })
    expect(all.summary).toMatchObject({ done: 6, resumed: 4, failed: 0, total: 6 })
    expect(all.rows).toEqual(
      prompts.flatMap(({ prompt }) => models.map((model) => ({ answer: `About ${prompt}`, model }))),
    )
    expect(run.engine.jobs).toHaveLength(6)
    const asked = await failure(() =>
      run.generate('rows', { ...options, models: ['other', 'demo'], instructions: prompts }),
    )
    expect(asked).toMatchObject({ code: 'bad_usage', message: expect.stringContaining('or model') })
    const without = await failure(() => run.generate('rows', { models, instructions: prompts }))
    expect(without.message).toContain('begun with Answer for each model')
  })

  it('give one row by any of the models where that is not asked for, and tell which to map', async () => {
    await using run = await setting()
    const { summary, rows } = await run.generate('rows', {
      instructions: prompts,
      models: ['nobody-has-it', 'other'],
      map: ({ answer }, { prompt }, { model, node, taskId }) => ({
        prompt,
        answer,
        model,
        node,
        id: taskId.length,
      }),
    })
    expect(summary).toMatchObject({ done: 3, total: 3 })
    const node = run.node.network.peerId
    expect(rows).toEqual(
      prompts.map(({ prompt }) => ({ prompt, answer: `About ${prompt}`, model: 'other', node, id: 36 })),
    )
    // Other models may take up what these have begun.
    const more = await run.generate('rows', {
      instructions: [...prompts, { prompt: 'piano' }],
      models: ['demo'],
    })
    expect(more.summary).toMatchObject({ done: 4, resumed: 3 })
  })

  it('that are not those of the dataset are refused; the order of fields is no difference', async () => {
    await using run = await setting()
    const models = ['demo']
    await run.generate('rows', { models, instructions: [{ prompt: 'sea', note: 1 } as never] })
    const same = await run.generate('rows', { models, instructions: [{ note: 1, prompt: 'sea' } as never] })
    expect(same.summary).toMatchObject({ resumed: 1, done: 1 })
    const other = await failure(() => run.generate('rows', { models, instructions: [{ prompt: 'lake' }] }))
    expect(other).toMatchObject({ code: 'bad_usage', message: expect.stringContaining('Row 0') })
  })
})

describe('a dataset of a dataset', () => {
  it('keeps the numbers of rows where some are missing, and fills them in later', async () => {
    await using run = await setting()
    run.engine.auto = (prompt) => (prompt === 'moon' ? '' : `About ${prompt}`)
    await using first = new Dataset<{ prompt: string }>({
      folder: run.folder('first'),
      schema: z.object({ prompt: z.string().min(1) }),
    })
    const step = () =>
      new DatasetGenerator({ driad: run.driad, dataset: first }).generate({
        instructions: prompts,
        singleton: Answer,
        models: ['demo'],
        retries: 0,
        map: ({ answer }) => ({ prompt: answer }),
      })
    expect(await step()).toMatchObject({ done: 2, failed: 1 })
    const [failed] = await first.failures()
    expect(failed).toMatchObject({ row: 1, code: 'output_invalid' })

    const half = await run.generate('second', { instructions: first, models: ['demo'] })
    expect(half.summary).toMatchObject({ done: 2, total: 2 })
    run.engine.auto = (prompt) => `About ${prompt}`
    expect(await step()).toMatchObject({ done: 3, failed: 0, resumed: 2 })
    const whole = await run.generate('second', { instructions: first, models: ['demo'] })
    expect(whole.summary).toMatchObject({ done: 3, resumed: 2 })
    expect(whole.rows.map(({ answer }) => answer)).toEqual(
      prompts.map(({ prompt }) => `About About ${prompt}`),
    )
  })
})

describe('what is wrong', () => {
  it('with options is told before anything is asked', async () => {
    await using run = await setting()
    const wrong = { models: ['demo', 'demo'], instructions: prompts, concurrency: Number.NaN, retries: -1 }
    const { code, issues } = await failure(() => run.generate('rows', wrong))
    expect(code).toBe('bad_usage')
    expect(issues.map(({ path }) => path)).toEqual(['models', 'concurrency', 'retries'])
  })

  it('with an instruction is told with its number, and nothing is asked for it', async () => {
    await using run = await setting()
    const instructions = [...prompts, { prompt: '' }]
    const { code, issues } = await failure(() =>
      run.generate('rows', { models: ['demo'], instructions, concurrency: 1 }),
    )
    expect(code).toBe('bad_usage')
    expect(issues).toMatchObject([{ path: 'instructions[3].prompt' }])
    const big = await failure(() =>
      run.generate('big', { models: ['demo'], instructions: [{ prompt: 'sea', n: 1n } as never] }),
    )
    expect(big.issues).toMatchObject([{ path: 'instructions[0]' }])
  })

  it('with rows ends the run: the answer is paid once, and fetched when that is mended', async () => {
    await using run = await setting()
    const options = { models: ['demo'], instructions: prompts.slice(0, 1) }
    const list = await failure(() => run.generate('rows', { ...options, map: () => ['no row'] as never }))
    expect(list).toMatchObject({ code: 'bad_usage', message: expect.stringContaining('has to be an object') })
    run.engine.auto = () => 'Another answer'
    const { rows } = await run.generate('rows', options)
    expect(rows).toEqual([{ answer: 'About sea' }])
  })

  it('with an answer, as map says by throwing, is tried again', async () => {
    await using run = await setting()
    let tries = 0
    const { summary, rows } = await run.generate('rows', {
      models: ['demo'],
      instructions: prompts.slice(0, 1),
      map: ({ answer }) => {
        if (++tries === 1) throw new SyntaxError('No JSON')
        return { answer, tries }
      },
    })
    expect(summary).toMatchObject({ done: 1, failed: 0 })
    expect(rows).toEqual([{ answer: 'About sea', tries: 2 }])
  })

  it('with two runs at a time of one dataset is refused', async () => {
    await using run = await setting()
    await using dataset = new Dataset({ folder: run.folder('rows') })
    const generator = new DatasetGenerator({ driad: run.driad, dataset })
    const options = { singleton: Answer, models: ['demo'], instructions: prompts }
    const first = generator.generate(options)
    expect((await failure(() => generator.generate(options))).message).toContain('already')
    expect(await first).toMatchObject({ done: 3 })
    expect(await generator.generate(options)).toMatchObject({ resumed: 3 })
  })
})

describe('a run that has no end', () => {
  async function* endless(closed: { done: boolean }): AsyncGenerator<{ prompt: string }> {
    try {
      for (let number = 0; ; number++) yield { prompt: `number ${number}` }
    } finally {
      closed.done = true
    }
  }

  it('stops at the limit of spending, and closes what the instructions come from', async () => {
    await using run = await setting()
    const closed = { done: false }
    const { summary, rows } = await run.generate('rows', {
      models: ['demo'],
      instructions: endless(closed),
      concurrency: 2,
      maxSpendMicro: 1n,
    })
    expect(summary.stoppedBySpending).toBe(true)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.length).toBeLessThan(20)
    await expect.poll(() => closed.done).toBe(true)
  })

  it('is aborted while it waits for its instructions', async () => {
    await using run = await setting()
    const stop = new AbortController()
    const never = async function* (): AsyncGenerator<{ prompt: string }> {
      yield { prompt: 'sea' }
      stop.abort(new Error('Enough'))
      await new Promise(() => undefined)
    }
    await expect(
      run.generate('rows', { models: ['demo'], instructions: never(), signal: stop.signal }),
    ).rejects.toThrow('Enough')
  })
})
