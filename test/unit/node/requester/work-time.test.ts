import { describe, expect, it } from 'vitest'
import { workTime } from '../../../../src/node/requester/work-time.ts'
import { parseWorkflow } from '../../../../src/protocol/workflow/parse.ts'
import { simpleWorkflow } from '../../../../src/protocol/workflow/simple.ts'

const limits = { workMinMs: 1_000, workPatience: 4 }
const placed = { taskId: 't', node: 'n' }
const assignedAtMs = 1_700_000_000_000

function timeFor(init: {
  claim?: { speed: number; load: number }
  maxTokens?: number
  deadlineInMs?: number
}) {
  const { claim, maxTokens = 99, deadlineInMs = 600_000 } = init
  const workflowJson = JSON.stringify(simpleWorkflow({ prompt: 'Hello', maxTokens }))
  const requests = {
    assignments: { get: () => ({ model: 'demo', contextSize: 4_096, assignedAtMs }) },
    contents: () => ({ workflowJson, deadlineMs: assignedAtMs + deadlineInMs }),
  }
  const parse = (json: string) => parseWorkflow(JSON.parse(json))
  return workTime({ requests: requests as never, parseWorkflow: parse, claimed: () => claim }, limits, placed)
}

describe('the time that a node may have a task', () => {
  it('follows from the speed that it claims, and from all that it has under way', () => {
    expect(timeFor({ claim: { speed: 50, load: 0 } })).toEqual({ ms: 8_000, claimed: true })
    expect(timeFor({ claim: { speed: 50, load: 2 } })).toEqual({ ms: 24_000, claimed: true })
    expect(timeFor({ claim: { speed: 50, load: 0 }, maxTokens: 199 })).toEqual({ ms: 16_000, claimed: true })
  })

  it('is half of what there is, where that is less or the speed is not known, and then says nothing of the node', () => {
    expect(timeFor({ claim: { speed: 1, load: 0 } })).toEqual({ ms: 300_000, claimed: false })
    expect(timeFor({ claim: { speed: 0, load: 3 } })).toEqual({ ms: 300_000, claimed: false })
    expect(timeFor({})).toEqual({ ms: 300_000, claimed: false })
  })

  it('is never less than what a node needs to notice a crash', () => {
    expect(timeFor({ claim: { speed: 1e6, load: 0 } })?.ms).toBe(limits.workMinMs)
    expect(timeFor({ deadlineInMs: 500 })?.ms).toBe(limits.workMinMs)
  })
})
