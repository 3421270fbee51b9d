import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/node/store/open-store.ts'
import { driad, until } from '../helpers/driad-process.ts'
import { demoModelPath } from '../helpers/models.ts'
import { longWorkflow, makeTestNetwork, type TaskJson, type TestNetwork } from '../helpers/test-network.ts'

describe('a requester that has left, and a node that is stopped before it is back', () => {
  it('meet by a third one, and the node has its credit when it starts again', async () => {
    await using network = makeTestNetwork()
    const keeper = await network.node('keeper')
    // Under a name that the other one does not serve.
    const flags = [...known(keeper.addresses), '--model', `${demoModelPath}=ours`]
    const worker = await network.node('worker', ...flags)
    const path = join(network.folder.path, 'long.json')
    writeFileSync(path, longWorkflow(30))
    const published = await driad([
      'publish',
      path,
      '--models',
      'ours',
      '--no-wait',
      ...network.requester('asking', worker),
    ])
    const taskId = published.json<TaskJson>()[0]?.taskId ?? ''
    // Stopped while it runs: it ends what it has begun, finds nobody to give it to, and leaves it.
    expect(await worker.stop()).toBe(0)
    expect(await lettersOf(network, 'keeper')).toBe(1)

    const result = await driad(['result', taskId, ...network.requester('asking', keeper)])
    expect(result.json<TaskJson>()[0]).toMatchObject({ status: 'completed', result: '30' })
    expect((await network.ledgerOf('worker')).entries).toHaveLength(0)

    await network.node('worker', ...flags)
    await until(
      async () => (await network.ledgerOf('worker')).entries.length === 1,
      'the receipt reaches the node',
    )
    await until(async () => (await lettersOf(network, 'keeper')) === 0, 'the mailbox is cleared')
    const [credit, debit] = [await network.ledgerOf('worker'), await network.ledgerOf('asking')]
    expect(credit.balanceMicro).toBe(-debit.balanceMicro)
    expect((await network.verifyLedgerOf('worker')).code).toBe(0)
    expect((await network.verifyLedgerOf('asking')).code).toBe(0)
  })
})

function known(addresses: readonly string[]): string[] {
  return addresses.flatMap((address) => ['--bootstrap', address])
}

async function lettersOf(network: TestNetwork, name: string): Promise<number> {
  const store = openStore({ path: join(network.folder.dataDir(name), 'driad.sqlite'), readOnly: true })
  const row = store.get<{ letters: number }>('SELECT count(*) AS letters FROM letters')
  await store.close()
  return row?.letters ?? 0
}
