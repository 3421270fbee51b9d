import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { descendantPidsOf, driad, type NodeProcess, until } from '../helpers/driad-process.ts'
import { longWorkflow, makeTestNetwork, type TaskJson, type TestNetwork } from '../helpers/test-network.ts'

const isExecuting = (event: { event: string; [field: string]: unknown }) =>
  event.event === 'task' && event['state'] === 'executing'

describe('when the inference process is killed in mid-task', () => {
  it('restarts it, and the result still arrives', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const published = publishLong(network, 'b', a)
    await a.waitFor(isExecuting)
    killInference(a)
    const { code, task } = await published
    expect(task).toMatchObject({ status: 'completed', result: '12' })
    expect(code).toBe(0)
  })

  it('tells inference_crashed when it is killed each time, and serves the next task', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const published = publishLong(network, 'b', a)
    await a.waitFor(isExecuting)
    let ended = false
    void published.finally(() => {
      ended = true
    })
    let kills = 0
    while (!ended) {
      const killed = killInference(a)
      kills += killed ? 1 : 0
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const { code, task } = await published
    expect(kills).toBeGreaterThanOrEqual(2)
    expect(task).toMatchObject({ status: 'failed', error: { code: 'inference_crashed' } })
    expect(code).toBe(1)

    const next = await driad([
      'publish',
      '--prompt',
      'Hey there!',
      '--models',
      'demo',
      ...network.requester('b', a),
    ])
    expect(next.json<TaskJson>()[0]).toMatchObject({ status: 'completed' })
  })
})

describe('when the node is killed after it accepted a task', () => {
  it('ends the task after a restart and is paid once', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const published = publishLong(network, 'b', a)
    await a.waitFor(isExecuting)
    await a.stop('SIGKILL')
    // At another address: the requester can only be found by the node, not the other way round.
    await network.node('a')
    const { task } = await published
    expect(task).toMatchObject({ status: 'completed', result: '12' })
    const [credits, debits] = [await network.ledgerOf('a'), await network.ledgerOf('b')]
    expect(credits.entries).toHaveLength(1)
    expect(debits.entries).toHaveLength(1)
    expect((await network.verifyLedgerOf('a')).code).toBe(0)
  })
})

describe('when the requester is gone', () => {
  it('finds its result later, by the id of the task', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const flags = network.requester('b', a)
    const published = await driad([
      'publish',
      workflowFile(network),
      '--models',
      'demo',
      '--no-wait',
      ...flags,
    ])
    const taskId = published.json<TaskJson>()[0]?.taskId ?? ''
    await a.waitFor((event) => event.event === 'task' && event['state'] === 'completed')
    const result = await driad(['result', taskId, ...flags])
    expect(result.json<TaskJson>()[0]).toMatchObject({ taskId, status: 'completed', result: '12' })
    await until(
      async () => (await network.ledgerOf('a')).entries.length === 1,
      'the receipt reaches the node',
    )
  })
})

function workflowFile(network: TestNetwork): string {
  const path = join(network.folder.path, 'long.json')
  writeFileSync(path, longWorkflow(12))
  return path
}

async function publishLong(network: TestNetwork, name: string, node: NodeProcess) {
  const { code, json } = await driad([
    'publish',
    workflowFile(network),
    '--models',
    'demo',
    '--timeout-ms',
    '60000',
    ...network.requester(name, node),
  ])
  return { code, task: json<TaskJson>()[0] }
}

/** Kills the node's inference child: the newest leaf below the node's process. */
function killInference(node: NodeProcess): boolean {
  const pid = node.child.pid === undefined ? undefined : descendantPidsOf(node.child.pid).at(-1)
  const inference = node.events.findLast((event) => event.event === 'inference')?.['pid']
  const target = typeof inference === 'number' ? inference : pid
  if (target === undefined) return false
  try {
    process.kill(target, 'SIGKILL')
    return true
  } catch {
    return false // between two lives
  }
}
