import { openDataFolder } from '../node/data-folder.ts'
import { OutboundHttp } from '../node/http/outbound-http.ts'
import { loadOrCreateIdentity } from '../node/identity/load-identity.ts'
import type { LogLevel } from '../node/logs/contract.ts'
import { createLogger } from '../node/logs/create-logger.ts'
import { readCatalogue } from '../node/models/catalogue/read-catalogue.ts'
import { ModelRows, noWish } from '../node/models/model-rows.ts'
import type { Pulls } from '../node/models/pull/contract.ts'
import { pullableVariant } from '../node/models/pull/pull-request.ts'
import { openPulls } from '../node/models/pull/pulls.ts'
import { openSecrets, type Secrets } from '../node/settings/secrets.ts'
import { openSettings, type Settings } from '../node/settings/settings.ts'
import { openStore } from '../node/store/open-store.ts'
import { DriadError } from '../protocol/errors.ts'
import { type CliHost, cataloguePath } from './host.ts'

export interface PullFlags {
  readonly dataDir?: string
  readonly json?: boolean
  readonly logLevel?: LogLevel
}

export interface LocalPulls {
  readonly pulls: Pulls
  /** Digests of files that are there. */
  readonly models: ModelRows
}

/**
 * Opens a data folder's queue of downloads beside whatever node runs on it, does something with it, and closes it. What is
 * added to it is downloaded by this process; the rest is left to the node. Models that come are put into the table that a
 * running node follows.
 */
export async function withLocalPulls<T>(
  { vault }: CliHost,
  flags: PullFlags,
  options: { readonly bytesPerSecond?: number | undefined },
  work: (local: LocalPulls) => Promise<T>,
): Promise<T> {
  const folder = openDataFolder(flags.dataDir)
  const logs = createLogger({ level: flags.logLevel ?? 'error', destinations: { stderr: 'pretty' } })
  const { logger } = logs
  const store = openStore({ path: folder.databasePath, logger })
  try {
    const settings = openSettings({ store, logger })
    const http = new OutboundHttp({ settings })
    const models = new ModelRows(store)
    const { catalogue } = readCatalogue({
      builtInPath: cataloguePath(),
      keptPath: folder.cataloguePath,
      catalogueKey: settings.get().catalogueKey,
      logger,
    })
    const pulls = openPulls(
      {
        store,
        settings: options.bytesPerSecond === undefined ? settings : limited(settings, options.bytesPerSecond),
        secrets: await secretsOf(folder.path, () =>
          loadOrCreateIdentity({ dir: folder.path, vault, logger }).then((identity) =>
            openSecrets({ store, identity, logger }),
          ),
        ),
        route: http,
        logger,
        findVariant: (name) => pullableVariant(catalogue, name),
        onModel: async ({ name, path, load }) => {
          const { price, wish = noWish } = models.all().find((row) => row.name === name) ?? {}
          await models.put({ name, path, enabled: load, price, wish }, Date.now())
        },
      },
      { modelsFolder: folder.modelsFolder, take: 'own' },
    )
    try {
      pulls.start()
      return await work({ pulls, models })
    } finally {
      await pulls.stop()
      await http.close()
    }
  } finally {
    await store.close()
    await logs.close()
  }
}

/** The packaged app may have sealed the identity, and its secrets with it, so that it alone can open them. */
async function secretsOf(folder: string, open: () => Promise<Secrets>): Promise<Secrets> {
  try {
    return await open()
  } catch (cause) {
    if (DriadError.from(cause).code !== 'identity_invalid') throw cause
    const refused = () =>
      Promise.reject(
        new DriadError(
          'identity_invalid',
          `Only the app can open the secrets of ${folder}; set the token there`,
        ),
      )
    return { get: () => undefined, has: () => false, set: refused, remove: refused }
  }
}

function limited(settings: Settings, bytesPerSecond: number): Pick<Settings, 'get' | 'onChange'> {
  return {
    get: () => ({ ...settings.get(), downloadBytesPerSecond: bytesPerSecond }),
    onChange: (listener) => settings.onChange(listener),
  }
}
