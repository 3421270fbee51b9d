import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Generate, WorkflowCheckpoint, WorkflowRun } from '../../../../src/node/workflow/contract.ts'
import { runWorkflow } from '../../../../src/node/workflow/run-workflow.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { inspectWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import type { Workflow } from '../../../../src/protocol/workflow/schema.ts'
import { readCases } from '../../../conformance/cases.ts'
import { letterVector } from '../../../helpers/letter-vector.ts'
import { workflows } from '../../protocol/workflow/workflows.ts'

const MEMORY_CHARS = 50_000
/** Steps after which an endless loop has shown what it does. */
const MAX_STEPS = 300
/** Checkpoints that are taken up again, of each run. */
const RESUMED = 12

const gallery = new URL('../../../../resources/workflows/', import.meta.url)
/** The valid workflows that there are: of the conformance tests, and of the gallery. */
const valid: readonly unknown[] = [
  ...[...readCases().values()].flat().map(({ workflow }) => workflow),
  ...readdirSync(gallery)
    .filter((name) => name.endsWith('.json'))
    .map((name): unknown => JSON.parse(readFileSync(new URL(name, gallery), 'utf8'))),
].filter((file) => inspectWorkflow(file).error === undefined && typeof file === 'object')

/** Says the same whenever it is asked the same. */
const generate: Generate = async ({ messages, seed, functions }) => {
  const asked = JSON.stringify([messages, seed])
  const [first] = functions?.definitions ?? []
  const usage = { promptTokens: asked.length, completionTokens: 2, stopReason: 'stop', totalMs: 0 } as const
  if (first !== undefined && functions?.choice === 'required')
    return { ...usage, text: '', call: { name: first.name, arguments: {} } }
  return {
    ...usage,
    text: ['yes', '{"a": [1, 2]}', `text of ${asked.length}`, '7'][asked.length % 4] as string,
  }
}

type End =
  | { readonly result: string; readonly tokens: number; readonly steps: number }
  | { readonly code: string }

async function end(workflow: Workflow, parts: Partial<WorkflowRun> = {}): Promise<End> {
  try {
    const { result, promptTokens, completionTokens, steps } = await runWorkflow({
      workflow: {
        ...workflow,
        config: { ...workflow.config, maxSteps: Math.min(workflow.config.maxSteps, MAX_STEPS) },
      },
      input: 'the input',
      sampling: { seed: 5 },
      signal: new AbortController().signal,
      generate,
      embed: async ({ texts }) => ({ vectors: texts.map(letterVector), promptTokens: texts.length }),
      limits: { memoryChars: MEMORY_CHARS, promptChars: 20_000, resultChars: 20_000 },
      ...parts,
    })
    expect(typeof result).toBe('string')
    expect(steps).toBeLessThanOrEqual(Math.min(workflow.config.maxSteps, MAX_STEPS))
    return { result, tokens: promptTokens + completionTokens, steps }
  } catch (error) {
    expect(error).toBeInstanceOf(DriadError)
    const { code } = error as DriadError
    expect(code, String(error)).not.toBe('internal')
    return { code }
  }
}

function memoryChars({ memory }: WorkflowCheckpoint): number {
  const stacks = memory.stacks.flatMap(([key, items]) => [key, ...items])
  return [...memory.cache.flat(), ...stacks, ...memory.files.map(([text]) => text)].join('').length
}

const oddities = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    '__proto__',
    'constructor',
    '{__proto__}',
    '\ud800',
    '\u0000',
    '_end',
    '__result',
    -1,
    0.5,
    1e308,
    [],
    {},
    true,
    'get_all',
    'pop',
    'push',
    'insert',
    'search',
    'sample',
    'check',
    'generation',
    'x'.repeat(30_000),
    { type: 'read', key: 'k' },
    { $ref: '#' },
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

/** A valid workflow with some of its parts replaced, removed or put elsewhere. */
const mutated = fc
  .tuple(
    fc.constantFrom(...valid),
    fc.array(
      fc.record({ at: fc.array(fc.nat(40), { minLength: 1, maxLength: 7 }), how: fc.nat(3), odd: oddities }),
      { maxLength: 4 },
    ),
  )
  .map(([file, changes]) => {
    const copy = structuredClone(file) as Record<string, unknown>
    for (const { at, how, odd } of changes) change(copy, at, how, odd)
    return copy
  })

function change(root: Record<string, unknown>, at: readonly number[], how: number, odd: unknown): void {
  let parent = root
  for (const [level, number] of at.entries()) {
    const keys = Object.keys(parent)
    if (keys.length === 0) return
    const key = keys[number % keys.length] as string
    const value = parent[key]
    if (level < at.length - 1 && typeof value === 'object' && value !== null) {
      parent = value as Record<string, unknown>
      continue
    }
    if (how === 0) delete parent[key]
    else if (how === 1 && Array.isArray(parent)) parent.push(structuredClone(value))
    else parent[key] = odd
    return
  }
}

describe('any workflow, valid or made of a valid one', () => {
  it('is refused or ends, typed, within its steps and its memory', async () => {
    let ran = 0
    await fc.assert(
      fc.asyncProperty(mutated, async (file) => {
        const { workflow, error } = inspectWorkflow(file)
        if (error !== undefined) expect(['bad_workflow', 'tool_unavailable']).toContain(error.code)
        if (workflow === undefined || error !== undefined) return
        ran++
        let executed = 0
        await end(workflow, {
          onCheckpoint: (take) => {
            executed++
            if (executed % 16 === 1) expect(memoryChars(take())).toBeLessThanOrEqual(MEMORY_CHARS)
          },
        })
        expect(executed).toBeLessThanOrEqual(Math.min(workflow.config.maxSteps, MAX_STEPS))
      }),
      { numRuns: 2000 },
    )
    expect(ran).toBeGreaterThan(200)
  })

  it('ends the same when it is taken up from any of its steps', async () => {
    const good = workflows(0).filter((file) => inspectWorkflow(file).error === undefined)
    let resumed = 0
    await fc.assert(
      fc.asyncProperty(fc.oneof(good, fc.constantFrom(...valid)), async (file) => {
        const { workflow } = inspectWorkflow(file)
        if (workflow === undefined) return
        const taken: string[] = []
        const whole = await end(workflow, {
          onCheckpoint: (take) => {
            if (taken.length < RESUMED) taken.push(JSON.stringify(take()))
          },
        })
        // Time is not a thing that repeats.
        if ('code' in whole && whole.code === 'max_time_exceeded') return
        for (const checkpoint of taken) {
          expect(await end(workflow, { resume: JSON.parse(checkpoint) as WorkflowCheckpoint })).toEqual(whole)
          resumed++
        }
      }),
      { numRuns: 300 },
    )
    expect(resumed).toBeGreaterThan(300)
  })
})
