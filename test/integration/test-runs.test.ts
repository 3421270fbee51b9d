import { expect, it } from 'vitest'
import type { ComputeNode } from '../../src/node/compute-node/compute-node.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { TestRunEvent, TestRunInput } from '../../src/protocol/views.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const loop = JSON.stringify({
  name: 'Three things',
  config: { max_steps: 20, max_time: 60, max_tokens: 12 },
  tasks: [
    {
      id: 'say',
      operator: 'generation',
      messages: [{ role: 'user', content: 'Say something.' }],
      outputs: [{ type: 'push', key: 'things', value: '__result' }],
    },
  ],
  steps: [
    {
      source: 'say',
      target: 'say',
      condition: {
        input: { type: 'size', key: 'things' },
        expression: 'LessThan',
        expected: '3',
        target_if_not: '_end',
      },
    },
  ],
  return_value: { input: { type: 'get_all', key: 'things' }, to_json: true },
})

async function run(
  node: ComputeNode,
  input: TestRunInput,
  stopAt?: TestRunEvent['type'],
): Promise<TestRunEvent[]> {
  const events: TestRunEvent[] = []
  const stop = new AbortController()
  await node.testRun(input, {
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(60_000)]),
    onEvent: (event) => {
      events.push(event)
      if (event.type === stopAt) stop.abort()
    },
  })
  return events
}

it('runs here, tells every step, and keeps each run: done, failed and stopped', async () => {
  using folder = tempFolder()
  const logs = createLogger()
  const node = await createComputeNode(
    { folder: openDataFolder(folder.path), builtInModelPath: demoModelPath },
    { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
  )
  try {
    await node.start()
    const events = await run(node, { where: 'here', model: 'demo', workflowJson: loop, seed: 1 })
    expect(events.at(-1)).toMatchObject({ type: 'ended', ok: true })
    const steps = events.flatMap((event) => (event.type === 'step' ? [event.report] : []))
    expect(steps.filter(({ type }) => type === 'step_ended')).toHaveLength(3)

    const refused = await run(node, { where: 'here', model: 'demo', workflowJson: '{}' })
    expect(refused.at(-1)).toMatchObject({ type: 'ended', ok: false, error: { code: 'bad_workflow' } })
    const offline = await run(node, { where: 'network', model: 'demo', prompt: 'Hi' })
    expect(offline).toMatchObject([{ type: 'ended', ok: false, error: { code: 'network_unreachable' } }])
    await run(node, { where: 'here', model: 'demo', workflowJson: loop }, 'text')

    const history = node.testHistory.list()
    expect(history.map(({ outcome, where, title }) => [outcome, where, title])).toEqual([
      ['stopped', 'here', 'Three things'],
      ['failed', 'network', 'Hi'],
      ['failed', 'here', 'A workflow that is not valid'],
      ['done', 'here', 'Three things'],
    ])
    const kept = node.testHistory.get(history.at(-1)?.id ?? '')
    expect(kept.input).toMatchObject({ workflowJson: loop, seed: 1 })
    expect(kept.steps.map(({ taskId }) => taskId)).toEqual(['say', 'say', 'say'])
    expect(JSON.parse(kept.result ?? '')).toHaveLength(3)
  } finally {
    await node.stop()
    await logs.close()
  }
})
