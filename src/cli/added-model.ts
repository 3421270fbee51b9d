import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type DataFolder, openDataFolder } from '../node/data-folder.ts'
import { readCatalogue } from '../node/models/catalogue/read-catalogue.ts'
import { ModelRows } from '../node/models/model-rows.ts'
import { BUILT_IN_MODEL } from '../node/models/registry.ts'
import { openSettings } from '../node/settings/settings.ts'
import type { Store } from '../node/store/contract.ts'
import { openStore } from '../node/store/open-store.ts'
import { canonicalName } from '../protocol/catalogue/find-variant.ts'
import { DriadError } from '../protocol/errors.ts'
import { builtInModelPath, cataloguePath } from './host.ts'

/**
 * A model that was added to a data folder, by its name, or by another name that the catalogue has for it; the name that comes
 * back is the folder's. Throws `model_not_found`.
 */
export function findAddedModel(name: string, dataDir: string | undefined): { name: string; path: string } {
  const folder = openDataFolder(dataDir)
  if (existsSync(folder.databasePath)) {
    const store = openStore({ path: folder.databasePath, readOnly: true })
    try {
      const rows = new ModelRows(store).all()
      const row = rows.find((model) => model.name === name) ?? rows.find(sameModel(name, folder, store))
      if (row !== undefined) return { name: row.name, path: row.path }
    } finally {
      void store.close()
    }
  }
  throw new DriadError(
    'model_not_found',
    `There is no model named ${name}: not a file, and not among those of \`driad models list\``,
  )
}

function sameModel(name: string, folder: DataFolder, store: Store): (model: { name: string }) => boolean {
  const { catalogue } = readCatalogue({
    builtInPath: cataloguePath(),
    keptPath: folder.cataloguePath,
    catalogueKey: openSettings({ store }).get().catalogueKey,
  })
  const canonical = canonicalName(catalogue, name)
  return (model) => canonicalName(catalogue, model.name) === canonical
}

/** The file that a flag means: the built-in model, a file, or a model that was added. Throws `model_not_found`. */
export function modelPathOf(model: string, dataDir: string | undefined): string {
  if (model === BUILT_IN_MODEL) return builtInModelPath()
  if (model.endsWith('.gguf') || existsSync(model)) return resolve(model)
  return findAddedModel(model, dataDir).path
}
