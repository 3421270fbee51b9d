import { openDataFolder } from '../../../node/data-folder.ts'
import { createLogger } from '../../../node/logs/create-logger.ts'
import type { LogLevel } from '../../../node/logs/log-line.ts'
import { openCatalogue } from '../../../node/models/catalogue/catalogue-keeper.ts'
import { catalogueMatcher } from '../../../node/models/local/catalogue-matcher.ts'
import { type LocalModels, type ModelBook, openLocalModels } from '../../../node/models/local/local-models.ts'
import { checkModelName } from '../../../node/models/model-name.ts'
import { ModelRows, noWish } from '../../../node/models/model-rows.ts'
import { BUILT_IN_MODEL } from '../../../node/models/registry.ts'
import { openSettings } from '../../../node/settings/settings.ts'
import { openStore } from '../../../node/store/open-store.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { builtInModelPath, cataloguePath } from '../../host.ts'
import type { ModelFlags } from './model-rows.ts'

/** The models of this computer, for a command: whether or not a node runs on the same folder. */
export async function withLocalModels<T>(
  flags: ModelFlags & { logLevel?: LogLevel },
  work: (local: LocalModels) => Promise<T>,
): Promise<T> {
  const folder = openDataFolder(flags.dataDir)
  const { logger } = createLogger({ level: flags.logLevel ?? 'warn', destinations: { stderr: 'pretty' } })
  const store = openStore({ path: folder.databasePath, logger })
  const settings = openSettings({ store, logger })
  const catalogue = openCatalogue(
    { settings, logger },
    { builtInPath: cataloguePath(), keptPath: folder.cataloguePath },
  )
  const local = openLocalModels(
    { store, models: bookOf(new ModelRows(store)), settings, logger },
    {
      modelsFolder: folder.modelsFolder,
      matcher: catalogueMatcher(() => catalogue.current()),
      // Somebody waits for it.
      bytesPerSecond: Number.POSITIVE_INFINITY,
    },
  )
  try {
    return await work(local)
  } finally {
    await local.stop()
    await catalogue.stop()
    await store.close()
  }
}

/** The kept models, without a node: what is added is loaded by its next start. */
function bookOf(rows: ModelRows): ModelBook {
  const list = () => [
    { name: BUILT_IN_MODEL, path: builtInModelPath(), builtIn: true },
    ...rows
      .all()
      .filter(({ name }) => name !== BUILT_IN_MODEL)
      .map(({ name, path }) => ({ name, path, builtIn: false })),
  ]
  return {
    list,
    add: async ({ name, path }) => {
      checkModelName(name)
      if (list().some((model) => model.name === name && model.path !== path))
        throw new DriadError('bad_setting', `There is a model called ${name} already`)
      await rows.put({ name, path, enabled: true, price: undefined, wish: noWish }, Date.now())
    },
    remove: (name) => rows.remove(name),
  }
}
