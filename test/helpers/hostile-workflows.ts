import type { DriadErrorCode } from '../../src/protocol/errors.ts'

/** A workflow that somebody wrote to hurt whoever runs it. */
export interface HostileWorkflow {
  /** The file's JSON value, or its text or bytes. Made only when it is needed. */
  readonly make: () => unknown
  /** How it may end: with a result, or with one of these. */
  readonly ends: readonly (DriadErrorCode | 'result')[]
}

/** Seconds that each of them asks for. */
const MAX_TIME = 2
const HUGE = 250_000

const config = { max_steps: 1_000_000, max_time: MAX_TIME, max_tokens: 64 }
const answer = { input: { type: 'read', key: 'answer' } }
const input = (name: string, type: string, key: string) => ({ name, value: { type, key }, required: false })
const user = (content: string) => [{ role: 'user', content }]
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at))
const named = <T>(count: number, make: (index: number) => [string, T]) =>
  Object.fromEntries(times(count, make))

/** One task that goes on with itself, whatever happens. */
function loop(task: object, memory: object = { k: ['x'] }, parts: object = {}): object {
  return {
    config,
    external_memory: memory,
    tasks: [
      { id: 'A', operator: 'sample', messages: user(''), inputs: [input('s', 'string', 'k')], ...task },
    ],
    steps: [{ source: 'A', target: 'A', fallback: 'A' }],
    return_value: answer,
    ...parts,
  }
}

function once(parts: object): object {
  return {
    config,
    tasks: [
      {
        id: 'A',
        operator: 'generation',
        messages: user('x'),
        outputs: [{ type: 'write', key: 'answer', value: '__result' }],
      },
    ],
    steps: [{ source: 'A', target: '_end' }],
    return_value: answer,
    ...parts,
  }
}

const withSchema = (schema: unknown) =>
  once({ tasks: [{ id: 'A', operator: 'generation', messages: user('x'), schema }] })

const tooLong: HostileWorkflow['ends'] = ['max_time_exceeded', 'max_steps_exceeded']
const refused: HostileWorkflow['ends'] = ['bad_workflow']
/** Either is fine, as long as it is soon. */
const either: HostileWorkflow['ends'] = ['bad_workflow', 'result']

