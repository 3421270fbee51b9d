import { DriadError } from '../../protocol/errors.ts'
import type { DataFolder } from '../data-folder.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { Store } from '../store/contract.ts'
import { openStore } from '../store/open-store.ts'
import { claimData } from './data-owner.ts'
import { mendSettings, resetSettings } from './mend-settings.ts'
import { recoverDatabase, restoreBackup } from './recover-database.ts'
import type { RunRecord, RunStart } from './run-record.ts'

/**
 * Opens the store of a node: does what its operator wished for the next start, mends what is damaged, and sees whose it is. Throws
 * what `recoverDatabase` and `openStore` throw.
 */
export async function openRecoveredStore(init: {
  readonly folder: DataFolder
  readonly identity: Pick<Identity, 'publicKey' | 'peerId'>
  readonly logger: Logger
  readonly runs: RunRecord
  readonly runStart: RunStart
  readonly onDamage: (error: DriadError) => void
}): Promise<Store> {
  const { folder, identity, runs, runStart, onDamage } = init
  const logger = init.logger.scope('recovery')
  const { publicKey, peerId } = identity
  const { wish, unclean, damage } = runStart
  if (wish?.act === 'restore') {
    try {
      await restoreBackup({ folder, publicKey, logger, name: wish.name })
    } catch (error) {
      // The database is as it was.
      logger.error('The backup could not be restored', { error: DriadError.from(error) })
    }
  }
  const depth = unclean || damage !== undefined ? 'thorough' : 'start'
  await recoverDatabase({ folder, publicKey, logger, depth, reported: damage })
  const store = openStore({ path: folder.databasePath, logger: init.logger, onDamage })
  try {
    runs.mended()
    await claimData(store, peerId)
    if (wish?.act === 'reset_settings') await resetSettings({ folder, store, logger })
    await mendSettings({ folder, store, logger })
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}
