import { DriadError } from '../../protocol/errors.ts'
import { loadOrCreateIdentity } from '../identity/load-identity.ts'
import { openRecoveredStore } from '../recovery/open-recovered-store.ts'
import { RunRecord } from '../recovery/run-record.ts'
import type { Store } from '../store/contract.ts'
import { takeFolderLock } from '../store/folder-lock.ts'
import { ComputeNode } from './compute-node.ts'
import type { ComputeNodeConfig, ComputeNodeDeps } from './config.ts'
import { openParts } from './parts.ts'

/**
 * Opens a data folder as a node: takes its lock, mends and opens its store, makes its identity if it has none. Nothing runs yet.
 * Throws `data_folder_in_use`, `store_newer`, `identity_invalid`, `disk_full`; nothing is left open then.
 */
export async function createComputeNode(
  config: ComputeNodeConfig,
  deps: ComputeNodeDeps,
): Promise<ComputeNode> {
  const { folder } = config
  const { logger } = deps
  const lock = takeFolderLock(folder.nodeLockPath)
  let store: Store | undefined
  const runs = new RunRecord({
    path: folder.runsPath,
    logsFolder: folder.logsFolder,
    safeMode: config.safeMode ?? 'auto',
  })
  // Told of once there is a node to tell.
  const damage = Promise.withResolvers<DriadError>()
  try {
    const runStart = runs.begin()
    const identity = await loadOrCreateIdentity({
      dir: folder.path,
      logger,
      ...(deps.vault !== undefined && { vault: deps.vault }),
    })
    store = await openRecoveredStore({ folder, identity, logger, runs, runStart, onDamage: damage.resolve })
    const node = new ComputeNode(
      config,
      deps,
      openParts(config, deps, { lock, store, identity, runs, runStart }),
    )
    void damage.promise.then((error) => node.recovery.damaged(error))
    return node
  } catch (error) {
    await store?.close()
    // What the program knows to refuse is no crash; what surprises it is.
    if (DriadError.from(error).code === 'internal') runs.fatal(error)
    else runs.end()
    lock.release()
    throw error
  }
}
