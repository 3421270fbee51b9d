import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStore } from '../../src/node/store/open-store.ts'
import { driad } from '../helpers/driad-process.ts'
import { makeTestNetwork, type TaskJson } from '../helpers/test-network.ts'
import { startWebServer } from '../helpers/web-server.ts'

const STEPS = 10
/** Requests of the search tool in which the node is killed. */
const KILLS = new Set([2, 5, 9, 12])

/** Each step has the model call a search, whose service is the test's: it sees every step that is done. */
function tenSteps(): string {
  const ids = Array.from({ length: STEPS }, (_, index) => `step-${index}`)
  return JSON.stringify({
    config: { max_steps: 50, max_time: 120, max_tokens: 400, tools: ['duckduckgo'] },
    tasks: ids.map((id) => ({
      id,
      operator: 'function_calling',
      messages: [{ role: 'user', content: `Search for ${id}` }],
      outputs: [{ type: 'push', key: 'done', value: id }],
    })),
    steps: ids.map((source, index) => ({ source, target: ids[index + 1] ?? '_end' })),
    return_value: { input: { type: 'get_all', key: 'done' }, to_json: true },
  })
}

it('takes a task up at the step that had not finished, however often the node is killed', async () => {
  await using network = makeTestNetwork()
  let requests = 0
  const held = Array.from(KILLS, () => Promise.withResolvers<void>())
  let holding = 0
  await using service = await startWebServer((_request, response) => {
    requests++
    // Held for ever: the step is under way, and all before it are finished.
    if (KILLS.has(requests)) held[holding++]?.resolve()
    else response.end('<html></html>')
  })
  const folder = ['--data-dir', network.folder.dataDir('a')]
  await driad(['tools', 'on', 'duckduckgo', ...folder])
  await driad(['tools', 'endpoint', 'duckduckgo', service.url, ...folder])

  const workflow = join(network.folder.path, 'ten.json')
  writeFileSync(workflow, tenSteps())
  let node = await network.node('a')
  const published = driad([
    'publish',
    workflow,
    '--models',
    'demo',
    '--timeout-ms',
    '55000',
    ...network.requester('b', node),
  ])
  for (const { promise } of held) {
    await promise
    await node.stop('SIGKILL')
    node = await network.node('a')
  }
  const { code, stderr, json } = await published
  const task = json<TaskJson>()[0]
  expect(task, stderr).toMatchObject({ status: 'completed' })
  expect(code).toBe(0)
  expect(JSON.parse(task?.result ?? '')).toEqual(Array.from({ length: STEPS }, (_, index) => `step-${index}`))
  // One for each step, and one more for each that was under way when the node was killed.
  expect(requests).toBe(STEPS + KILLS.size)

  const [credits, debits] = [await network.ledgerOf('a'), await network.ledgerOf('b')]
  expect(credits.entries).toHaveLength(1)
  expect(debits.entries).toHaveLength(1)

  await node.stop()
  const store = openStore({ path: join(network.folder.dataDir('a'), 'driad.sqlite'), readOnly: true })
  const steps = store.all<{ report: string }>('SELECT report FROM node_task_steps ORDER BY seq')
  expect(steps.map(({ report }) => JSON.parse(report).taskId)).toEqual(
    Array.from({ length: STEPS }, (_, index) => `step-${index}`),
  )
  expect(store.all('SELECT task_id FROM node_task_checkpoints')).toEqual([])
  await store.close()
}, 90_000)
