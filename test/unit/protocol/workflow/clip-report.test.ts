import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clippedReportJson } from '../../../../src/protocol/workflow/clip-report.ts'
import { branches, type StepReport, stepReport } from '../../../../src/protocol/workflow/step-report.ts'

/** Less than any report that is streamed may have, and more than one without its texts needs. */
const LEAST_BYTES = 400

const name = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'x'),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .tuple(fc.constantFrom('a', '"', '\u0000', '€', '😀', '\ud800'), fc.nat(5_000))
    .map(([part, times]) => part.repeat(times)),
)
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 100, size: 'max' })
const report = fc.record(
  {
    type: fc.constant('step_ended' as const),
    index: fc.nat(),
    taskId: text,
    durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    inputs: fc.dictionary(name, text, { noNullPrototype: true }),
    messages: some(fc.record({ role: fc.constantFrom('user', 'call'), content: text })),
    calls: fc.array(
      fc.record(
        {
          name: text,
          arguments: fc.dictionary(name, fc.jsonValue(), { noNullPrototype: true }),
          answer: text,
          error: text,
          durationMs: fc.nat(),
        },
        { requiredKeys: ['name', 'arguments', 'durationMs'], noNullPrototype: true },
      ),
      { maxLength: 8 },
    ),
    output: text,
    error: text,
    branch: fc.constantFrom(...branches),
    next: text,
    changes: fc.array(
      fc.oneof(
        fc.record({ type: fc.constant('write' as const), key: text, text }),
        fc.record({ type: fc.constant('pop' as const), key: text }),
        fc.record({ type: fc.constant('insert' as const), text, chunks: fc.nat() }),
      ),
      { maxLength: 8 },
    ),
  },
  {
    requiredKeys: ['type', 'index', 'taskId', 'durationMs', 'inputs', 'branch', 'next', 'changes'],
    noNullPrototype: true,
  },
)

it('clips every report to its bytes, and it is still one', () => {
  fc.assert(
    fc.property(report, fc.integer({ min: LEAST_BYTES, max: 100_000 }), (given, maxBytes) => {
      const json = clippedReportJson(given as StepReport, maxBytes)
      expect(Buffer.byteLength(json)).toBeLessThanOrEqual(maxBytes)
      const read = stepReport.parse(JSON.parse(json))
      expect(read).toMatchObject({ type: 'step_ended', index: given.index, branch: given.branch })
      const isWhole = Buffer.byteLength(JSON.stringify(given)) <= maxBytes
      expect('clipped' in read && read.clipped === true).toBe(!isWhole)
    }),
    { numRuns: 100 },
  )
})
