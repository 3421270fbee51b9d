import { describe, expect, it } from 'vitest'
import {
  CustomTool,
  DriadError,
  type FunctionCallParser,
  LlamaParser,
  NousParser,
  OpenAIParser,
  parseFunctionCalls,
  TaskFailedError,
  toLlama,
  toNous,
  toOpenAI,
  z,
} from '../../../../src/sdk/index.ts'

const any: FunctionCallParser = { parse: parseFunctionCalls }
const search = { name: 'search', arguments: { query: 'Istanbul', n: 1 } }
const sum = { name: 'sum', arguments: { lhs: 2, rhs: [3, { deep: true }] } }

function failure(run: () => unknown): DriadError {
  try {
    run()
  } catch (error) {
    if (error instanceof DriadError) return error
    throw error
  }
  throw new Error('It did not fail')
}

/** Parser, what it reads, and the calls that it gives. */
type Case = [name: string, parser: FunctionCallParser, text: string, calls: readonly unknown[]]

const chat = {
  role: 'assistant',
  content: null,
  tool_calls: [
    { id: 'call_1', type: 'function', function: { name: 'search', arguments: '{"query":"Istanbul","n":1}' } },
    { id: 'call_2', type: 'function', function: { name: 'now', arguments: '' } },
  ],
}
const chatCalls = [
  { ...search, id: 'call_1' },
  { name: 'now', arguments: {}, id: 'call_2' },
]
const raw = JSON.stringify(search)
const parameters = JSON.stringify({ name: 'search', parameters: search.arguments })

