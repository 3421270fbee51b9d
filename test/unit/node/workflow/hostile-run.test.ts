import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GenerateResult } from '../../../../src/node/inference/contract.ts'
import { runWorkflow } from '../../../../src/node/workflow/run-workflow.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { inspectWorkflow, parseWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import { workflows } from '../../protocol/workflow/workflows.ts'

const answer = (text: string): GenerateResult => ({
  text,
  promptTokens: 1,
  completionTokens: 1,
  stopReason: 'stop',
  totalMs: 0,
})

interface Outcome {
  readonly result?: string
  readonly error?: unknown
  readonly ms: number
}

async function run(file: unknown, text = 'answer'): Promise<Outcome> {
  const workflow = parseWorkflow(file)
  const startedAt = performance.now()
  try {
    const { result } = await runWorkflow({
      workflow,
      sampling: { seed: 1 },
      generate: async () => answer(text),
      signal: new AbortController().signal,
    })
    return { result, ms: performance.now() - startedAt }
  } catch (error) {
    return { error, ms: performance.now() - startedAt }
  }
}

const input = (name: string, type: string, key: string) => ({ name, value: { type, key }, required: false })
const prompt = (content: string) => [{ role: 'user', content }]
const loop = { source: 'A', target: 'A' }
const result = { input: { type: 'read', key: 'answer' } }

describe('runWorkflow', () => {
  it('ends every workflow that parses with a result or a typed error, within its limits', async () => {
    let ran = 0
    await fc.assert(
      fc.asyncProperty(workflows(0), fc.string({ maxLength: 20 }), async (file, text) => {
        const { workflow, error } = inspectWorkflow(file)
        if (!workflow || error) return
        ran++
        const outcome = await run(file, text)
        if (outcome.error === undefined) expect(typeof outcome.result).toBe('string')
        else {
          expect(outcome.error).toBeInstanceOf(DriadError)
          expect((outcome.error as DriadError).code).not.toBe('internal')
        }
        expect(outcome.ms).toBeLessThan(5000)
      }),
      { numRuns: 600 },
    )
    expect(ran).toBeGreaterThan(200)
  })

  it('stops a loop that pushes for ever at the bound of memory, with the heap about where it was', async () => {
    const outcome = await run({
      config: { max_steps: 1_000_000, max_time: 60 },
      external_memory: { k: ['x'.repeat(50_000)] },
      tasks: [
        {
          id: 'A',
          operator: 'sample',
          messages: prompt(''),
          inputs: [input('s', 'string', 'k')],
          outputs: [{ type: 'push', key: 'all', value: '__result' }],
        },
      ],
      steps: [loop],
      return_value: result,
    })
    expect(outcome.error).toMatchObject({ code: 'too_large' })
  })

  it('counts the entries too: pushing empty texts ends as well', async () => {
    const outcome = await run({
      config: { max_steps: 1_000_000, max_time: 60 },
      external_memory: { k: ['x'] },
      tasks: [
        {
          id: 'A',
          operator: 'sample',
          inputs: [input('s', 'string', 'k')],
          outputs: Array.from({ length: 60 }, () => ({ type: 'push', key: 'all', value: '' })),
        },
      ],
      steps: [loop],
      return_value: result,
    })
    expect(outcome.error).toMatchObject({ code: 'too_large' })
  })

  it('stops a text that doubles itself', async () => {
    const outcome = await run({
      config: { max_steps: 1000, max_time: 60 },
      external_memory: { t: 'ab', k: [''] },
      tasks: [
        {
          id: 'A',
          operator: 'sample',
          messages: prompt('{t}{t}'),
          inputs: [input('t', 'read', 't'), input('s', 'string', 'k')],
          outputs: [{ type: 'write', key: 't', value: '__result' }],
        },
      ],
      steps: [loop],
      return_value: result,
    })
    // The text itself is no stack's name, so it is the second doubling that fails; either way it is typed and quick.
    expect(outcome.error).toBeInstanceOf(DriadError)
    expect(outcome.ms).toBeLessThan(2000)
  })

  it('refuses a prompt that its placeholders would blow up', async () => {
    const outcome = await run({
      config: { max_steps: 5, max_time: 60 },
      external_memory: { t: 'x'.repeat(200_000) },
      tasks: [
        {
          id: 'A',
          operator: 'generation',
          messages: prompt('{t}'.repeat(80_000)),
          inputs: [input('t', 'read', 't')],
        },
      ],
      steps: [{ source: 'A', target: '_end' }],
      return_value: result,
    })
    expect(outcome.error).toMatchObject({ code: 'too_large' })
    expect(outcome.ms).toBeLessThan(2000)
  })

  it.each([
    [
      'replacing',
      Array.from({ length: 64 }, () => ({ process_type: 'replace', lhs: 'a', rhs: 'aaaaaaaaaa' })),
    ],
    [
      'replacing nothing',
      Array.from({ length: 64 }, () => ({ process_type: 'replace', lhs: '', rhs: 'aaaaaaaaaa' })),
    ],
  ])('refuses a result that grows without bound by %s', async (_how, post_process) => {
    const outcome = await run({
      config: { max_steps: 5, max_time: 60 },
      external_memory: { answer: 'a' },
      tasks: [{ id: 'A', operator: 'generation', messages: prompt('x') }],
      steps: [{ source: 'A', target: '_end' }],
      return_value: { ...result, post_process },
    })
    expect(outcome.error).toMatchObject({ code: 'too_large' })
    expect(outcome.ms).toBeLessThan(2000)
  })

  it('lets other work have the event loop while it loops over memory', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const outcome = await run({
      config: { max_steps: 1_000_000, max_time: 0.2 },
      external_memory: { k: ['x'] },
      // So much a step that no machine makes a million of them in that time.
      tasks: [
        {
          id: 'A',
          operator: 'sample',
          inputs: Array.from({ length: 64 }, (_, index) => input(`s${index}`, 'string', 'k')),
        },
      ],
      steps: [loop],
      return_value: result,
    })
    clearInterval(timer)
    expect(outcome.error).toMatchObject({ code: 'max_time_exceeded' })
    expect(turns).toBeGreaterThan(3)
  })

  it('takes time linear in its steps', async () => {
    const stepsPerSecond = async (steps: number): Promise<number> => {
      const { ms, error } = await run({
        config: { max_steps: steps, max_time: 60 },
        external_memory: { k: ['x', 'y'] },
        tasks: [
          {
            id: 'A',
            operator: 'sample',
            messages: prompt('pick {s}'),
            inputs: [input('s', 'string', 'k')],
            outputs: [{ type: 'write', key: 'answer', value: '__result' }],
          },
        ],
        steps: [loop],
        return_value: result,
      })
      expect(error).toMatchObject({ code: 'max_steps_exceeded' })
      return (steps / ms) * 1000
    }
    await stepsPerSecond(2000)
    // A quarter of what `npm run bench` asks for, because tests share the machine with others.
    expect(await stepsPerSecond(10_000)).toBeGreaterThan(5_000)
    expect(await stepsPerSecond(100_000)).toBeGreaterThan(5_000)
  })
})
