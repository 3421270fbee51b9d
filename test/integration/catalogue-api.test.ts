import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ApiContext, Shell } from '../../src/api/context.ts'
import { apiRouter } from '../../src/api/router.ts'
import { WorkflowFiles } from '../../src/api/workflow-files.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { CatalogueStatusView } from '../../src/protocol/catalogue-views.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { noUpdates } from '../helpers/no-updates.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startWebServer } from '../helpers/web-server.ts'

it('gives the window the catalogue, its search and its refreshes', async () => {
  using folder = tempFolder()
  const logs = createLogger()
  const node = await createComputeNode(
    { folder: openDataFolder(folder.path), builtInModelPath: demoModelPath },
    { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
  )
  try {
    const shell = {} as Shell // nothing of it is used here
    const context: ApiContext = {
      node,
      shell,
      workflowFiles: new WorkflowFiles({ shell }, { galleryFolder: join(folder.path, 'none') }),
      updates: noUpdates,
      logger: logs.logger,
    }
    const stop = new AbortController()
    const { catalogue } = apiRouter.createCaller(context, { signal: stop.signal })

    const all = await catalogue.list()
    expect(all.status).toMatchObject({ origin: 'built-in', refreshing: false })
    expect(all.models).toHaveLength(all.status.models)
    const { models } = await catalogue.search({ text: 'coder', group: 'small' })
    expect(models.length).toBeGreaterThan(2)
    expect(models.length).toBeLessThan(all.models.length)
    await expect(catalogue.search({ group: 'huge' as 'small' })).rejects.toThrow()
    await expect(catalogue.refresh()).rejects.toThrow('catalogueUrl')

    await using server = await startWebServer((_request, response) => {
      response.end('nothing')
    })
    const seen: CatalogueStatusView[] = []
    const following = (async () => {
      for await (const status of await catalogue.onChange()) {
        seen.push(status)
        if (status.error !== undefined) return
      }
    })()
    await node.settings.set({ catalogueUrl: `${server.url}/catalogue.json` })
    await expect(catalogue.refresh()).rejects.toThrow('catalogueKey')
    await following
    expect(seen[0]).not.toHaveProperty('url')
    expect(seen.at(-1)).toMatchObject({
      url: `${server.url}/catalogue.json`,
      error: { code: 'bad_signature' },
    })
    stop.abort()
  } finally {
    await node.stop()
    await logs.close()
  }
})

it('starts a node whose fetched catalogue is damaged', async () => {
  using folder = tempFolder()
  const logs = createLogger()
  const data = openDataFolder(folder.path)
  writeFileSync(data.cataloguePath, 'nothing of a catalogue')
  const node = await createComputeNode(
    { folder: data, builtInModelPath: demoModelPath },
    { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
  )
  expect(node.catalogue.status()).toMatchObject({ origin: 'built-in' })
  expect(node.catalogue.current().models.length).toBeGreaterThan(50)
  await node.stop()
  await logs.close()
})
