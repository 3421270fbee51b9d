import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import type { ToolBox } from '../../src/node/tools/contract.ts'
import type { WorkflowOutcome } from '../../src/node/workflow/contract.ts'
import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { inspectWorkflow } from '../../src/protocol/workflow/parse.ts'

/** Tools whose services are the test: a node with duckduckgo and stock turned on. */
const tools: ToolBox = {
  available: () => new Set(['duckduckgo', 'stock']),
  open: () => ({
    call: async (name) => `${name} says: AAPL: 210 USD`,
    request: async () => 'nothing',
    search: async ({ query }) => `1. ${query}\nhttps://moon.example/\nThe moon is 384,400 km away.`,
  }),
}

const folder = `${import.meta.dirname}/../../resources/workflows`
const names = readdirSync(folder).map((name) => name.replace('.json', ''))

describe('the gallery of workflows, on the demo model', () => {
  let engine: LlamaEngine

  beforeAll(async () => {
    engine = createLlamaEngine({ log: () => {} })
    const path = `${import.meta.dirname}/../../resources/models/demo-1m.gguf`
    await engine.load({ name: 'demo', path, slots: 1, gpu: 'off', threads: 1 })
  })

  afterAll(() => engine.dispose())

  async function run(name: string, seed: number, input?: string): Promise<WorkflowOutcome> {
    const { workflow, error, warnings } = inspectWorkflow(readFileSync(`${folder}/${name}.json`, 'utf8'))
    expect(error).toBeUndefined()
    expect(warnings).toEqual([])
    if (!workflow) throw new Error(`${name} does not parse`)
    expect(workflow.name).toBeTruthy()
    expect(workflow.description).toBeTruthy()
    return runWorkflow({
      workflow,
      ...(input === undefined ? {} : { input }),
      sampling: { seed },
      signal: AbortSignal.timeout(60_000),
      generate: (request, options) => engine.generate({ ...request, model: 'demo' }, options),
      embed: (request, options) => engine.embed({ ...request, model: 'demo' }, options),
      tools,
    })
  }

  it('has ten of them', () => {
    expect(names.sort()).toEqual([
      'ask',
      'ask-with-tools',
      'extract',
      'look-it-up',
      'make-a-call',
      'personas',
      'question-set',
      'search-the-web',
      'story-book',
      'until-it-passes',
    ])
  })

  it('ask: answers its own question, or the one it is given', async () => {
    expect((await run('ask', 1)).result).toMatch(/workflow/i)
    expect((await run('ask', 1, 'What is 3 + 4?')).result).toContain('7')
  })

  it.each([1, 2, 3])('question-set: goes round until there are five questions, seed %i', async (seed) => {
    const { result, steps } = await run('question-set', seed)
    const questions = JSON.parse(result) as string[]
    expect(questions).toHaveLength(5)
    expect(questions.filter((question) => question.endsWith('?')).length).toBeGreaterThanOrEqual(3)
    expect(steps).toBe(10)
    expect((await run('question-set', seed)).result).toBe(result)
  })

  it.each([1, 2, 3])('personas: three that fit the schema, seed %i', async (seed) => {
    const personas = (JSON.parse((await run('personas', seed)).result) as string[]).map((text) =>
      JSON.parse(text),
    )
    expect(personas).toHaveLength(3)
    for (const { name, age, job, city } of personas) {
      for (const text of [name, job, city]) expect(text.length).toBeGreaterThanOrEqual(2)
      expect(age).toBeGreaterThanOrEqual(18)
    }
  })

  it.each([1, 2, 3])(
    'until-it-passes: ends with a sentence that was judged as wanted, seed %i',
    async (seed) => {
      const { result, steps } = await run('until-it-passes', seed)
      expect(result).toMatch(/\w/)
      expect(steps % 3).toBe(0)
    },
  )

  it('extract: reads each sentence, the newest first', async () => {
    const people = (JSON.parse((await run('extract', 1)).result) as string[]).map((text) => JSON.parse(text))
    expect(people).toEqual([
      { name: 'Greta', age: 19, city: 'Oslo' },
      { name: 'Noah', age: 34, city: 'Lisbon' },
      { name: 'Clara', age: 45, city: 'Rome' },
    ])
  })

  it('look-it-up: gives all three stories, the same ones for the same seed', async () => {
    const { result } = await run('look-it-up', 1)
    const stories = result.split(' \n').filter((story) => story !== '')
    expect(stories).toHaveLength(3)
    for (const subject of ['a baker', 'a dragon', 'a sailor'])
      expect(stories.filter((story) => story.includes(subject))).toHaveLength(1)
    expect((await run('look-it-up', 1)).result).toBe(result)
  })

  it('make-a-call: returns a call of the function', async () => {
    const { name, arguments: given } = JSON.parse((await run('make-a-call', 1)).result)
    expect(name).toBe('add_event')
    expect(given.day).toMatch(/day$/)
    expect(given.hour).toBeLessThan(24)
  })

  it.each(['search-the-web', 'ask-with-tools'])('%s: answers from what its tools say', async (name) => {
    const { result, steps } = await run(name, 1)
    expect(result).toMatch(/\w/)
    expect(steps).toBeGreaterThan(1)
  })

  it('story-book: returns a title, a story and a poem', async () => {
    const parts = JSON.parse((await run('story-book', 1, 'a dragon')).result) as string[]
    expect(parts).toHaveLength(3)
    for (const part of parts) expect(part).toMatch(/\w{3}/)
  })
})
