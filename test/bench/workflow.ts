import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { parseWorkflow } from '../../src/protocol/workflow/parse.ts'
import type { Workflow } from '../../src/protocol/workflow/schema.ts'

export interface WorkflowBench {
  readonly steps: number
  /** Median of some runs. */
  readonly stepsPerSecond: number
}

/** What the engine promises without a model. */
export const PROMISED_STEPS_PER_SECOND = 20_000
const RUNS = 9

/** Steps without a model per second: each draws an item, fills a prompt, writes twice and evaluates a condition. */
export async function benchWorkflow(
  sizes: readonly number[] = [1_000, 10_000, 100_000],
): Promise<WorkflowBench[]> {
  await run(workflowOf(20_000)) // warms the engine up
  const results: WorkflowBench[] = []
  for (const steps of sizes) {
    const speeds: number[] = []
    for (let round = 0; round < RUNS; round++) {
      const workflow = workflowOf(steps)
      const startedMs = performance.now()
      await run(workflow)
      speeds.push((steps / (performance.now() - startedMs)) * 1000)
    }
    results.push({ steps, stepsPerSecond: speeds.toSorted((a, b) => a - b)[RUNS >> 1] as number })
  }
  return results
}

function workflowOf(steps: number): Workflow {
  return parseWorkflow({
    config: { max_steps: steps, max_time: 600 },
    external_memory: { colours: ['red', 'green', 'blue'] },
    tasks: [
      {
        id: 'draw',
        operator: 'sample',
        prompt: 'a colour of {stack}',
        inputs: [{ name: 'stack', value: { type: 'string', key: 'colours' }, required: true }],
        outputs: [
          { type: 'write', key: 'colour', value: '__result' },
          { type: 'push', key: 'done', value: '1' },
        ],
      },
    ],
    steps: [
      {
        source: 'draw',
        target: '_end',
        condition: {
          input: { type: 'size', key: 'done' },
          expression: 'GreaterThanOrEqual',
          expected: steps,
          target_if_not: 'draw',
        },
      },
    ],
    return_value: { input: { type: 'read', key: 'colour' } },
  })
}

async function run(workflow: Workflow): Promise<void> {
  await runWorkflow({
    workflow,
    sampling: { seed: 1 },
    signal: new AbortController().signal,
    generate: () => Promise.reject(new Error('There is no model in this measurement')),
  })
}
