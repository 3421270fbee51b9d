import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { signCatalogue } from '../../src/node/models/catalogue/signature.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { keepSigned } from '../../src/node/signed/kept-signed.ts'
import { publicKeyText } from '../../src/node/signed/signature.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { catalogueText } from '../helpers/catalogue.ts'
import { driad, type NodeProcess } from '../helpers/driad-process.ts'
import { demoModelPath } from '../helpers/models.ts'
import { makeTestNetwork, type TaskJson, type TestNetwork } from '../helpers/test-network.ts'

let network: TestNetwork
let node: NodeProcess

/** One node with the demo model under other names: an alias, one of a group's, and names of its own. */
beforeAll(async () => {
  network = makeTestNetwork()
  const models = ['llama3.2:1b', 'small'].flatMap((name) => ['--model', `${demoModelPath}=${name}`])
  node = await network.node('a', ...models)
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
})

async function published(requester: string, ...models: string[]) {
  return driad([
    'publish',
    '--prompt',
    'Hey there!',
    '--models',
    models.join(','),
    ...network.requester(requester, node),
  ])
}

describe("a task's set of models", () => {
  it.each([
    ['an alias', ['llama3.2:1b'], 'llama3.2:1b-instruct-q4_K_M'],
    ['the canonical name', ['llama3.2:1b-instruct-q4_K_M'], 'llama3.2:1b-instruct-q4_K_M'],
    ['a wildcard', ['llama3.2:*'], 'llama3.2:1b-instruct-q4_K_M'],
    // Two wildcards and names that nobody has, too.
    ['several kinds', ['nobodys', '@coder', '*3.2:1b'], 'llama3.2:1b-instruct-q4_K_M'],
    ["an own model's name that is also a group's", ['small'], 'small'],
  ])('reaches the node by %s', async (kind, models, expected) => {
    const { code, stderr, json } = await published(`of ${kind}`.replaceAll(' ', '-'), ...models)
    expect(code, stderr).toBe(0)
    expect(json<TaskJson>()[0]).toMatchObject({ status: 'completed', model: expected, node: node.peerId })
  })

  it('reaches it by a group with far more models than an offer holds, and says which are asked', async () => {
    const { code, stderr, json } = await published('group', '@ollama')
    expect(code, stderr).toBe(0)
    expect(json<TaskJson>()[0]).toMatchObject({ status: 'completed', model: 'llama3.2:1b-instruct-q4_K_M' })
    expect(stderr).toMatch(/@ollama means 1\d\d models; an offer holds 16/)
  })

  it('means what the catalogue says that was fetched into the data folder', async () => {
    const folder = openDataFolder(network.folder.dataDir('fetched'))
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const bytes = Buffer.from(
      catalogueText(
        [{ id: 'mine', groups: ['coder'], variants: [['small', 'coding']] }],
        '2099-01-01T00:00:00Z',
      ),
    )
    keepSigned(folder.cataloguePath, { signature: signCatalogue(bytes, pem), bytes })
    const refused = await published('fetched', 'cod*g')
    expect(refused.json<{ error: { code: string } }>()[0]?.error.code, refused.stderr).toBe('bad_offer')
    expect(refused.stderr).toContain('cannot be used')

    const store = openStore({ path: folder.databasePath })
    await openSettings({ store }).set({ catalogueKey: publicKeyText(pem) })
    await store.close()
    for (const set of ['@coder', 'cod*g', 'coding']) {
      const { code, stderr, json } = await published('fetched', set)
      expect(code, stderr).toBe(0)
      expect(json<TaskJson>()[0]).toMatchObject({ model: 'small' })
    }
  })

  it.each([
    ['@nonsense', 'models[1]'],
    ['nobody-has-*', 'models[1]'],
    ['not a name', 'models[1]'],
  ])('with %s in it is a bad offer that says where', async (pattern, path) => {
    const { code, json } = await published('wrong', 'demo', pattern)
    expect(code).toBe(2)
    expect(json<{ error: { code: string; issues: { path: string }[] } }>()[0]?.error).toMatchObject({
      code: 'bad_offer',
      issues: [{ path }],
    })
  })
})
