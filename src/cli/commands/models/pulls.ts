import { type Command, Option } from 'commander'
import type { Pulls } from '../../../node/models/pull/contract.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { type PullFlags, withLocalPulls } from '../../local-pulls.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { pullText } from '../../pull-text.ts'

interface Flags extends PullFlags {
  readonly pause?: string
  readonly resume?: string
  readonly cancel?: string
}

export function addPullsCommand(models: Command, context: CommandContext): void {
  models
    .command('pulls')
    .description('list the downloads of models, and pause, resume or cancel one')
    .addOption(new Option('--pause <name>', 'stop it and keep what came').conflicts(['resume', 'cancel']))
    .addOption(
      new Option('--resume <name>', 'have the running node, or the next one, go on with it').conflicts([
        'cancel',
      ]),
    )
    .option('--cancel <name>', 'stop it and remove what came; forget one that has ended')
    .addOption(dataDirOption())
    .action(async (flags: Flags) => {
      const listed = await withLocalPulls(context.host, flags, {}, async ({ pulls }) => {
        for (const act of ['pause', 'resume', 'cancel'] as const) {
          const name = flags[act]
          if (name !== undefined) await pulls[act](idOf(pulls, name))
        }
        return pulls.list()
      })
      const text = listed.length === 0 ? 'There are no downloads' : listed.map(pullText).join('\n')
      context.output(flags).result({ pulls: listed }, text)
    })
}

/** The newest one of that name, or the one with that id. */
function idOf(pulls: Pulls, name: string): string {
  const found = pulls.list().findLast((view) => view.name === name || view.id === name)
  if (found !== undefined) return found.id
  throw new DriadError(
    'model_not_found',
    `There is no download of ${name}; \`driad models pulls\` lists them`,
  )
}
