import { existsSync } from 'node:fs'
import { openDataFolder } from '../node/data-folder.ts'
import { OutboundHttp, type OutboundHttpInit } from '../node/http/outbound-http.ts'
import { createLogger } from '../node/logs/create-logger.ts'
import {
  type CatalogueKeeper,
  type CatalogueSettings,
  openCatalogue,
} from '../node/models/catalogue/catalogue-keeper.ts'
import { settingDefinitions } from '../node/settings/schema.ts'
import { openSettings } from '../node/settings/settings.ts'
import { openStore } from '../node/store/open-store.ts'
import { cataloguePath } from './host.ts'

/** Of a folder where nothing was set yet. */
const noSettings: CatalogueSettings & OutboundHttpInit['settings'] = {
  get: () => ({
    proxy: settingDefinitions.proxy.fallback,
    catalogueUrl: settingDefinitions.catalogueUrl.fallback,
    catalogueKey: settingDefinitions.catalogueKey.fallback,
  }),
  onChange: () => () => undefined,
}

/** The catalogue of a data folder, with its settings where it has any yet. */
export async function withCatalogue<T>(
  dataDir: string | undefined,
  work: (catalogue: CatalogueKeeper) => T | Promise<T>,
): Promise<T> {
  const logs = createLogger({ level: 'warn', destinations: { stderr: 'pretty' } })
  const folder = openDataFolder(dataDir)
  const store = existsSync(folder.databasePath)
    ? openStore({ path: folder.databasePath, readOnly: true })
    : undefined
  try {
    const settings = store === undefined ? noSettings : openSettings({ store, logger: logs.logger })
    const route = new OutboundHttp({ settings })
    const catalogue = openCatalogue(
      { settings, route, logger: logs.logger },
      { builtInPath: cataloguePath(), keptPath: folder.cataloguePath },
    )
    try {
      return await work(catalogue)
    } finally {
      await catalogue.stop()
      await route.close()
    }
  } finally {
    await store?.close()
    await logs.close()
  }
}
