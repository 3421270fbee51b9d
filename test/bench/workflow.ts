import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { parseWorkflow } from '../../src/protocol/workflow/parse.ts'

export interface WorkflowBench {
  readonly steps: number
  readonly stepsPerSecond: number
}

/** Steps without a model per second: each draws an item, fills a prompt, writes twice and evaluates a condition. */
export async function benchWorkflow(
  sizes: readonly number[] = [1_000, 10_000, 100_000],
): Promise<WorkflowBench[]> {
  await run(1_000) // warms the engine up
  const results: WorkflowBench[] = []
  for (const steps of sizes) {
    const startedMs = performance.now()
    await run(steps)
    results.push({ steps, stepsPerSecond: (steps / (performance.now() - startedMs)) * 1000 })
  }
  return results
}

async function run(steps: number): Promise<void> {
  const workflow = parseWorkflow({
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
  await runWorkflow({
    workflow,
    sampling: { seed: 1 },
    signal: new AbortController().signal,
    generate: () => Promise.reject(new Error('There is no model in this measurement')),
  })
}
