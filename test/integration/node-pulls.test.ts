import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ApiContext } from '../../src/api/context.ts'
import { apiRouter } from '../../src/api/router.ts'
import type { ComputeNode } from '../../src/node/compute-node/compute-node.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { PullView } from '../../src/protocol/pull-views.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { type ModelServer, startModelServer } from '../helpers/model-server.ts'
import { demoModelPath } from '../helpers/models.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const demo = readFileSync(demoModelPath)
let server: ModelServer
let folder: ReturnType<typeof tempFolder>
let node: ComputeNode

beforeEach(async () => {
  server = await startModelServer()
  server.add('ana/tiny-GGUF', { 'tiny-F16.gguf': demo })
  folder = tempFolder()
  node = await openNode()
})

afterEach(async () => {
  await node.stop()
  await server[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

function openNode(): Promise<ComputeNode> {
  const logs = createLogger()
  return createComputeNode(
    { folder: openDataFolder(folder.path), builtInModelPath: demoModelPath },
    { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
  )
}

/** What the window can ask of downloads. */
const api = () => apiRouter.createCaller({ node } as unknown as ApiContext).pulls

async function seen(predicate: (pulls: readonly PullView[]) => boolean): Promise<readonly PullView[]> {
  for await (const pulls of await api().onChange()) if (predicate(pulls)) return pulls
  throw new Error('The subscription ended')
}

it('downloads what the window asks for, and serves it without a restart', async () => {
  await node.settings.set({ modelEndpoint: server.url })
  await node.start()
  server.bytesPerSecond = 400_000
  const { id } = await api().add({ model: 'hf:ana/tiny-GGUF:F16', name: 'tiny' })
  await seen(([pull]) => (pull?.receivedBytes ?? 0) > 200_000 && pull?.etaMs !== undefined)
  await api().pause({ id })
  expect(await api().list()).toMatchObject([
    { name: 'tiny', state: 'paused', source: new URL(server.url).host },
  ])
  server.bytesPerSecond = 0
  await api().resume({ id })
  await seen(([pull]) => pull?.state === 'completed')
  await expect.poll(() => node.models.get('tiny')?.digest, { timeout: 30_000 }).toBeDefined()
  await api().cancel({ id })
  expect(await api().list()).toEqual([])

  await api().add({ model: 'hf:ana/tiny-GGUF:F16', name: 'unloaded', load: false })
  await seen(([pull]) => pull?.state === 'completed')
  expect(node.models.list()).toContainEqual(expect.objectContaining({ name: 'unloaded', state: 'unloaded' }))
  expect(node.models.get('unloaded')).toBeUndefined()
})

it('leaves what is running when it stops, and goes on with it at the next start', async () => {
  await node.settings.set({ modelEndpoint: server.url, downloadBytesPerSecond: 200_000 })
  await node.start()
  await api().add({ model: 'ana/tiny-GGUF/tiny-F16.gguf' })
  await seen(([pull]) => (pull?.receivedBytes ?? 0) > 100_000)
  await node.stop()
  await server.idle()
  const { sentBytes } = server
  node = await openNode()
  await node.settings.set({ downloadBytesPerSecond: 0 })
  await node.start()
  await seen(([pull]) => pull?.state === 'completed')
  expect(server.sentBytes - sentBytes).toBeLessThan(demo.length)
})

it('keeps the token to itself', async () => {
  await api().setToken({ token: 'hf_secret' })
  expect(JSON.stringify(await api().token())).not.toContain('hf_secret')
  expect((await api().token()).from).toBe('settings')
  await api().setToken({ token: null })
  expect((await api().token()).from).toBe('none')
  await expect(api().setToken({ token: 'a b' })).rejects.toThrow('no spaces')
})
