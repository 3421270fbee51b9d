import fc from 'fast-check'
import {
  expressions,
  inputTypes,
  outputTypes,
  postProcessTypes,
  workflowOperators,
} from '../../../../src/protocol/workflow/schema.ts'

const id = fc.constantFrom('A', 'B', 'C', '_end', '__proto__')
const key = fc.constantFrom('k', 's', 'answer', '__proto__', 'constructor', '')
const text = fc.oneof(
  fc.constantFrom(
    '{x}',
    '{{x}} {y}',
    '{"a": {x}}',
    '{{{x}}}',
    '1',
    '2',
    ' 3 ',
    'yes',
    '__result',
    '[1, 2]',
    '{',
    'k',
  ),
  fc.string({ maxLength: 12 }),
)

/**
 * Workflows for property tests, out of the parts that a real one has, so that generated ones reach beyond the first
 * check. `wrong` is how many parts of a hundred are any JSON instead; with none, most of them run.
 */
export function workflows(wrong: number): fc.Arbitrary<unknown> {
  const either = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    wrong === 0
      ? right
      : fc.oneof(
          { weight: 100 - wrong, arbitrary: right },
          { weight: wrong, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
        )
  const record = (parts: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[]) =>
    either(
      fc.record(Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, either(part)])), {
        requiredKeys,
      }),
    )
  const some = <T extends string>(all: readonly T[], absent: readonly string[]) =>
    fc.constantFrom(...all.filter((name) => wrong > 0 || !absent.includes(name)))

  const inputValue = (absent: readonly string[]) =>
    record({ type: some(inputTypes, ['search', ...absent]), key, index: fc.integer({ min: -3, max: 3 }) }, [
      'type',
      'key',
    ])
  const input = record(
    { name: fc.constantFrom('x', 'y', 'a.b*'), value: inputValue(['get_all']), required: fc.boolean() },
    ['name', 'value'],
  )
  const output = record({ type: some(outputTypes, ['insert']), key, value: text }, ['type', 'key', 'value'])
  const message = record({ role: fc.constantFrom('user', 'assistant', 'system'), content: text }, [
    'role',
    'content',
  ])
  const schemas = [undefined, { type: 'object', properties: { n: { type: 'integer' } } }, '{"type":"string"}']
  const task = (taskId: fc.Arbitrary<unknown>) =>
    record(
      {
        id: taskId,
        operator: some(workflowOperators, ['function_calling', 'function_calling_raw', 'search']),
        messages: fc.array(message, { maxLength: 2 }),
        prompt: text,
        schema: fc.constantFrom<unknown>(...schemas, ...(wrong > 0 ? [{ type: 'strin' }] : [])),
        inputs: fc.array(input, { minLength: wrong > 0 ? 0 : 2, maxLength: 3 }),
        outputs: fc.array(output, { maxLength: 3 }),
      },
      ['id', 'operator', 'messages', 'prompt', 'inputs'],
    )
  const condition = record(
    {
      input: inputValue([]),
      expression: some(expressions, ['HaveSimilar']),
      expected: text,
      target_if_not: id,
    },
    ['input', 'expression', 'expected', 'target_if_not'],
  )
  const source = wrong > 0 ? id : fc.constantFrom('A', 'B', 'C')
  const step = record({ source, target: id, fallback: id, condition }, ['source', 'target'])
  const postProcess = record({ process_type: fc.constantFrom(...postProcessTypes), lhs: text, rhs: text }, [
    'process_type',
    'lhs',
    'rhs',
  ])
  return record(
    {
      config: record(
        { max_steps: fc.integer({ min: 1, max: 60 }), max_time: fc.constant(5), max_tokens: fc.constant(9) },
        ['max_steps', 'max_time'],
      ),
      external_memory: fc.dictionary(
        key,
        fc.oneof(text, fc.array(text, { maxLength: 4 }), fc.jsonValue({ maxDepth: 3 })),
      ),
      tasks: fc.tuple(...['A', 'B', 'C'].map((taskId) => task(wrong > 0 ? id : fc.constant(taskId)))),
      steps: fc.array(step, { minLength: 1, maxLength: 5 }),
      return_value: record(
        {
          input: fc.oneof(inputValue([]), fc.array(inputValue([]), { minLength: 1, maxLength: 3 })),
          to_json: fc.boolean(),
          post_process: fc.array(postProcess, { maxLength: 4 }),
        },
        ['input'],
      ),
    },
    ['config', 'tasks', 'steps', 'return_value'],
  )
}