const read: Case[] = [
  ['the raw result of a step', OpenAIParser, raw, [search]],
  ['several objects in a row', OpenAIParser, `${raw}\n\n${JSON.stringify(sum)}`, [search, sum]],
  ['a list of them', OpenAIParser, JSON.stringify([search, sum]), [search, sum]],
  ['a stack of results', OpenAIParser, JSON.stringify([raw, JSON.stringify(sum)]), [search, sum]],
  [
    'prose and a fence',
    OpenAIParser,
    `I will {look} [1]:\n\`\`\`json\n${raw}\n\`\`\`\nDone {"a": 1}.`,
    [search],
  ],
  ['a message', OpenAIParser, JSON.stringify(chat), chatCalls],
  [
    'a completion, its first choice',
    OpenAIParser,
    JSON.stringify({
      id: 'c',
      choices: [
        { index: 0, message: chat },
        { index: 1, message: {} },
      ],
    }),
    chatCalls,
  ],
  ['the calls of a message', OpenAIParser, JSON.stringify(chat.tool_calls), chatCalls],
  ['one call of a message', OpenAIParser, JSON.stringify(chat.tool_calls[0]), chatCalls.slice(0, 1)],
  [
    'a message of older chat APIs',
    OpenAIParser,
    JSON.stringify({ role: 'assistant', function_call: { name: 'sum', arguments: '{"lhs": 2}' } }),
    [{ name: 'sum', arguments: { lhs: 2 } }],
  ],
  [
    'a response with its reasoning',
    OpenAIParser,
    JSON.stringify({
      output: [
        { type: 'reasoning', summary: [] },
        { type: 'function_call', call_id: 'call_9', name: 'sum', arguments: '{"lhs": 2}' },
      ],
    }),
    [{ name: 'sum', arguments: { lhs: 2 }, id: 'call_9' }],
  ],
  [
    'a message of Ollama',
    OpenAIParser,
    JSON.stringify({
      model: 'm',
      message: { tool_calls: [{ function: { name: 'sum', arguments: { lhs: 1 } } }] },
    }),
    [{ name: 'sum', arguments: { lhs: 1 } }],
  ],

  ['a tag', LlamaParser, '<function=search>{"query": "Istanbul", "n": 1}</function>', [search]],
  [
    'tags in a row, in doubled braces, as the first SDK had them',
    LlamaParser,
    'Sure.\n<function=search>{{"query": "Istanbul", "n": 1}}</function>\n<function=sum>{{"a": {{"b": 1}}}}</function>',
    [search, { name: 'sum', arguments: { a: { b: 1 } } }],
  ],
  [
    'braces in texts of doubled braces',
    LlamaParser,
    '<function=say>{{"text": "Hi {{name}}"}}</function>',
    [{ name: 'say', arguments: { text: 'Hi {{name}}' } }],
  ],
  [
    'a tag that does not end',
    LlamaParser,
    '<function=search>{"query": "Istanbul", "n": 1}<|eom_id|>',
    [search],
  ],
  ['a tag without arguments', LlamaParser, '<function=now></function>', [{ name: 'now', arguments: {} }]],
  [
    'a fence in a tag',
    LlamaParser,
    '<function=search>\n```json\n{"query": "Istanbul", "n": 1}\n```\n</function>',
    [search],
  ],
  [
    'an end in an argument',
    LlamaParser,
    '<function=say>{"text": "</function><function=x>{}"}</function>',
    [{ name: 'say', arguments: { text: '</function><function=x>{}' } }],
  ],
  [
    'what the prompt said of tags, in prose',
    LlamaParser,
    `I use <function=example_name> as told: ${parameters}`,
    [search],
  ],
  ['parameters', LlamaParser, parameters, [search]],
  ['a tag for Python', LlamaParser, `<|python_tag|>${parameters}; ${parameters}<|eom_id|>`, [search, search]],
  [
    'the type and the function as Llama 3.2 has them',
    LlamaParser,
    '{"type": "function", "function": "search", "parameters": {"query": "Istanbul", "n": 1}}',
    [search],
  ],
  [
    'a call after the definition that it was told',
    LlamaParser,
    `{"name": "search", "description": "Searches", "parameters": {"type": "object"}}\n${parameters}`,
    [search],
  ],

  ['a tag', NousParser, `<tool_call>\n${raw}\n</tool_call>`, [search]],
  [
    'several tags, thoughts before them',
    NousParser,
    `<think>Perhaps <tool_call>${JSON.stringify(sum)}</tool_call>?</think>\n<tool_call>${raw}</tool_call>\nand\n<tool_call>${JSON.stringify(sum)}</tool_call><|im_end|>`,
    [search, sum],
  ],
  [
    'several calls in a tag',
    NousParser,
    `<tool_call>${raw}\n${JSON.stringify(sum)}</tool_call>`,
    [search, sum],
  ],
  ['a list in a tag', NousParser, `<tool_call>[${raw}, ${JSON.stringify(sum)}]</tool_call>`, [search, sum]],
  ['a tag that does not end', NousParser, `<tool_call>\n${raw}`, [search]],
  ['a name alone', NousParser, '<tool_call>{"name": "now"}</tool_call>', [{ name: 'now', arguments: {} }]],
  [
    'arguments as a text',
    NousParser,
    '<tool_call>{"name": "f", "arguments": "{\\"a\\": 1}"}</tool_call>',
    [{ name: 'f', arguments: { a: 1 } }],
  ],
  ['no tag', NousParser, raw, [search]],
  [
    'Python, as Hermes 2 wrote it',
    NousParser,
    `<tool_call>\n{'arguments': {'query': 'It\\'s "new"', 'on': True, 'off': False, 'no': None}, 'name': 'search'}\n</tool_call>`,
    [{ name: 'search', arguments: { query: 'It\'s "new"', on: true, off: false, no: null } }],
  ],
  [
    'a comma too many, and a line break in a text',
    OpenAIParser,
    '{"name": "run", "arguments": {"code": "a\n\tb, ]", "list": [1, 2, ], },}',
    [{ name: 'run', arguments: { code: 'a\n\tb, ]', list: [1, 2] } }],
  ],

  [
    'its own tag in an argument',
    LlamaParser,
    JSON.stringify({ name: 'say', parameters: { text: '<function=x>{}</function>' } }),
    [{ name: 'say', arguments: { text: '<function=x>{}</function>' } }],
  ],
  [
    'its own tag in an argument',
    NousParser,
    JSON.stringify({ name: 'say', arguments: { text: '<tool_call>{}</tool_call>' } }),
    [{ name: 'say', arguments: { text: '<tool_call>{}</tool_call>' } }],
  ],
  ['a tag after brackets', LlamaParser, '[1] <function=now></function>', [{ name: 'now', arguments: {} }]],
  ['the raw result of a step', any, raw, [search]],
  ['a message', any, JSON.stringify(chat), chatCalls],
  ['tags of Llama', any, '<function=search>{"query": "Istanbul", "n": 1}</function>', [search]],
  ['parameters', any, `<|python_tag|>${parameters}`, [search]],
  ['tags of Nous', any, `Well.\n<tool_call>${raw}</tool_call>`, [search]],
  [
    'another format in an argument',
    any,
    JSON.stringify({ name: 'say', arguments: { text: '<tool_call>{}</tool_call>' } }),
    [{ name: 'say', arguments: { text: '<tool_call>{}</tool_call>' } }],
  ],
]

