import { writeFileSync } from 'node:fs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { Generate, WorkflowOutcome } from '../../../../src/node/workflow/contract.ts'
import { runWorkflow } from '../../../../src/node/workflow/run-workflow.ts'
import type { DriadError } from '../../../../src/protocol/errors.ts'
import { inspectWorkflow, parseWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import type { WorkflowFile } from '../../../../src/protocol/workflow/schema.ts'
import {
  ConditionBuilder,
  CustomTool,
  Edge,
  Expression,
  GetAll,
  HttpRequestTool,
  Input,
  Insert,
  Operator,
  Peek,
  Pop,
  Push,
  Read,
  Search,
  Size,
  String as StringInput,
  WorkflowBuilder,
  Write,
} from '../../../../src/sdk/index.ts'
import { promptOf } from '../../../helpers/gated-engine.ts'
import { letterVector } from '../../../helpers/letter-vector.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

/** Runs a workflow with a model that answers a prompt with what `answer` makes of it. */
function run(
  workflow: WorkflowFile,
  answer: (prompt: string) => string,
  extra: { input?: string; seed?: number } = {},
): Promise<WorkflowOutcome> {
  const generate: Generate = async (request) => ({
    text: answer(promptOf(request)),
    promptTokens: 1,
    completionTokens: 1,
    stopReason: 'stop',
    totalMs: 1,
  })
  return runWorkflow({
    workflow: parseWorkflow(workflow),
    sampling: extra.seed === undefined ? {} : { seed: extra.seed },
    ...(extra.input === undefined ? {} : { input: extra.input }),
    generate,
    embed: async ({ texts }) => ({ vectors: texts.map(letterVector), promptTokens: 1 }),
    signal: new AbortController().signal,
  })
}

function failure(build: () => unknown): DriadError {
  try {
    build()
  } catch (error) {
    return error as DriadError
  }
  throw new Error('It was built')
}

describe('WorkflowBuilder', () => {
  it('writes the file that the v1 builder writes for one step', () => {
    const workflow = new WorkflowBuilder()
      .generativeStep({ id: 'write_poem', prompt: 'Write a poem', outputs: [Write.new('poem')] })
      .flow([new Edge({ source: 'write_poem', target: '_end' })])
      .setReturnValue('poem')
      .build()
    expect(workflow).toEqual({
      config: { max_steps: 50, max_time: 200 },
      tasks: [
        {
          id: 'write_poem',
          operator: 'generation',
          messages: [{ role: 'user', content: 'Write a poem' }],
          outputs: [{ type: 'write', key: 'poem', value: '__result' }],
        },
        { id: '_end', operator: 'end', messages: [{ role: 'user', content: '' }] },
      ],
      steps: [{ source: 'write_poem', target: '_end' }],
      return_value: { input: { type: 'read', key: 'poem' } },
    })
  })

  it('numbers steps and wires placeholders to memory and to the steps before', () => {
    const builder = new WorkflowBuilder(
      { topic: 'CUDA', names: ['Ada', 'Alan'], none: [] },
      { name: 'Wired' },
    )
      .generativeStep({
        prompt: '{{topic}} {{names}} {{none}} {{later}} {{topic}}',
        outputs: [Write.new('first')],
      })
      .generativeStep({
        prompt: '{{first}} {{list}} {{topic}}',
        inputs: [Read.new('first', { required: false })],
        outputs: [Push.new('later'), Write.new('list')],
      })
      .setReturnValue(['first', 'later'])
    const { tasks, steps, return_value } = builder.build()
    expect(tasks.map(({ id }) => id)).toEqual(['0', '1', '_end'])
    expect(tasks[0]?.inputs).toEqual([
      { name: 'topic', value: { type: 'read', key: 'topic' }, required: true },
      { name: 'names', value: { type: 'get_all', key: 'names' }, required: true },
      { name: 'none', value: { type: 'get_all', key: 'none' }, required: false },
      { name: 'later', value: { type: 'get_all', key: 'later' }, required: false },
    ])
    expect(tasks[1]?.inputs).toEqual([
      { name: 'first', value: { type: 'read', key: 'first' }, required: false },
      { name: 'list', value: { type: 'read', key: 'list' }, required: false },
      { name: 'topic', value: { type: 'read', key: 'topic' }, required: true },
    ])
    expect(steps).toEqual([
      { source: '0', target: '1' },
      { source: '1', target: '_end' },
    ])
    expect(return_value).toEqual({
      input: [
        { type: 'read', key: 'first' },
        { type: 'get_all', key: 'later' },
      ],
      to_json: true,
    })
    expect(inspectWorkflow(builder.buildJson()).warnings).toEqual([])
    expect(builder.build()).toEqual(builder.build())
  })

  it('names everything that is wrong at once, by the paths of the file', () => {
    const error = failure(() =>
      new WorkflowBuilder({ a: 'x' })
        .generativeStep({ id: 'one', prompt: '{{a}} {{b}}', schema: z.object({ when: z.date() }) })
        .generativeStep({ id: 'one', prompt: 'again' })
        .generativeStep({ id: 'two' })
        .generativeStep({
          id: 'call',
          prompt: 'x',
          operator: Operator.FUNCTION_CALLING,
          schema: { type: 'object' },
        })
        .generativeStep({ id: 'file', path: '/no/such/file.md' })
        .addCustomTool(new HttpRequestTool({ name: 'no url', description: '', url: 'ftp://x' }))
        .addCustomTool(
          new CustomTool({ name: 'big', description: '', parameters: z.object({ n: z.bigint() }) }),
        )
        .flow([
          {
            source: 'one',
            target: 'nowhere',
            fallback: 'neither',
            condition: ConditionBuilder.build({
              input: Read.new('a'),
              expression: Expression.EQUAL,
              expected: 1,
              targetIfNot: 'nor here',
            }),
          },
          { source: 'ghost', target: '_end' },
        ])
        .setReturnValue(['a', 'unknown'])
        .setMaxSteps(0)
        .build(),
    )
    expect(error.code).toBe('bad_workflow')
    expect(error.issues.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'config.max_steps',
        'config.custom_tools[0].url',
        'config.custom_tools[1].parameters',
        'tasks[0].schema',
        'tasks[0].inputs',
        'tasks[1].id',
        'tasks[2].messages',
        'tasks[3].schema',
        'tasks[4].messages',
        'steps',
        'steps[0].target',
        'steps[0].fallback',
        'steps[0].condition.target_if_not',
        'steps[1].source',
        'return_value.input[1].key',
      ]),
    )
  })

  it('wants to know what is returned', () => {
    const builder = new WorkflowBuilder().generativeStep({ prompt: 'x', outputs: [Write.new('y')] })
    expect(failure(() => builder.build()).issues).toEqual([
      { path: 'return_value', expected: 'what to return (setReturnValue)', found: 'nothing' },
    ])
    expect(failure(() => builder.setReturnValue([]).build()).code).toBe('bad_workflow')
  })

  it('leaves braces alone where they are no placeholders', () => {
    const { tasks } = new WorkflowBuilder({ a: 'x' })
      .generativeStep({ prompt: '{{a}} {{ not }} {{b}}', placeholders: false, outputs: [Write.new('y')] })
      .setReturnValue('y')
      .build()
    expect(tasks[0]).not.toHaveProperty('inputs')
  })

  it('keeps what it was given apart from what its maker does later', () => {
    const memory = { list: ['a'] }
    const builder = new WorkflowBuilder(memory)
      .generativeStep({ prompt: '{{list}}', outputs: [Write.new('y')] })
      .setReturnValue('y')
    memory.list.push('b')
    const first = builder.build()
    expect(first.external_memory).toEqual({ list: ['a'] })
    first.tasks.length = 0
    expect(builder.build().tasks).toHaveLength(2)
  })

  it('reads a prompt from a file, after earlier messages', () => {
    using folder = tempFolder()
    writeFileSync(folder.file('prompt.md'), 'About {{topic}}\n')
    const { tasks } = new WorkflowBuilder({ topic: 'x' })
      .generativeStep({
        path: folder.file('prompt.md'),
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'assistant', content: 'Hello' },
        ],
        outputs: [Write.new('y')],
      })
      .setReturnValue('y')
      .build()
    expect(tasks[0]?.messages).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'About {{topic}}\n' },
    ])
    expect(tasks[0]?.inputs).toHaveLength(1)
  })

  it('takes schemas of zod and of JSON Schema', () => {
    const json = { type: 'object', properties: { a: { type: 'string' } } }
    const { tasks } = new WorkflowBuilder()
      .generativeStep({ prompt: 'x', schema: z.object({ a: z.email(), b: z.int().optional() }) })
      .generativeStep({ prompt: 'x', schema: json, outputs: [Write.new('y')] })
      .setReturnValue('y')
      .build()
    expect(tasks[0]?.schema).toMatchObject({
      properties: { a: { type: 'string', format: 'email' } },
      required: ['a'],
    })
    expect(tasks[1]?.schema).toEqual(json)
  })

  it('writes tools, custom tools and limits', () => {
    const sum = new CustomTool({
      name: 'calculator',
      description: 'Adds two numbers',
      parameters: z.object({ lhs: z.int(), rhs: z.int() }),
    })
    const price = new HttpRequestTool({
      name: 'price',
      description: 'The price of a thing',
      url: 'https://prices.example/{{thing}}',
      headers: { accept: 'application/json' },
    })
    const workflow = new WorkflowBuilder()
      .functionCallingStep({ prompt: 'What is 2 + 3?', raw: true, outputs: [Write.new('call')] })
      .generativeStep({
        prompt: 'And the price?',
        operator: Operator.FUNCTION_CALLING,
        outputs: [Write.new('answer')],
      })
      .addCustomTool(sum)
      .addCustomTool(price)
      .setMaxSteps(9)
      .setMaxTime(30)
      .setMaxTokens(64)
      .setTemperature(0.2)
      .setReturnValue('call', { postProcess: [{ type: 'trim' }, { type: 'replace', lhs: 'a', rhs: 'b' }] })
      .build()
    expect(workflow.config).toEqual({
      max_steps: 9,
      max_time: 30,
      max_tokens: 64,
      temperature: 0.2,
      tools: ['ALL'],
      custom_tools: [
        {
          name: 'calculator',
          description: 'Adds two numbers',
          mode: 'custom',
          parameters: expect.objectContaining({ type: 'object', required: ['lhs', 'rhs'] }),
        },
        {
          name: 'price',
          description: 'The price of a thing',
          mode: 'http_request',
          url: 'https://prices.example/{{thing}}',
          method: 'GET',
          headers: { accept: 'application/json' },
        },
      ],
    })
    expect(workflow.return_value.post_process).toEqual([
      { process_type: 'trim' },
      { process_type: 'replace', lhs: 'a', rhs: 'b' },
    ])
    expect(workflow.tasks.map(({ operator }) => operator)).toEqual([
      'function_calling_raw',
      'function_calling',
      'end',
    ])

    const call = sum.parseCall('{"name":"calculator","arguments":{"lhs":2,"rhs":3}}')
    expectTypeOf(call).toEqualTypeOf<{ lhs: number; rhs: number }>()
    expect(call).toEqual({ lhs: 2, rhs: 3 })
    for (const bad of [
      'no',
      '{"name":"price","arguments":{}}',
      '{"name":"calculator","arguments":{"lhs":"2"}}',
    ])
      expect(failure(() => sum.parseCall(bad)).code).toBe('output_invalid')
    const free = new CustomTool({ name: 'f', description: '', parameters: { type: 'object' } })
    expect(free.parseCall('```json\n{"name": "f"}\n```')).toEqual({})
  })

  it('has tools only where they can be used, or are asked for', () => {
    const step = () =>
      new WorkflowBuilder().generativeStep({ prompt: 'x', outputs: [Write.new('y')] }).setReturnValue('y')
    expect(step().build().config).not.toHaveProperty('tools')
    expect(step().setTools(['serper', 'jina']).build().config.tools).toEqual(['serper', 'jina'])
  })
})

