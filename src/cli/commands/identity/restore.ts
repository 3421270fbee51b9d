import { resolve } from 'node:path'
import type { Command } from 'commander'
import { openDataFolder } from '../../../node/data-folder.ts'
import { restoreIdentity } from '../../../node/identity/restore-identity.ts'
import { dataDirOption } from '../../options.ts'
import { askPassphrase, passphraseFileOption } from '../../passphrase.ts'
import type { CommandContext } from '../../program.ts'

interface RestoreFlags {
  readonly dataDir?: string
  readonly passphraseFile?: string
  readonly replace?: string
  readonly json?: boolean
}

export function addRestoreCommand(identity: Command, context: CommandContext): void {
  identity
    .command('restore')
    .description('give this data folder the key of a backup; no node may be running on it')
    .argument('<file>', 'what driad identity backup, or the window, has written')
    .addOption(passphraseFileOption())
    .option('--replace <peer-id>', 'set that identity aside, with the ledger that it has here')
    .addOption(dataDirOption())
    .action(async (file: string, flags: RestoreFlags) => {
      const folder = openDataFolder(flags.dataDir)
      const passphrase = await askPassphrase('Passphrase of the backup', flags.passphraseFile)
      const restored = await restoreIdentity({
        folder,
        path: resolve(file),
        passphrase,
        vault: context.host.vault,
        ...(flags.replace !== undefined && { replace: flags.replace }),
      })
      const { peerId, state, setAside } = restored
      const words =
        state === 'already'
          ? `${folder.path} is ${peerId} already; nothing was changed`
          : `${folder.path} is ${peerId} from now on${setAside === undefined ? '' : `\nWhat was there is kept in ${setAside}`}`
      context.output(flags).result({ ...restored, dataDir: folder.path }, words)
    })
}
