import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import type { DataFolder } from '../data-folder.ts'
import { folderHealth } from '../health/folder-health.ts'
import type { Identity } from '../identity/contract.ts'
import type { IdentityVault } from '../identity/identity-file.ts'
import { IDENTITY_FILE, type LoadIdentityInit, loadOrCreateIdentity } from '../identity/load-identity.ts'
import { DeviceRows } from '../inference/devices/device-rows.ts'
import type { Logger } from '../logs/contract.ts'
import { ModelRows } from '../models/model-rows.ts'
import { BUILT_IN_MODEL } from '../models/registry.ts'
import { readHealth, readReachability } from '../running-node.ts'
import { openSecrets } from '../settings/secrets.ts'
import { openSettings } from '../settings/settings.ts'
import type { Store } from '../store/contract.ts'
import { isFolderHeld } from '../store/folder-lock.ts'
import type { DiagnosticsSources } from './sources.ts'

/** What another process can tell of a data folder: all that is in it, and what a node that runs on it says of itself there. */
export async function folderSources(
  { folder, store, logger }: { readonly folder: DataFolder; readonly store: Store; readonly logger: Logger },
  init: {
    readonly builtInModelPath: string
    readonly publicNames: readonly string[]
    readonly vault?: IdentityVault | undefined
  },
): Promise<DiagnosticsSources> {
  const runs = isFolderHeld(folder.nodeLockPath)
  const running = runs ? readHealth(folder.healthPath) : undefined
  const reachability = runs ? readReachability(folder.reachabilityPath) : undefined
  const identity = await identityOf({ dir: folder.path, vault: init.vault, logger })
  const devices = new DeviceRows(store).view()
  return {
    folder,
    store,
    settings: openSettings({ store, logger }).get(),
    health: running?.health ?? (await folderHealth(folder, init.builtInModelPath)),
    models: running?.models ?? [],
    ...(running?.inference !== undefined && { inference: running.inference }),
    ...(running?.exits !== undefined && { exits: running.exits }),
    publicNames: [...init.publicNames, BUILT_IN_MODEL, ...new ModelRows(store).all().map(({ name }) => name)],
    ...(identity !== undefined && { identity, secrets: openSecrets({ store, identity, logger }) }),
    ...(devices !== undefined && { devices }),
    ...(reachability !== undefined && { reachability }),
  }
}

/** Undefined where there is none, or the app alone can open it. None is made for this. */
async function identityOf(where: LoadIdentityInit): Promise<Identity | undefined> {
  if (!existsSync(join(where.dir, IDENTITY_FILE))) return undefined
  try {
    return await loadOrCreateIdentity(where)
  } catch (cause) {
    if (cause instanceof DriadError && cause.code === 'identity_invalid') return undefined
    throw cause
  }
}
