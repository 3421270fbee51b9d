import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/node/store/open-store.ts'
import { driad } from '../helpers/driad-process.ts'
import { longWorkflow, makeTestNetwork, type TaskJson } from '../helpers/test-network.ts'

describe('a node and a requester, as two processes', () => {
  it('executes a prompt, and both ledgers hold the same signed amount', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const published = await driad([
      'publish',
      '--prompt',
      'Hey there!',
      '--models',
      'demo',
      ...network.requester('b', a),
    ])
    expect(published.stderr).not.toContain('error')
    expect(published.code).toBe(0)
    const [task] = published.json<TaskJson>()
    expect(task?.result.length).toBeGreaterThan(3)
    expect(task).toMatchObject({ status: 'completed', model: 'demo', node: a.peerId })
    expect(task?.stats.completionTokens).toBeGreaterThan(0)

    // Beside the running node.
    const [credit, debit] = [await network.ledgerOf('a'), await network.ledgerOf('b')]
    expect(credit.entries).toHaveLength(1)
    expect(debit.entries).toHaveLength(1)
    expect(credit.entries[0]).toMatchObject({ direction: 'credit', taskId: task?.taskId })
    expect(debit.entries[0]).toMatchObject({
      direction: 'debit',
      taskId: task?.taskId,
      counterparty: a.peerId,
    })
    expect(credit.entries[0]?.amountMicro).toBe(debit.entries[0]?.amountMicro)
    expect(credit.entries[0]?.amountMicro).toBeGreaterThan(0)
    expect(credit.balanceMicro).toBe(-debit.balanceMicro)
    expect((await network.verifyLedgerOf('a')).code).toBe(0)
    expect((await network.verifyLedgerOf('b')).code).toBe(0)

    expect(await a.stop()).toBe(0)
    const path = `${network.folder.dataDir('a')}/driad.sqlite`
    const bytes = readFileSync(path)
    const at = bytes.indexOf(Buffer.from(credit.entries[0]?.hash ?? '', 'utf8'))
    const place = at === -1 ? bytes.indexOf(Buffer.from(credit.entries[0]?.hash ?? '', 'hex')) : at
    expect(place, 'the entry is in the main file after a clean stop').toBeGreaterThan(0)
    bytes[place] = (bytes[place] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const broken = await network.verifyLedgerOf('a')
    expect(broken.code).toBe(1)
    expect(broken.json<{ problems: { seq?: number }[] }>()[0]?.problems[0]?.seq).toBe(1)
  })

  it('runs ten tasks four at a time, none lost, and shares them with a second node', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const b = await network.node('b')
    // Long enough that the first node's slots are still full when the second one's answer is here.
    const published = await driad(
      ['publish', '-', '--models', 'demo', '--count', '10', ...network.requester('r', a, b)],
      { input: longWorkflow(12) },
    )
    expect(published.code).toBe(0)
    const tasks = published.json<TaskJson>()
    expect(tasks).toHaveLength(10)
    expect(new Set(tasks.map((task) => task.taskId)).size).toBe(10)
    expect(tasks.every((task) => task.status === 'completed')).toBe(true)
    expect(new Set(tasks.map((task) => task.node))).toEqual(new Set([a.peerId, b.peerId]))
    for (const name of ['a', 'b']) {
      expect(await mostAtOnce(network.folder.dataDir(name))).toBeLessThanOrEqual(4)
    }
  })

  it('gives the result later to a requester that did not wait', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const published = await driad([
      'publish',
      '--prompt',
      'What is backpressure?',
      '--models',
      'demo',
      '--no-wait',
      ...network.requester('b', a),
    ])
    expect(published.code).toBe(0)
    const [task] = published.json<TaskJson>()
    const fetched = await driad(['result', task?.taskId ?? '', ...network.requester('b', a)])
    expect(fetched.code).toBe(0)
    expect(fetched.json<TaskJson>()[0]).toMatchObject({
      taskId: task?.taskId,
      status: 'completed',
      node: a.peerId,
    })
    expect((await network.ledgerOf('a')).entries).toHaveLength(1)
    // Asked again, it is paid no second time.
    expect((await driad(['result', task?.taskId ?? '', ...network.requester('b', a)])).code).toBe(0)
    expect((await network.ledgerOf('b')).entries).toHaveLength(1)
  })
})

describe('the known greedy text of stories260K', () => {
  const model = new URL('../../../shared/models/stories260K.gguf', import.meta.url).pathname
  const present = statSync(model, { throwIfNoEntry: false }) !== undefined
  const beginning =
    'Once upon a time, there was a little girl named Lily. She loved to play outside in the park.'

  it.skipIf(!present)(
    'comes out locally and over the network (skipped where the model is absent)',
    async () => {
      await using network = makeTestNetwork()
      const workflow = JSON.stringify({
        config: { max_steps: 5, max_time: 60, max_tokens: 60 },
        tasks: [
          {
            id: 'tell',
            operator: 'generation',
            messages: [{ role: 'user', content: '' }],
            inputs: [],
            outputs: [{ type: 'write', key: 'story', value: '__result' }],
          },
        ],
        steps: [{ source: 'tell', target: '_end' }],
        return_value: { input: { type: 'read', key: 'story' } },
      })
      const here = await driad(['run', '-', '--model', model, '--temperature', '0', '--json'], {
        input: workflow,
      })
      expect(here.json<TaskJson>()[0]?.result.trimStart().startsWith(beginning)).toBe(true)

      const a = await network.node('a', '--model', `${model}=stories`)
      const there = await driad(
        ['publish', '-', '--models', 'stories', '--temperature', '0', ...network.requester('b', a)],
        { input: workflow },
      )
      expect(there.json<TaskJson>()[0]?.result.trimStart().startsWith(beginning)).toBe(true)

      const prompt = await driad([
        'publish',
        '--prompt',
        '',
        '--models',
        'stories',
        '--temperature',
        '0',
        ...network.requester('b', a),
      ])
      expect(prompt.json<TaskJson>()[0]?.result.trimStart().startsWith(beginning)).toBe(true)
    },
  )
})

/** The most tasks that were executing at one time, by the transitions that the node wrote down. */
async function mostAtOnce(dataDir: string): Promise<number> {
  const store = openStore({ path: `${dataDir}/driad.sqlite`, readOnly: true })
  const transitions = store.all<{ state: string; at_ms: number }>(
    `SELECT state, at_ms FROM node_task_transitions WHERE state IN ('executing', 'completed')
     ORDER BY at_ms, state`, // of two at the same millisecond, the one that ended made room for the other
  )
  await store.close()
  let running = 0
  let most = 0
  for (const { state } of transitions) {
    running += state === 'executing' ? 1 : -1
    most = Math.max(most, running)
  }
  return most
}
