import { text as readText } from 'node:stream/consumers'
import type { Command } from 'commander'
import { DriadError } from '../../../protocol/errors.ts'
import { type PullFlags, withLocalPulls } from '../../local-pulls.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'

export function addTokenCommand(models: Command, context: CommandContext): void {
  models
    .command('token')
    .description(
      'store the access token for gated models, read from standard input; sealed with this folder’s identity',
    )
    .option('--remove', 'forget it')
    .addOption(dataDirOption())
    .action(async (flags: PullFlags & { remove?: boolean }) => {
      // Not as an argument: others on this computer could read it there.
      const token = flags.remove === true ? null : (await readText(process.stdin)).trim()
      if (token === '') throw new DriadError('bad_usage', 'There is no token on standard input')
      const view = await withLocalPulls(context.host, flags, {}, async ({ pulls }) => {
        await pulls.setToken(token)
        return pulls.token()
      })
      context
        .output(flags)
        .result(
          { token: view },
          token === null ? 'The token is forgotten' : `The token is stored; ${view.origin} alone gets it`,
        )
    })
}
