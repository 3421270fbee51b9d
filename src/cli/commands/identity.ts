import type { Command } from 'commander'
import { openDataFolder } from '../../node/data-folder.ts'
import { loadOrCreateIdentity } from '../../node/identity/load-identity.ts'
import { dataDirOption } from '../options.ts'
import type { CommandContext } from '../program.ts'

export function addIdentityCommand(program: Command, context: CommandContext): void {
  program
    .command('identity')
    .description('show who this data folder is on the network (makes its key if there is none)')
    .addOption(dataDirOption())
    .action(async (flags: { dataDir?: string; json?: boolean }) => {
      const folder = openDataFolder(flags.dataDir)
      const identity = await loadOrCreateIdentity({ dir: folder.path })
      const publicKey = Buffer.from(identity.publicKey).toString('hex')
      context
        .output(flags)
        .result(
          { peerId: identity.peerId, publicKey, dataDir: folder.path },
          `${identity.peerId}\n(kept in ${folder.path})`,
        )
    })
}
