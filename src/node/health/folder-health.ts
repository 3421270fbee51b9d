import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { DriadError } from '../../protocol/errors.ts'
import { inspectGguf } from '../../protocol/gguf/inspect-gguf.ts'
import type { HealthView } from '../../protocol/health-views.ts'
import { version } from '../../protocol/version.ts'
import type { DataFolder } from '../data-folder.ts'
import { ModelRows } from '../models/model-rows.ts'
import { BUILT_IN_MODEL } from '../models/registry.ts'
import { openStore } from '../store/open-store.ts'
import { checkDatabase } from './database-check.ts'
import type { HealthFactsNow, HealthModel } from './facts.ts'
import { keyProtection } from './health.ts'
import { healthView } from './health-view.ts'

/** What can be said of a data folder on which no node runs: its disk, its database, its key, its models' files. */
export async function folderHealth(folder: DataFolder, builtInModelPath: string): Promise<HealthView> {
  const atMs = Date.now()
  const there = existsSync(folder.databasePath)
  const database = there ? await checkDatabase(folder.databasePath, atMs) : undefined
  const disk = await diskOf(folder.path)
  return healthView({
    atMs,
    version,
    models: await modelsOf(folder, builtInModelPath, database?.state === 'sound'),
    key: keyProtection(folder.path),
    ...(database !== undefined && { database }),
    ...(disk !== undefined && { disk }),
  })
}

async function diskOf(path: string): Promise<HealthFactsNow['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(path)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, partialBytes: 0 }
  } catch {
    return undefined
  }
}

async function modelsOf(
  folder: DataFolder,
  builtInPath: string,
  isReadable: boolean,
): Promise<HealthModel[]> {
  const rows = isReadable ? rowsOf(folder) : []
  const added = rows.filter(({ name }) => name !== BUILT_IN_MODEL)
  const all = [{ name: BUILT_IN_MODEL, path: builtInPath }, ...added]
  return Promise.all(
    all.map(async ({ name, path }): Promise<HealthModel> => {
      const builtIn = name === BUILT_IN_MODEL
      try {
        const { sizeBytes } = await inspectGguf(path)
        return { name, builtIn, sizeBytes, state: 'on_disk' }
      } catch (cause) {
        const { code, message } = DriadError.from(cause)
        return { name, builtIn, sizeBytes: 0, state: 'failed', error: { code, message } }
      }
    }),
  )
}

function rowsOf(folder: DataFolder) {
  const store = openStore({ path: folder.databasePath, readOnly: true })
  try {
    return new ModelRows(store).all()
  } finally {
    void store.close()
  }
}