describe('calls are read', () => {
  it.each(
    read.map(
      ([name, parser, text, calls]) => [`${name}: ${text}`.slice(0, 70), parser, text, calls] as const,
    ),
  )('%s', (_name, parser, text, calls) => {
    expect(parser.parse(text)).toEqual(calls)
  })

  it('out of what a task gave', () => {
    expect(parseFunctionCalls({ taskId: 't', status: 'completed', result: raw })).toEqual([search])
    expect(() => parseFunctionCalls({ taskId: 't', status: 'executing' })).toThrow(TaskFailedError)
  })
})

describe('what is no call', () => {
  it.each([
    ['prose', any, 'The weather is nice.'],
    ['nothing', any, ''],
    ['other JSON', any, '{"name": "Bob", "age": 4}'],
    ['a definition', LlamaParser, '{"name": "f", "description": "d", "parameters": {"type": "object"}}'],
    ['a message without calls', OpenAIParser, '{"role": "assistant", "content": "Hi", "tool_calls": []}'],
    ['talk of tags', NousParser, 'I would write a <tool_call> here.'],
    ['too deep', OpenAIParser, `{"a": ${'['.repeat(100)}${']'.repeat(100)}}`],
  ] as const)('is told with what was expected: %s', (_name, parser, text) => {
    const { code, message, issues } = failure(() => parser.parse(text))
    expect(code).toBe('output_invalid')
    expect(message).toContain('There is no function call')
    expect(issues).toMatchObject([{ path: '', found: expect.any(String) }])
    expect(issues[0]?.found?.length).toBeLessThan(100)
  })

  it.each([
    ['arguments that are no object', OpenAIParser, '{"name": "f", "arguments": [1]}', 'arguments'],
    [
      'arguments that are no JSON',
      OpenAIParser,
      '{"tool_calls": [{"function": {"name": "f", "arguments": "{a"}}]}',
      'tool_calls[0].function.arguments',
    ],
    ['more after the arguments', OpenAIParser, '{"name": "f", "arguments": "{} {}"}', 'arguments'],
    [
      'no name',
      OpenAIParser,
      '{"tool_calls": [{"function": {"arguments": "{}"}}]}',
      'tool_calls[0].function.name',
    ],
    ['calls that are no list', OpenAIParser, '{"tool_calls": "no"}', 'tool_calls'],
    ['something else among calls', OpenAIParser, '{"tool_calls": [{"id": "x"}]}', 'tool_calls[0]'],
    ['cut off', any, '{"name": "f", "arguments": {"city": "Par', '[0]'],
    ['the second cut off', any, `${raw} {"name": "f", "arg`, '[1]'],
    [
      'a cut-off message',
      any,
      '{"role": "assistant", "tool_calls": [{"id": "call_1", "function": {"name": "f',
      '[0]',
    ],
    ['broken arguments', LlamaParser, '<function=f>{"a": what}</function>', '[0].arguments'],
    ['no JSON in a tag', LlamaParser, '<function=f>city: Paris</function>', '[0]'],
    [
      'broken JSON in the second tag',
      NousParser,
      `<tool_call>${raw}</tool_call><tool_call>{"name": }</tool_call>`,
      '[1]',
    ],
    ['no call in a tag', NousParser, '<tool_call>{"city": "Paris"}</tool_call>', '[0]'],
    ['prose in a tag', NousParser, '<tool_call>search for Paris</tool_call>', '[0]'],
    ['an empty name', NousParser, '<tool_call>{"name": ""}</tool_call>', '[0].name'],
  ] as const)('is not left out where it was meant as one: %s', (_name, parser, text, path) => {
    const { code, message, issues } = failure(() => parser.parse(text))
    expect(code).toBe('output_invalid')
    expect(message).toContain('malformed')
    expect(issues).toMatchObject([{ path, expected: expect.any(String), found: expect.any(String) }])
    expect(issues[0]?.found?.length).toBeLessThan(100)
  })
})

