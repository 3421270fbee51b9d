import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inspectWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import {
  ConditionBuilder,
  DriadError,
  Expression,
  GetAll,
  Insert,
  type MemoryInput,
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

const keys = ['a', 'b', 'c', 'stack', '__proto__']
const key = fc.constantFrom(...keys)
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('{{a}}', '{{stack}} {{c}}', '{"x": {{b}}}', '{{ghost}}', '{{__proto__}}'),
)
const input: fc.Arbitrary<MemoryInput> = fc.oneof(
  key.map((name) => Read.new(name)),
  key.map((name) => GetAll.new(name, { required: false })),
  key.map((name) => Pop.new(name, { name: 'popped' })),
  key.map((name) => Size.new(name)),
  fc.tuple(key, fc.integer({ min: -3, max: 3 })).map(([name, index]) => Peek.new(name, { index })),
  text.map((value) => StringInput.new('said', value)),
  text.map((query) => Search.new('found', { query })),
)
const output = fc.oneof(
  key.map((name) => Write.new(name)),
  key.map((name) => Push.new(name)),
  key.map((name) => Insert.new(name)),
)
const options = fc.record(
  {
    id: fc.constantFrom('0', 'x', 'y', 'z', 'w', 'v'),
    inputs: fc.array(input, { maxLength: 3 }),
    outputs: fc.array(output, { maxLength: 3 }),
  },
  { requiredKeys: [] },
)
const memory = fc.dictionary(
  key,
  fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.jsonValue({ maxDepth: 2 })),
)
const target = fc.constantFrom('0', '1', '2', 'x', 'y', '_end')
const edge = fc.record({
  source: target,
  target,
  condition: fc.option(
    fc
      .record({
        input,
        expression: fc.constantFrom(...Object.values(Expression)),
        expected: fc.oneof(fc.integer(), text),
        targetIfNot: target,
      })
      .map((init) => ConditionBuilder.build(init)),
    { nil: undefined },
  ),
})
type Addition = (builder: WorkflowBuilder) => unknown
const addition: fc.Arbitrary<Addition> = fc.oneof(
  fc.tuple(options, text).map(
    ([given, prompt]) =>
      (builder: WorkflowBuilder) =>
        builder.generativeStep({ ...given, prompt }),
  ),
  fc.tuple(options, text).map(
    ([given, query]) =>
      (builder: WorkflowBuilder) =>
        builder.searchStep({ ...given, query }),
  ),
  fc.tuple(options, key).map(
    ([given, stack]) =>
      (builder: WorkflowBuilder) =>
        builder.samplingStep({ ...given, prompt: 'x', stacks: [stack] }),
  ),
  fc.tuple(options, input, text).map(
    ([given, value, expected]) =>
      (builder: WorkflowBuilder) =>
        builder.checkStep({ ...given, output: value, expected }),
  ),
  fc.tuple(options, text).map(
    ([given, prompt]) =>
      (builder: WorkflowBuilder) =>
        builder.functionCallingStep({ ...given, prompt }),
  ),
)

it('builds files that the parser takes, or names what is wrong', () => {
  let built = 0
  let refused = 0
  fc.assert(
    fc.property(
      memory,
      fc.array(addition, { minLength: 1, maxLength: 3 }),
      fc.option(fc.array(edge, { maxLength: 3 }), { nil: undefined, freq: 1 }),
      fc.oneof(key, fc.array(key, { maxLength: 2 }), input),
      (held, additions, edges, returned) => {
        const builder = new WorkflowBuilder(held as ConstructorParameters<typeof WorkflowBuilder>[0])
        for (const add of additions) add(builder)
        if (edges)
          builder.flow(edges.map(({ condition, ...rest }) => ({ ...rest, ...(condition && { condition }) })))
        builder.setReturnValue(returned)
        let json: string
        try {
          json = builder.buildJson()
        } catch (error) {
          expect(error).toBeInstanceOf(DriadError)
          const { code, issues } = error as DriadError
          expect(code).toBe('bad_workflow')
          expect(issues.length).toBeGreaterThan(0)
          refused++
          return
        }
        expect(inspectWorkflow(json).error).toBeUndefined()
        built++
      },
    ),
    { numRuns: 600, seed: 7 },
  )
  expect(built).toBeGreaterThan(50)
  expect(refused).toBeGreaterThan(50)
})
