import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type DataFolder, existingDataFolder } from '../../../node/data-folder.ts'
import { rehearseRestore, writeBackup } from '../../../node/identity/backup-file.ts'
import { loadIdentity } from '../../../node/identity/load-identity.ts'
import { openSettings } from '../../../node/settings/settings.ts'
import { openStore } from '../../../node/store/open-store.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { dataDirOption } from '../../options.ts'
import { askPassphrase, passphraseFileOption } from '../../passphrase.ts'
import type { CommandContext } from '../../program.ts'

interface BackupFlags {
  readonly dataDir?: string
  readonly passphraseFile?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** `driad identity backup`: says that it is done only once the file was opened again. A running node may go on. */
export function addBackupCommand(identity: Command, context: CommandContext): void {
  identity
    .command('backup')
    .description(
      'write the key of this data folder to a file, encrypted with a passphrase, and check the file',
    )
    .argument('<file>', 'where to; keep it elsewhere than on this computer')
    .addOption(passphraseFileOption())
    .option('--force', 'replace a file that is there')
    .addOption(dataDirOption())
    .action(async (file: string, flags: BackupFlags) => {
      const folder = existingDataFolder(flags.dataDir)
      const found = await loadIdentity({ dir: folder.path, vault: context.host.vault })
      if (found === undefined)
        throw new DriadError(
          'identity_invalid',
          `There is no key in ${folder.path} yet: start a node there once`,
        )
      const path = resolve(file)
      if (flags.force !== true && existsSync(path))
        throw new DriadError('bad_usage', `There is a file ${path} already; choose another name, or --force`)
      const passphrase = await askPassphrase('Passphrase for the backup', flags.passphraseFile)
      await writeBackup(found, { path, passphrase, overwrite: flags.force === true })
      const again =
        flags.passphraseFile === undefined
          ? await askPassphrase('Once more, to open the file with it', undefined)
          : passphrase
      try {
        await rehearseRestore(found, { path, passphrase: again })
      } catch (error) {
        // Nobody knows what opens it.
        await rm(path, { force: true })
        throw error
      }
      await remember(folder, { peerId: found.peerId, path, atMs: Date.now(), verified: true })
      context
        .output(flags)
        .result(
          { peerId: found.peerId, path, verified: true },
          `The key of ${found.peerId} is in ${path}, and the file opens with your passphrase.\n` +
            'Keep both, and apart. The ledger is not in it: driad ledger export.',
        )
    })
}

/** So that the window stops reminding of it. */
async function remember(
  folder: DataFolder,
  backup: { peerId: string; path: string; atMs: number; verified: true },
): Promise<void> {
  if (!existsSync(folder.databasePath)) return
  const store = openStore({ path: folder.databasePath })
  try {
    await openSettings({ store }).set({ identityBackup: backup })
  } finally {
    await store.close()
  }
}
