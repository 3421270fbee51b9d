import { describe, expect, it } from 'vitest'
import { offerKeyTerms } from '../../../../src/node/requester/offer-key.ts'
import { RequestPreparer } from '../../../../src/node/requester/prepare-request.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { parseWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import { simpleWorkflow } from '../../../../src/protocol/workflow/simple.ts'

const maxPrice = { promptMicroPer1k: 5n, completionMicroPer1k: 6n }
const preparer = new RequestPreparer({
  driver: 'd',
  parseWorkflow,
  resolveModels: (patterns) => patterns,
  defaultTimeoutMs: 1_000,
  defaultMaxPrice: maxPrice,
})
const task = { workflow: simpleWorkflow({ prompt: 'Hello there' }), models: ['b', 'a'] }

function refusal(fields: object): DriadError {
  try {
    preparer.prepare({ ...task, ...fields })
  } catch (error) {
    if (error instanceof DriadError) return error
    throw error
  }
  throw new Error('It was not refused')
}

describe('a request', () => {
  it('is stored as it is signed later, with what it does not say filled in', () => {
    const before = Date.now()
    const prepared = preparer.prepare({ ...task, sampling: { temperature: 0, seed: 7 }, input: 'x' })
    expect(prepared).toMatchObject({
      driver: 'd',
      title: 'Hello there',
      models: ['b', 'a'],
      maxPrice,
      sampling: { temperature: 0, seed: 7 },
      input: 'x',
      stream: false,
      cancelOnDisconnect: false,
    })
    expect(JSON.parse(prepared.workflowJson)).toEqual(JSON.parse(JSON.stringify(task.workflow)))
    expect(prepared.deadlineMs - before).toBeGreaterThanOrEqual(1_000)
    expect(prepared.taskId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  })

  it('of the same models and price shares an offer, whatever the order', () => {
    const key = preparer.prepare(task).offerKey
    expect(preparer.prepare({ ...task, models: ['a', 'b'] }).offerKey).toBe(key)
    expect(preparer.prepare({ ...task, models: ['a'] }).offerKey).not.toBe(key)
    const dearer = { ...maxPrice, promptMicroPer1k: 7n }
    expect(preparer.prepare({ ...task, maxPrice: dearer }).offerKey).not.toBe(key)
    expect(offerKeyTerms(key)).toEqual({ models: ['a', 'b'], maxPrice, tools: [], copies: false })
  })

  it('may have fields that are undefined', () => {
    const request = { ...task, input: undefined, sampling: { temperature: undefined, seed: undefined } }
    expect(preparer.prepare(request as never)).not.toHaveProperty('input')
  })

  it.each([
    ['models', { models: [] }],
    ['models[0]', { models: ['no spaces'] }],
    ['models', { models: ['demo', 'demo'] }],
    ['models', { models: Array.from({ length: 17 }, (_, index) => `m${index}`) }],
    ['deadlineMs', { deadlineMs: Date.now() - 1 }],
    ['deadlineMs', { deadlineMs: Date.now() + 8 * 86_400_000 }],
    ['sampling.temperature', { sampling: { temperature: 9 } }],
    ['sampling.seed', { sampling: { seed: -1 } }],
    ['maxPrice.promptMicroPer1k', { maxPrice: { ...maxPrice, promptMicroPer1k: -1n } }],
    ['input', { input: 'x'.repeat(1_048_577) }],
    ['input', { input: '\ud800' }],
  ])('with a wrong %s is a bad offer that says so', (path, fields) => {
    const error = refusal(fields)
    expect(error.code).toBe('bad_offer')
    expect(error.issues.map((issue) => issue.path)).toContain(path)
  })

  it('with a wrong workflow has all its issues', () => {
    expect(refusal({ workflow: '{"config":{}}' })).toMatchObject({ code: 'bad_workflow' })
    expect(refusal({ workflow: '{"config":{}}' }).issues.length).toBeGreaterThan(2)
    expect(refusal({ workflow: 'no JSON' })).toMatchObject({ code: 'bad_workflow' })
    expect(refusal({ workflow: undefined })).toMatchObject({ code: 'bad_workflow' })
  })
})
