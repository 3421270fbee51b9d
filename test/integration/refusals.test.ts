import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { driad, makeTestFolder } from '../helpers/driad-process.ts'
import { makeTestNetwork, type TaskJson } from '../helpers/test-network.ts'

interface Refusal {
  error: { code: string; message: string; issues?: { path: string }[] }
}

describe('what is nonsense', () => {
  it.each([
    ['a flag that does not exist', ['publish', '--prompt', 'x', '--models', 'demo', '--frobnicate']],
    ['a command that does not exist', ['dance']],
    ['a task without its prompt', ['publish', '--models', 'demo']],
    ['a deadline in the past', ['publish', '--prompt', 'x', '--models', 'demo', '--timeout-ms', '-5']],
    [
      'a temperature that is no number',
      ['publish', '--prompt', 'x', '--models', 'demo', '--temperature', 'hot'],
    ],
    ['a task id that is none', ['result', 'not-a-task']],
    ['a bundle that does not exist', ['ledger', 'verify', '/no/such/bundle']],
    ['a bundle that is a folder', ['ledger', 'verify', '/']],
  ])('is refused with exit code 2: %s', async (_what, args) => {
    using folder = makeTestFolder()
    const refused = await driad([...args, '--data-dir', folder.dataDir('x'), '--json'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).not.toBe('')
    expect(refused.json<Refusal>()[0]?.error.code).toBe('bad_usage')
  })

  it('is a workflow whose step names no task, and the path says where', async () => {
    using folder = makeTestFolder()
    const workflow = JSON.stringify({
      config: { max_steps: 5, max_time: 60 },
      tasks: [
        {
          id: 'a',
          operator: 'generation',
          messages: [{ role: 'user', content: 'x' }],
          inputs: [],
          outputs: [],
        },
      ],
      steps: [{ source: 'missing', target: '_end' }],
      return_value: { input: { type: 'read', key: 'x' } },
    })
    for (const command of [
      ['run', '-'],
      ['publish', '-', '--models', 'demo', '--data-dir', folder.dataDir('x')],
    ]) {
      const refused = await driad([...command, '--json'], { input: workflow })
      expect(refused.code).toBe(2)
      const [answer] = refused.json<Refusal>()
      expect(answer?.error.code).toBe('bad_workflow')
      expect(answer?.error.issues?.[0]?.path).toBe('steps[0].source')
    }
  })

  it.each([
    ['without a name', ''],
    ['where no folder can be made', '/proc/driad'],
    ['that is a file', fileURLToPath(import.meta.url)],
  ])('is a data folder %s', async (_what, dataDir) => {
    const refused = await driad(['identity', '--data-dir', dataDir, '--json'])
    expect(refused.code).toBe(2)
    expect(refused.json<Refusal>()[0]?.error.code).toBe('bad_usage')
  })

  it('is a workflow that is no UTF-8', async () => {
    using folder = makeTestFolder()
    const path = join(folder.path, 'latin1.json')
    writeFileSync(path, Buffer.from('{"config": "caf\u00e9"}', 'latin1'))
    const refused = await driad(['run', path, '--json'])
    expect(refused.code).toBe(2)
    expect(refused.json<Refusal>()[0]?.error).toMatchObject({
      code: 'bad_workflow',
      message: expect.stringContaining('UTF-8'),
    })
  })

  it('is a file that is no GGUF, and the node lives on', async () => {
    await using network = makeTestNetwork()
    const path = join(network.folder.path, 'noise.gguf')
    writeFileSync(path, randomBytes(4096))
    const run = await driad(['run', '-', '--model', path, '--json'], { input: '{}' })
    expect(run.code).toBe(2)
    const a = await network.node('a', '--model', path)
    expect(a.models).toEqual(['demo'])
    const published = await driad([
      'publish',
      '--prompt',
      'Hey there!',
      '--models',
      'demo',
      ...network.requester('b', a),
    ])
    expect(published.json<TaskJson>()[0]).toMatchObject({ status: 'completed' })
  })

  it('is a model that nobody serves: it costs a time-out and nothing else', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const published = await driad([
      'publish',
      '--prompt',
      'x',
      '--models',
      'no-such-model',
      '--timeout-ms',
      '2000',
      ...network.requester('b', a),
    ])
    expect(published.code).toBe(1)
    expect(published.json<TaskJson>()[0]).toMatchObject({ status: 'expired', error: { code: 'no_node' } })
    expect((await network.ledgerOf('b')).entries).toEqual([])
  })

  it('is a port in use, and the message names it', async () => {
    using folder = makeTestFolder()
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const refused = await driad([
      'start',
      '--data-dir',
      folder.dataDir('a'),
      '--no-mdns',
      '--listen',
      `/ip4/127.0.0.1/tcp/${port}`,
      '--json',
    ])
    server.close()
    expect(refused.code).toBe(1)
    expect(refused.json<Refusal>().at(-1)?.error).toMatchObject({ code: 'port_in_use' })
    expect(refused.stderr).toContain(String(port))
  })

  it('is a data folder in which nothing can be made', async () => {
    using folder = makeTestFolder()
    // A folder in the lock's place refuses root too, whom no mode keeps out.
    mkdirSync(join(folder.dataDir('x'), 'node.lock', 'taken'), { recursive: true })
    const refused = await driad(['start', '--data-dir', folder.dataDir('x'), '--no-mdns', '--json'])
    expect(refused.code).toBe(1)
    expect(refused.json<Refusal>().at(-1)?.error.code).toBe('data_folder_unusable')
  })

  it('is nothing when nobody reads on: the node serves without its output', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    a.child.stdout?.destroy()
    a.child.stderr?.destroy()
    for (const name of ['b', 'c']) {
      const published = await driad([
        'publish',
        '--prompt',
        'Hey there!',
        '--models',
        'demo',
        ...network.requester(name, a),
      ])
      expect(published.json<TaskJson>()[0]).toMatchObject({ status: 'completed' })
    }
  })

  it('is a second node on the same data folder', async () => {
    await using network = makeTestNetwork()
    await network.node('a')
    const second = await driad(['start', '--data-dir', network.folder.dataDir('a'), '--no-mdns', '--json'])
    expect(second.code).toBe(1)
    expect(second.json<Refusal>().at(-1)?.error.code).toBe('data_folder_in_use')
  })
})