describe('what is built runs', () => {
  it('loops until a stack has so many items, and falls back when a check fails', async () => {
    const workflow = new WorkflowBuilder({ topics: ['sea', 'moon'] })
      .samplingStep({ id: 'draw', prompt: 'Topic', stacks: ['topics'], outputs: [Write.new('topic')] })
      .generativeStep({ id: 'ask', prompt: '{{topic}} not {{questions}}', outputs: [Write.new('question')] })
      .generativeStep({ id: 'judge', prompt: 'Judge {{question}}', outputs: [Write.new('verdict')] })
      .checkStep({ id: 'good', output: Read.new('verdict'), expected: 'yes' })
      .generativeStep({ id: 'keep', prompt: '{{question}}', outputs: [Push.new('questions')] })
      .flow([
        new Edge({ source: 'draw', target: 'ask' }),
        { source: 'ask', target: 'judge' },
        { source: 'judge', target: 'good' },
        { source: 'good', target: 'keep', fallback: 'draw' },
        {
          source: 'keep',
          target: '_end',
          condition: ConditionBuilder.build({
            input: Size.new('questions'),
            expression: Expression.GREATER_THAN_OR_EQUAL,
            expected: 2,
            targetIfNot: 'draw',
          }),
        },
      ])
      .setReturnValue('questions')
      .build()
    let judged = 0
    const answer = (prompt: string) =>
      prompt.startsWith('Judge') ? (++judged === 1 ? 'No' : 'Yes\n') : prompt.replace('Topic: ', 'about ')
    const { result, steps } = await run(workflow, answer, { seed: 3 })
    const questions = JSON.parse(result) as string[]
    expect(questions).toHaveLength(2)
    for (const question of questions) expect(question).toMatch(/^about (sea|moon) not/)
    expect(steps).toBe(4 + 5 + 5)
  })

  it('reads every kind of memory', async () => {
    const workflow = new WorkflowBuilder({ stack: ['a', 'b', 'c'], text: 'T', object: { k: 1 } })
      .generativeStep({
        prompt: '{{text}} {{object}} {{stack}} {{last}} {{popped}} {{count}} {{input}} {{said}}',
        inputs: [
          Peek.new('stack', { index: -1, name: 'last' }),
          GetAll.new('stack'),
          Pop.new('stack', { name: 'popped' }),
          Size.new('stack', { name: 'count' }),
          Input.new(),
          StringInput.new('said', 'S'),
        ],
        outputs: [Write.new('out'), Write.new('fixed', { value: 'F' })],
      })
      .setReturnValue([Read.new('out'), Peek.new('stack'), 'fixed'])
      .build()
    const { result } = await run(workflow, (prompt) => prompt, { input: 'I' })
    expect(JSON.parse(result)).toEqual(['T {"k":1} a \nb \n c c 2 I S', 'a', 'F'])
  })

  it('searches what was inserted, by step and by input', async () => {
    const workflow = new WorkflowBuilder({ question: 'zebra' })
      .generativeStep({ prompt: 'zzz zebra', outputs: [Insert.new('notes')] })
      .generativeStep({ prompt: 'aaa apple', outputs: [Insert.new('notes')] })
      .searchStep({ query: '{{question}}', outputs: [Write.new('found')] })
      .generativeStep({
        prompt: '{{near}}|{{same}}',
        inputs: [Search.new('near', { query: 'apple' }), Search.new('same', { query: Read.new('question') })],
        outputs: [Write.new('read')],
      })
      .setReturnValue(['found', 'read'])
      .build()
    const [found, read] = JSON.parse((await run(workflow, (prompt) => prompt)).result) as string[]
    expect(found).toMatch(/^zzz zebra/)
    expect(read).toMatch(/^aaa apple[\s\S]*\|zzz zebra/)
  })

  it('searches the web where it is told to', () => {
    const { tasks } = new WorkflowBuilder()
      .searchStep({
        query: 'a "quoted" word',
        web: { searchType: 'news', lang: 'en', results: 3 },
        outputs: [Write.new('y')],
      })
      .searchStep({ query: 'plain', web: true })
      .setReturnValue('y')
      .build()
    expect(JSON.parse(tasks[0]?.messages?.[0]?.content ?? '')).toEqual({
      query: 'a "quoted" word',
      search_type: 'news',
      lang: 'en',
      n_results: 3,
    })
    expect(JSON.parse(tasks[1]?.messages?.[0]?.content ?? '')).toEqual({
      query: 'plain',
      search_type: 'search',
    })
  })
})
