import { describe, expect, it } from 'vitest'
import type { GenerateResult } from '../../../../src/node/inference/contract.ts'
import type { Generate, WorkflowCheckpoint, WorkflowEvent } from '../../../../src/node/workflow/contract.ts'
import { runWorkflow } from '../../../../src/node/workflow/run-workflow.ts'
import { parseWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import { simpleWorkflow } from '../../../../src/protocol/workflow/simple.ts'
import { promptOf } from '../../../helpers/gated-engine.ts'

const answer = (text: string): GenerateResult => ({
  text,
  promptTokens: 5,
  completionTokens: 2,
  firstTokenMs: 1,
  stopReason: 'stop',
  totalMs: 2,
})
const signal = new AbortController().signal

/** Draws a colour, asks about it, and ends when there are ten answers. */
const tenSteps = parseWorkflow({
  config: { max_steps: 20, max_time: 10 },
  external_memory: { colours: ['red', 'green', 'blue', 'black', 'white'], stay: 'x' },
  tasks: [
    {
      id: 'draw',
      operator: 'sample',
      prompt: 'a colour',
      inputs: [{ name: 's', value: { type: 'string', key: 'colours' }, required: true }],
      outputs: [{ type: 'write', key: 'drawn', value: '__result' }],
    },
    {
      id: 'ask',
      operator: 'generation',
      prompt: 'About {{drawn}}, after {all}',
      inputs: [
        { name: 'drawn', value: { type: 'read', key: 'drawn' }, required: true },
        { name: 'all', value: { type: 'get_all', key: 'said' }, required: false },
      ],
      outputs: [{ type: 'push', key: 'said', value: '__result' }],
    },
  ],
  steps: [
    { source: 'draw', target: 'ask' },
    {
      source: 'ask',
      target: '_end',
      condition: {
        input: { type: 'size', key: 'said' },
        expression: 'Equal',
        expected: 5,
        target_if_not: 'draw',
      },
    },
  ],
  return_value: { input: { type: 'get_all', key: 'said' }, to_json: true },
})

describe('runWorkflow', () => {
  it('tells each step as it is executed: inputs, messages, output, tokens and where it goes', async () => {
    const events: WorkflowEvent[] = []
    const outcome = await runWorkflow({
      workflow: parseWorkflow(simpleWorkflow({ prompt: 'Hello' })),
      sampling: {},
      signal,
      generate: async (_request, { onText }) => {
        onText?.({ text: 'Hi', tokens: 1 })
        onText?.({ text: ' you', tokens: 2 })
        return answer('Hi you')
      },
      onEvent: (event) => events.push(event),
    })
    expect(events).toEqual([
      { type: 'step', index: 0, taskId: '0', operator: 'generation' },
      { type: 'text', taskId: '0', piece: { text: 'Hi', tokens: 1 } },
      { type: 'text', taskId: '0', piece: { text: ' you', tokens: 2 } },
      {
        type: 'step_ended',
        index: 0,
        taskId: '0',
        durationMs: expect.any(Number),
        inputs: {},
        messages: [{ role: 'user', content: 'Hello' }],
        output: 'Hi you',
        promptTokens: 5,
        completionTokens: 2,
        changes: [{ type: 'write', key: 'response', text: 'Hi you' }],
        branch: 'target',
        next: '_end',
      },
    ])
    expect(outcome).toMatchObject({ result: 'Hi you', promptTokens: 5, completionTokens: 2, steps: 1 })
    expect(outcome.firstTokenMs).toBeGreaterThanOrEqual(1)
  })

  it('counts tokens over all generations and the time to the first token once', async () => {
    const outcome = await runWorkflow({
      workflow: tenSteps,
      sampling: { seed: 3 },
      signal,
      generate: async () => answer('yes'),
    })
    expect(outcome).toMatchObject({ promptTokens: 25, completionTokens: 10, steps: 10 })
    expect(outcome.firstTokenMs).toBeLessThan(1000)
  })

  it('rejects at once with the reason of a signal that had aborted before', async () => {
    const reason = new Error('gone')
    const run = runWorkflow({
      workflow: tenSteps,
      sampling: {},
      signal: AbortSignal.abort(reason),
      generate: () => expect.unreachable(),
    })
    await expect(run).rejects.toBe(reason)
  })

  it('keeps a failure that comes after the abort to itself', async () => {
    const cancellation = new AbortController()
    let fail: (error: Error) => void = () => {}
    const run = runWorkflow({
      workflow: tenSteps,
      sampling: {},
      signal: cancellation.signal,
      generate: () => {
        queueMicrotask(() => cancellation.abort(new Error('cancelled')))
        return new Promise((_resolve, reject) => {
          fail = reject
        })
      },
    })
    await expect(run).rejects.toThrow('cancelled')
    // Vitest fails the file on an unhandled rejection.
    fail(new Error('late'))
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('goes on from any checkpoint to the same result, and repeats no task that had finished', async () => {
    const generate =
      (asked: string[]): Generate =>
      async (request) => {
        asked.push(promptOf(request))
        return answer(`${request.seed}: ${promptOf(request).slice(6, 24)}`)
      }
    const whole: string[] = []
    const checkpoints: string[] = []
    const complete = await runWorkflow({
      workflow: tenSteps,
      sampling: { seed: 3 },
      signal,
      generate: generate(whole),
      onCheckpoint: (take) => {
        checkpoints.push(JSON.stringify(take()))
      },
    })
    expect(checkpoints).toHaveLength(10)
    for (const [index, text] of checkpoints.entries()) {
      const asked: string[] = []
      const resumed = await runWorkflow({
        workflow: tenSteps,
        sampling: { seed: 3 },
        signal,
        generate: generate(asked),
        resume: JSON.parse(text) as WorkflowCheckpoint,
      })
      expect(resumed.result).toBe(complete.result)
      expect(resumed.promptTokens).toBe(complete.promptTokens)
      expect(asked).toEqual(whole.slice(Math.floor(index / 2)))
    }
  })

  it('counts the time before a checkpoint towards max_time', async () => {
    const taken: WorkflowCheckpoint[] = []
    await runWorkflow({
      workflow: tenSteps,
      sampling: {},
      signal,
      generate: async () => answer('yes'),
      onCheckpoint: (take) => {
        taken.push(take())
      },
    })
    const late = { ...(taken[0] as WorkflowCheckpoint), elapsedMs: 9_990 }
    const run = runWorkflow({
      workflow: tenSteps,
      sampling: {},
      signal,
      generate: () => new Promise(() => {}),
      resume: late,
    })
    await expect(run).rejects.toMatchObject({ code: 'max_time_exceeded' })
  })
})