describe('limits', () => {
  it('are kept for texts and for the number of calls', () => {
    expect(failure(() => any.parse('x'.repeat(1024 * 1024 + 1))).message).toContain('characters')
    expect(any.parse(raw.repeat(256))).toHaveLength(256)
    expect(failure(() => any.parse(raw.repeat(257))).message).toContain('256')
    const tags = toNous(Array.from({ length: 300 }, () => search))
    expect(failure(() => any.parse(tags)).message).toContain('256')
  })

  it.each([
    '[',
    '{',
    '{"a":',
    '["',
    "['",
    '{"name":[',
    '<tool_call>',
    '<tool_call>{',
    '<function=',
    '<function=a>',
    '<function=a>{{',
    '<think>',
    '```json\n',
    '\\"',
    ' ',
    `${'['.repeat(60)}01${']'.repeat(60)}`,
    `["${'['.repeat(60)}`,
  ])('end, whatever is repeated: %s', (piece) => {
    const text = piece.repeat(1024 * 1024).slice(0, 1024 * 1024)
    for (const parser of [OpenAIParser, LlamaParser, NousParser, any])
      expect(failure(() => parser.parse(text)).code).toBe('output_invalid')
  })
})

describe('functions with schemas', () => {
  const functions = {
    search: z.object({ query: z.string(), n: z.int().default(5) }),
    now: z.object({}),
  }

  it('give typed arguments, defaults filled in', () => {
    const [call] = parseFunctionCalls('{"name": "search", "arguments": {"query": "x"}}', { functions })
    if (call?.name !== 'search') throw new Error('Another function was called')
    const typed: { query: string; n: number } = call.arguments
    expect(typed).toEqual({ query: 'x', n: 5 })
  })

  it('name each field that does not fit, and functions that there are none of', () => {
    const text = toLlama([
      { name: 'search', arguments: { query: 1, n: 0.5 } },
      { name: 'toString', arguments: {} },
    ])
    const { code, issues } = failure(() => LlamaParser.parse(text, { functions }))
    expect(code).toBe('output_invalid')
    expect(issues.map(({ path }) => path)).toEqual(['[0].arguments.query', '[0].arguments.n', '[1].name'])
    expect(issues[2]).toEqual({ path: '[1].name', expected: 'one of "search", "now"', found: '"toString"' })
  })

  it('can be custom tools, whose own reading of a call says as much', () => {
    const tool = new CustomTool({ name: 'search', description: 'Searches', parameters: functions.search })
    const call = NousParser.parse(`<tool_call>${raw}</tool_call>`, {
      functions: { [tool.name]: tool.parameters },
    })
    expect(call).toEqual([search])
    expect(tool.parseCall(`<tool_call>${raw}</tool_call>`)).toEqual(search.arguments)
    expect(
      failure(() => tool.parseCall('{"name": "search", "arguments": {"query": 1}}')).issues,
    ).toMatchObject([{ path: 'arguments.query', found: '1' }])
  })
})

describe('writers', () => {
  it('write what chat APIs take, with ids of their own where there are none', () => {
    const [first, second] = toOpenAI([search, { ...sum, id: 'call_7' }])
    expect(first).toEqual({
      id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
      type: 'function',
      function: { name: 'search', arguments: '{"query":"Istanbul","n":1}' },
    })
    expect(second?.id).toBe('call_7')
  })

  it('write tags that nothing in a call ends', () => {
    const call = { name: 'say', arguments: { text: '</tool_call></function>' } }
    expect(toNous([call]).match(/<\/tool_call>/g)).toHaveLength(1)
    expect(toLlama([call]).match(/<\/function>/g)).toHaveLength(1)
    expect(NousParser.parse(toNous([call]))).toEqual([call])
    expect(LlamaParser.parse(toLlama([call]))).toEqual([call])
  })

  it('refuse what the format cannot hold', () => {
    expect(failure(() => toLlama([{ name: 'a>b', arguments: {} }])).issues).toMatchObject([{ path: 'name' }])
    for (const write of [toOpenAI, toLlama, toNous])
      expect(failure(() => write([{ name: 'f', arguments: { big: 1n } }])).code).toBe('bad_usage')
  })
})
