import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { type DataFolder, openDataFolder } from '../../../node/data-folder.ts'
import { loadOrCreateIdentity } from '../../../node/identity/load-identity.ts'
import { openSettings } from '../../../node/settings/settings.ts'
import { openStore } from '../../../node/store/open-store.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { addBackupCommand } from './backup.ts'
import { addRestoreCommand } from './restore.ts'

export function addIdentityCommand(program: Command, context: CommandContext): void {
  const identity = program
    .command('identity')
    .description('who this data folder is on the network, and backups of its key')
  // What `driad identity` alone does.
  identity.addCommand(
    new Command('show')
      .description('show who this data folder is on the network (makes its key if there is none)')
      .addOption(dataDirOption())
      .action(async (flags: { dataDir?: string; json?: boolean }) => show(flags, context)),
    { isDefault: true },
  )
  addBackupCommand(identity, context)
  addRestoreCommand(identity, context)
}

async function show(flags: { dataDir?: string; json?: boolean }, context: CommandContext): Promise<void> {
  const folder = openDataFolder(flags.dataDir)
  const identity = await loadOrCreateIdentity({ dir: folder.path, vault: context.host.vault })
  const payoutAddress = payoutAddressOf(folder)
  const publicKey = Buffer.from(identity.publicKey).toString('hex')
  context
    .output(flags)
    .result(
      { peerId: identity.peerId, publicKey, dataDir: folder.path, payoutAddress },
      `${identity.peerId}\n(kept in ${folder.path})${payoutAddress === '' ? '' : `\npaid to ${payoutAddress}`}`,
    )
}

/** Where it wants to be paid, as its node tells everybody. */
function payoutAddressOf(folder: DataFolder): string {
  if (!existsSync(folder.databasePath)) return ''
  const store = openStore({ path: folder.databasePath, readOnly: true })
  try {
    return openSettings({ store }).get().payoutAddress
  } finally {
    void store.close()
  }
}
