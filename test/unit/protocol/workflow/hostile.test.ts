import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { workflowLimits } from '../../../../src/protocol/workflow/limits.ts'
import { inspectWorkflow, parseWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import { simpleWorkflow } from '../../../../src/protocol/workflow/simple.ts'
import { workflows } from './workflows.ts'

/** Generous: the slowest of these takes a tenth of it on two busy cores. */
const BOUND_MS = 3000

function refusal(json: unknown): DriadError {
  const startedAt = performance.now()
  let error: unknown
  try {
    parseWorkflow(json)
  } catch (thrown) {
    error = thrown
  }
  expect(performance.now() - startedAt).toBeLessThan(BOUND_MS)
  expect(error).toBeInstanceOf(DriadError)
  return error as DriadError
}

const withSchema = (schema: unknown) => {
  const workflow = simpleWorkflow({ prompt: 'x' })
  return { ...workflow, tasks: [{ ...workflow.tasks[0], schema }, workflow.tasks[1]] }
}

describe('parseWorkflow', () => {
  it('throws nothing but its typed errors, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        for (const given of [value, JSON.stringify(value)]) expect(refusal(given).code).toBe('bad_workflow')
      }),
      { numRuns: 200 },
    )
  })

  it('throws nothing but its typed errors, whatever the text or bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 200 }), fc.anything()),
        (given) => {
          expect(refusal(given).code).toBe('bad_workflow')
        },
      ),
      { numRuns: 300 },
    )
  })

  it('says what is wrong with almost every part of a workflow at once, each with a path', () => {
    fc.assert(
      fc.property(workflows(2), (given) => {
        const { workflow, error } = inspectWorkflow(given)
        expect(workflow === undefined || error === undefined || error.code === 'operator_unavailable').toBe(
          true,
        )
        if (!error) return
        expect(['bad_workflow', 'operator_unavailable']).toContain(error.code)
        expect(error.issues.length).toBeGreaterThan(0)
        expect(error.issues.length).toBeLessThanOrEqual(workflowLimits.issues)
        for (const issue of error.issues) expect(issue.expected.length).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })

  it('accepts a truncated workflow nowhere', () => {
    const text = JSON.stringify(withSchema({ type: 'object', properties: { a: { type: 'string' } } }))
    for (let length = 0; length < text.length; length++) {
      const error = refusal(text.slice(0, length))
      expect(error.issues[0]?.path).toMatch(/^line 1, column \d+$/)
    }
    expect(() => parseWorkflow(text)).not.toThrow()
  })

  it.each([
    ['arrays nested a hundred thousand deep', () => '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects nested a hundred thousand deep', () => `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['brackets that never close', () => '['.repeat(1_000_000)],
    ['a value nested too deeply to print', () => nest(50_000)],
    ['a value that holds itself', () => circular()],
    ['more bytes than allowed, in ASCII', () => JSON.stringify({ name: 'x'.repeat(workflowLimits.bytes) })],
    [
      'more bytes than allowed, in UTF-8 only',
      () => JSON.stringify({ name: '€'.repeat(workflowLimits.bytes / 2) }),
    ],
    ['more bytes than allowed, as bytes', () => new Uint8Array(workflowLimits.bytes + 1).fill(0x20)],
    ['bytes that are not UTF-8', () => new Uint8Array([0x7b, 0xff, 0x7d])],
    ['spaces without end', () => `1${' '.repeat(workflowLimits.bytes - 2)}x`],
    ['a million steps', () => ({ ...simpleWorkflow({ prompt: 'x' }), steps: Array(1_000_000).fill(0) })],
    ['sixty thousand steps', () => ({ ...simpleWorkflow({ prompt: 'x' }), steps: Array(60_000).fill({}) })],
    [
      'objects whose methods are not functions',
      () => ({ config: { toString: 1, valueOf: 1 }, tasks: [{ operator: { toString: 1 } }] }),
    ],
    [
      'prototype keys for every part',
      () => '{"__proto__":{"config":{}},"constructor":1,"tasks":[{"__proto__":1}]}',
    ],
    [
      'process types named like the prototype',
      () => ({
        ...simpleWorkflow({ prompt: 'x' }),
        return_value: {
          input: { type: 'read', key: 'x' },
          post_process: [{ process_type: '__proto__' }, { process_type: 'constructor' }],
        },
      }),
    ],
    ['a schema of ten thousand parts', () => withSchema({ anyOf: Array(10_000).fill({ type: 'null' }) })],
    ['a schema that is too deep', () => withSchema(nestSchema(50))],
    [
      'a schema with a regular expression of a megabyte',
      () => withSchema({ pattern: '(a+)+'.repeat(20_000) }),
    ],
    [
      'a schema in base64 that is too large',
      () => withSchema(btoa(JSON.stringify({ title: 'x'.repeat(90_000) }))),
    ],
    ['a schema whose text nests deeply', () => withSchema('{"not":'.repeat(5000))],
    ['a schema that is only itself', () => withSchema({ $ref: '#' })],
    [
      'a schema of alternatives that cannot be told apart',
      () => withSchema({ $defs: doubling(20), $ref: '#/$defs/d0' }),
    ],
    ['a schema of more repetitions than a grammar may have', () => withSchema(nestedArrays(12, 2000))],
    ['a schema that refers to a prototype', () => withSchema({ $ref: '#/__proto__/constructor' })],
  ])('refuses %s', (_what, make) => {
    expect(refusal(make()).code).toBe('bad_workflow')
  })

  it('leaves no trace of prototype keys', () => {
    const text = JSON.stringify(simpleWorkflow({ prompt: 'x' })).replace(
      '"config":{',
      '"__proto__":{"polluted":1},"external_memory":{"__proto__":"p","constructor":["c"]},"config":{"__proto__":{"polluted":1},',
    )
    const workflow = parseWorkflow(text)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    expect((workflow as { polluted?: number }).polluted).toBeUndefined()
    expect(workflow.externalMemory).toEqual([
      { kind: 'cache', key: '__proto__', text: 'p' },
      { kind: 'stack', key: 'constructor', items: ['c'] },
    ])
  })
})

function nest(depth: number): unknown {
  let value: unknown = 1
  for (let at = 0; at < depth; at++) value = [value]
  return value
}

function nestSchema(depth: number): unknown {
  let value: unknown = { type: 'string' }
  for (let at = 0; at < depth; at++) value = { not: value }
  return value
}

/** Each definition is the next one twice: a million alternatives out of twenty lines. */
function doubling(levels: number): Record<string, unknown> {
  const defs: Record<string, unknown> = { [`d${levels}`]: { type: 'string' } }
  for (let at = 0; at < levels; at++) {
    const next = { type: 'array', items: { $ref: `#/$defs/d${at + 1}` } }
    defs[`d${at}`] = { anyOf: [next, next, { type: 'string' }] }
  }
  return defs
}

function nestedArrays(levels: number, maxItems: number): unknown {
  let schema: unknown = { type: 'string', maxLength: maxItems }
  for (let at = 0; at < levels; at++) schema = { type: 'array', minItems: maxItems, maxItems, items: schema }
  return schema
}

function circular(): unknown {
  const value: Record<string, unknown> = {}
  value.tasks = [value]
  return value
}
