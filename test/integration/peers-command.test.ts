import { afterAll, describe, expect, it } from 'vitest'
import { driad } from '../helpers/driad-process.ts'
import { makeTestNetwork } from '../helpers/test-network.ts'

interface PublishedJson {
  readonly status: string
  readonly node: string
  readonly checks?: readonly { readonly verdict: string; readonly method: string }[]
}

interface PeersJson {
  readonly peers: readonly {
    readonly node: string
    readonly score: number
    readonly trusted: boolean
    readonly succeeded: number
    readonly checkedRight: number
    readonly checkedWrong: number
  }[]
}

/** Node and requester are processes of the built program. */
describe('driad publish --verify, and driad peers', () => {
  const network = makeTestNetwork()
  afterAll(() => network[Symbol.asyncDispose]())

  it('check results on a model of the requester, and list what became of the nodes', async () => {
    const node = await network.node('node')
    const publishing = network.requester('asking', node)
    const folder = ['--data-dir', network.folder.dataDir('asking'), '--json']
    const [none] = (await driad(['peers', ...folder])).json<PeersJson>()
    expect(none).toEqual({ peers: [] })

    const published = await driad([
      'publish',
      ...['--prompt', 'Hello', '--models', 'demo', '--count', '3', '--max-tokens', '24'],
      ...['--verify', '1', '--verify-model', 'demo'],
      ...publishing,
    ])
    const tasks = published.json<PublishedJson>()
    expect(tasks).toHaveLength(3)
    for (const task of tasks) {
      expect(task.status).toBe('completed')
      expect(task.checks).toMatchObject([{ verdict: 'agreed', method: 'own_model' }])
    }
    const [{ peers } = { peers: [] }] = (await driad(['peers', ...folder])).json<PeersJson>()
    expect(peers).toMatchObject([{ node: tasks[0]?.node, trusted: false, checkedWrong: 0 }])
    expect(peers[0]?.succeeded).toBeCloseTo(3, 1)
    expect(peers[0]?.checkedRight).toBeCloseTo(3, 1)
    expect(peers[0]?.score).toBeGreaterThan(0.7)
  })

  it('say what is wrong with a model to check with, and with a share', async () => {
    const asking = network.requester('other')
    const task = ['publish', '--prompt', 'Hello', '--models', 'demo']
    const missing = await driad([...task, '--verify-model', '/no/such.gguf', ...asking])
    expect(missing.code).not.toBe(0)
    expect(missing.stdout + missing.stderr).toContain('/no/such.gguf')
    expect((await driad([...task, '--verify', '2', ...asking])).code).not.toBe(0)
  })
})