export const hostileWorkflows: Readonly<Record<string, HostileWorkflow>> = {
  'a task that goes on with itself': { make: () => loop({}), ends: tooLong },
  'two tasks that go on with each other': {
    make: () => ({
      ...loop({}),
      tasks: ['A', 'B'].map((id) => ({
        id,
        operator: 'check',
        inputs: [input('a', 'size', 'k'), input('b', 'size', 'k')],
      })),
      steps: [
        { source: 'A', target: 'B', fallback: 'B' },
        { source: 'B', target: 'A', fallback: 'A' },
      ],
    }),
    ends: tooLong,
  },
  'a million steps, and no more than that': {
    make: () => loop({}, undefined, { config: { ...config, max_time: 3600, max_steps: 1_000_000 } }),
    ends: ['max_steps_exceeded'],
  },
  'more steps than anybody may take': {
    make: () => loop({}, {}, { config: { ...config, max_steps: 1_000_001 } }),
    ends: refused,
  },
  'steps without end': {
    make: () => JSON.stringify(loop({}, {}, { config })).replace('1000000', '1e999'),
    ends: refused,
  },
  'a million entries of steps': {
    make: () => JSON.stringify(loop({}, {}, { steps: times(1_000_000, () => 0) })),
    ends: refused,
  },
  'a million tasks': {
    make: () => JSON.stringify(loop({}, {}, { tasks: times(1_000_000, () => 0) })),
    ends: refused,
  },
  'pushing for ever': {
    make: () =>
      loop({
        messages: user('x'.repeat(10_000)),
        outputs: [{ type: 'push', key: 'all', value: '__result' }],
      }),
    ends: [...tooLong, 'too_large'],
  },
  'pushing for ever without a way out': {
    make: () =>
      loop({ outputs: times(64, () => ({ type: 'push', key: 'all', value: '' })) }, undefined, {
        steps: [{ source: 'A', target: 'A' }],
      }),
    ends: ['too_large'],
  },
  'a text that doubles': {
    make: () =>
      loop(
        {
          operator: 'generation',
          messages: user('{t}{t}'),
          inputs: [input('t', 'read', 't')],
          outputs: [{ type: 'write', key: 't', value: '__result' }],
        },
        { t: 'ab' },
        { steps: [{ source: 'A', target: 'A' }] },
      ),
    ends: ['too_large'],
  },
  'a prompt that its placeholders blow up': {
    make: () =>
      once({
        external_memory: { t: 'x'.repeat(HUGE) },
        tasks: [
          {
            id: 'A',
            operator: 'generation',
            messages: user('{t}'.repeat(80_000)),
            inputs: [input('t', 'read', 't')],
          },
        ],
      }),
    ends: ['too_large'],
  },
  'placeholders in placeholders': {
    make: () =>
      once({
        external_memory: { a: '{b}{b}', b: '{a}{a}' },
        tasks: [
          {
            id: 'A',
            operator: 'generation',
            messages: user('{a}{b}{{a}}{{{b}}}'),
            inputs: [input('a', 'read', 'a'), input('b', 'read', 'b')],
            outputs: [{ type: 'write', key: 'answer', value: '__result' }],
          },
        ],
      }),
    ends: ['result'],
  },
  'names of braces, in a text of braces': {
    make: () =>
      loop({
        messages: user('{'.repeat(HUGE)),
        inputs: times(64, (at) =>
          input(`${'{'.repeat(at)}${String.fromCharCode(256 + at)}${'{'.repeat(400)}`, 'string', 'k'),
        ),
      }),
    ends: tooLong,
  },
  'all of a giant stack, for each of its inputs': {
    make: () =>
      loop(
        { operator: 'check', inputs: times(64, (at) => input(`i${at}`, 'get_all', 'k')) },
        { k: times(19_000, () => 'xxxxxxxxxx') },
      ),
    ends: [...tooLong, 'too_large'],
  },
  'JSON that is parsed for each output': {
    make: () => {
      const json = JSON.stringify(times(100_000, () => 1))
      return loop({
        messages: user(json),
        inputs: [],
        outputs: times(64, () => ({ type: 'write', key: 'o', value: '__result' })),
      })
    },
    ends: tooLong,
  },
  'long texts, cut into sentences each time': {
    make: () => loop({ outputs: [{ type: 'insert', key: 'f', value: 'a. '.repeat(HUGE) }] }),
    ends: [...tooLong, 'model_unavailable'],
  },
  'a search for what is almost everywhere': {
    make: () =>
      loop(
        { messages: user('a'.repeat(HUGE)), outputs: [{ type: 'write', key: 'hay', value: '__result' }] },
        undefined,
        {
          steps: [
            {
              source: 'A',
              target: 'A',
              condition: {
                input: { type: 'read', key: 'hay' },
                expression: 'Contains',
                expected: `${'a'.repeat(HUGE / 4)}b${'a'.repeat(HUGE / 4)}`,
                target_if_not: 'A',
              },
            },
          ],
        },
      ),
    ends: tooLong,
  },
  'a result searched for what is almost everywhere': {
    make: () => {
      const half = 'a'.repeat(20_000)
      const part = { process_type: 'replace', lhs: `${half}b${half}`, rhs: '' }
      return once({
        external_memory: { k: ['a'.repeat(HUGE)] },
        return_value: { input: { type: 'get_all', key: 'k' }, post_process: times(12, () => part) },
      })
    },
    ends: ['result'],
  },
  'a result that grows by replacing': {
    make: () =>
      once({
        return_value: {
          ...answer,
          post_process: times(64, () => ({ process_type: 'replace', lhs: '', rhs: 'aaaaaaaaaa' })),
        },
      }),
    ends: ['too_large'],
  },
  'a result that grows by appending': {
    make: () =>
      once({
        return_value: {
          ...answer,
          post_process: times(60, () => ({ process_type: 'append', rhs: 'a'.repeat(16_000) })),
        },
      }),
    ends: ['too_large'],
  },
  'a number that is no number, of a length': {
    make: () =>
      loop(
        { messages: user(`${'1'.repeat(HUGE)}e`), outputs: [{ type: 'write', key: 'n', value: '__result' }] },
        undefined,
        {
          steps: [
            {
              source: 'A',
              target: 'A',
              condition: {
                input: { type: 'read', key: 'n' },
                expression: 'LessThan',
                expected: 1,
                target_if_not: 'A',
              },
            },
          ],
        },
      ),
    ends: ['condition_not_numeric'],
  },
  'names of the prototype everywhere': {
    make: () =>
      '{"__proto__":{"polluted":1},"config":{"max_steps":9,"max_time":2,"custom_tools":[]},"external_memory":{"__proto__":"p","constructor":["c"],"toString":{"__proto__":1}},' +
      '"tasks":[{"id":"__proto__","operator":"generation","messages":[{"role":"user","content":"{__proto__} {constructor} {toString}"}],"inputs":[{"name":"__proto__","value":{"type":"read","key":"__proto__"},"required":true},{"name":"constructor","value":{"type":"pop","key":"constructor"},"required":true},{"name":"toString","value":{"type":"read","key":"valueOf"},"required":false}],"outputs":[{"type":"push","key":"hasOwnProperty","value":"__result"},{"type":"write","key":"__proto__","value":"__result"}]}],' +
      '"steps":[{"source":"__proto__","target":"constructor"}],"return_value":{"input":{"type":"read","key":"__proto__"}}}',
    ends: ['result'],
  },
  'halves of characters, zeros and marks': {
    make: () =>
      `\uFEFF${JSON.stringify(once({ name: '\ud800\u0000', external_memory: { '\udfff\u0000\uFEFF': '\ud800' }, tasks: [{ id: '\ud800', operator: 'generation', messages: user('{\udc00}\u0000\uFEFF'), inputs: [input('\udc00', 'read', '\udfff\u0000\uFEFF')], outputs: [{ type: 'write', key: 'answer', value: '__result' }] }], steps: [{ source: '\ud800', target: '_end' }] }))}`,
    ends: either,
  },
  'a key twice': {
    make: () => JSON.stringify(once({})).replace('"config":', '"config":{},"config":'),
    ends: ['result'],
  },
  'numbers beyond all numbers': {
    make: () => JSON.stringify(once({})).replace('"max_tokens":64', `"max_tokens":${'9'.repeat(HUGE)}`),
    ends: refused,
  },
  'bytes that are no text': {
    make: () => new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]),
    ends: refused,
  },
  'brackets without end': { make: () => '['.repeat(1_000_000), ends: refused },
  'a schema of references to each other': {
    make: () =>
      withSchema({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }),
    ends: refused,
  },
  'a schema that merges lists of merges': {
    make: () =>
      withSchema({
        $ref: '#/$defs/d0',
        $defs: named(5, (at) => [
          `d${at}`,
          at < 4
            ? { allOf: times(400, () => ({ $ref: `#/$defs/d${at + 1}` })) }
            : { type: 'object', properties: { x: {} } },
        ]),
      }),
    ends: refused,
  },
  'a schema whose alternatives double': {
    make: () =>
      withSchema({
        $ref: '#/$defs/d0',
        $defs: {
          ...named(30, (at) => [`d${at}`, { anyOf: times(2, () => ({ $ref: `#/$defs/d${at + 1}` })) }]),
          d30: { type: 'string' },
        },
      }),
    ends: refused,
  },
  'a schema whose comparisons double': {
    make: () => {
      const chain = (name: string) =>
        named(25, (at) => {
          const next = { $ref: `#/$defs/${name}${at + 1}` }
          return [`${name}${at}`, { type: 'object', properties: { p: next, q: next }, required: ['p', 'q'] }]
        })
      const end = { type: 'string' }
      return withSchema({
        oneOf: [{ $ref: '#/$defs/a0' }, { $ref: '#/$defs/b0' }],
        $defs: { ...chain('a'), ...chain('b'), a25: end, b25: end },
      })
    },
    ends: refused,
  },
  'a schema of very many alternatives': {
    make: () =>
      withSchema({
        oneOf: times(900, (at) => ({ type: 'object', properties: { k: { const: at } }, required: ['k'] })),
      }),
    ends: refused,
  },
  'a schema with one place by a thousand names': {
    make: () => {
      const name = 'abcdefghijkl'
      const alias = (at: number) =>
        `#/$defs/${Array.from(name, (char, bit) => ((at >> bit) & 1 ? `%${char.charCodeAt(0).toString(16)}` : char)).join('')}`
      return withSchema({
        $ref: alias(0),
        $defs: {
          [name]: { type: 'object', properties: named(1000, (at) => [`p${at}`, { $ref: alias(at) }]) },
        },
      })
    },
    ends: either,
  },
  'an enum of a hundred thousand': {
    make: () => withSchema({ enum: times(100_000, (at) => at) }),
    ends: refused,
  },
  'a regular expression that backtracks': {
    make: () => withSchema({ type: 'string', pattern: '^(a+)+$' }),
    ends: refused,
  },
  'regular expressions for keys': {
    make: () => withSchema({ type: 'object', patternProperties: { '^(a|a)*$': {} } }),
    ends: refused,
  },
  'a reference to somewhere else': {
    make: () => withSchema({ $ref: 'http://169.254.169.254/schema.json' }),
    ends: refused,
  },
  'a dynamic reference': { make: () => withSchema({ $dynamicRef: '#meta' }), ends: refused },
  'lists longer than any generation': {
    make: () => {
      let schema: unknown = { type: 'string', minLength: 2000 }
      for (let level = 0; level < 5; level++) schema = { type: 'array', minItems: 2000, items: schema }
      return withSchema(schema)
    },
    ends: ['bad_workflow', 'output_invalid'],
  },
  'a list of more than there are numbers': {
    make: () => withSchema({ type: 'array', minItems: 1e308 }),
    ends: refused,
  },
  'a schema in a megabyte of base64': {
    make: () => withSchema(Buffer.alloc(700_000, '{"a":').toString('base64')),
    ends: refused,
  },
  'fourteen schemas, each as large as may be': {
    make: () =>
      once({
        tasks: times(14, (task) => ({
          id: task === 0 ? 'A' : `t${task}`,
          operator: 'generation',
          messages: user('x'),
          schema: {
            type: 'object',
            properties: named(380, (at) => [
              `p${at}`,
              { type: 'number', minimum: -123456789012345 + at, maximum: 123456789012345 - at },
            ]),
            required: times(380, (at) => `p${at}`),
          },
        })),
      }),
    ends: ['output_invalid'],
  },
}
