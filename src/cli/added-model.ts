import { existsSync } from 'node:fs'
import { openDataFolder } from '../node/data-folder.ts'
import { ModelRows } from '../node/models/model-rows.ts'
import { openStore } from '../node/store/open-store.ts'
import { DriadError } from '../protocol/errors.ts'

/** A model that was added to a data folder, by its name. Throws `model_not_found`. */
export function findAddedModel(name: string, dataDir: string | undefined): { name: string; path: string } {
  const folder = openDataFolder(dataDir)
  if (existsSync(folder.databasePath)) {
    const store = openStore({ path: folder.databasePath, readOnly: true })
    const row = new ModelRows(store).all().find((model) => model.name === name)
    void store.close()
    if (row !== undefined) return { name, path: row.path }
  }
  throw new DriadError(
    'model_not_found',
    `There is no model named ${name}: not a file, and not among those of \`driad models list\``,
  )
}
