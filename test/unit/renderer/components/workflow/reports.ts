import fc from 'fast-check'
import { workflowOperators } from '../../../../../src/protocol/workflow/schema.ts'
import {
  branches,
  type StepEnded,
  type StepReport,
  type StepStarted,
} from '../../../../../src/protocol/workflow/step-report.ts'

export function started(index: number, taskId: string): StepStarted {
  return { type: 'step', index, taskId, operator: 'generation' }
}

export function ended(index: number, taskId: string, patch: Partial<StepEnded> = {}): StepEnded {
  return {
    type: 'step_ended',
    index,
    taskId,
    durationMs: 10,
    inputs: {},
    branch: 'target',
    next: 'next',
    changes: [],
    ...patch,
  }
}

const taskId = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', '')
const key = fc.constantFrom('k', 's', '__proto__', '')
const text = fc.string({ maxLength: 8 })
const index = fc.oneof({ weight: 9, arbitrary: fc.nat(30) }, { weight: 1, arbitrary: fc.maxSafeNat() })

const change = fc.oneof(
  fc.record({ type: fc.constant('write' as const), key, text }),
  fc.record({ type: fc.constant('push' as const), key, text }),
  fc.record({ type: fc.constant('pop' as const), key }),
  fc.record({ type: fc.constant('insert' as const), text, chunks: fc.nat(5) }),
)

/** Any report that passes its schema, in no order that a run would have. */
export const reports: fc.Arbitrary<StepReport> = fc.oneof(
  fc.record({
    type: fc.constant('step' as const),
    index,
    taskId,
    operator: fc.constantFrom(...workflowOperators),
  }),
  fc.record(
    {
      type: fc.constant('step_ended' as const),
      index,
      taskId,
      durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      inputs: fc.dictionary(key, text),
      messages: fc.array(fc.record({ role: text, content: text }), { maxLength: 2 }),
      calls: fc.array(
        fc.record({
          name: text,
          arguments: fc.dictionary(key, fc.jsonValue({ maxDepth: 1 })),
          durationMs: fc.constant(1),
        }),
        { maxLength: 2 },
      ),
      output: text,
      error: text,
      promptTokens: fc.nat(),
      completionTokens: fc.nat(),
      branch: fc.constantFrom(...branches),
      next: taskId,
      changes: fc.array(change, { maxLength: 4 }),
      skipped: fc.nat(100),
      clipped: fc.boolean(),
    },
    { requiredKeys: ['type', 'index', 'taskId', 'durationMs', 'inputs', 'branch', 'next', 'changes'] },
  ),
)
