import type { Command } from 'commander'
import { healthGroup } from '../../locales/words/health-words.ts'
import { existingDataFolder } from '../../node/data-folder.ts'
import { folderHealth } from '../../node/health/folder-health.ts'
import { readHealth } from '../../node/running-node.ts'
import { isFolderHeld } from '../../node/store/folder-lock.ts'
import { type HealthView, healthStates } from '../../protocol/health-views.ts'
import { checkText } from '../health-text.ts'
import { builtInModelPath } from '../host.ts'
import { dataDirOption } from '../options.ts'
import { exitCodes } from '../output.ts'
import type { CommandContext } from '../program.ts'

export function addHealthCommand(program: Command, context: CommandContext): void {
  program
    .command('health')
    .description('check all that must be right for this node to earn; leaves with 1 where something is bad')
    .addOption(dataDirOption())
    .action(async (flags: { dataDir?: string; json?: boolean }) => {
      const folder = existingDataFolder(flags.dataDir)
      const running = isFolderHeld(folder.nodeLockPath) ? readHealth(folder.healthPath)?.health : undefined
      const view = running ?? (await folderHealth(folder, builtInModelPath()))
      context.output(flags).result({ running: running !== undefined, ...view }, healthText(view))
      if (view.state === 'bad') context.exitWith(exitCodes.failed)
    })
}

function healthText({ checks }: HealthView): string {
  return healthStates
    .map((state) => [state, checks.filter((check) => check.state === state)] as const)
    .filter(([, found]) => found.length > 0)
    .map(([state, found]) =>
      [healthGroup(state), ...found.map((check) => `  ${checkText(check)}`)].join('\n'),
    )
    .join('\n\n')
}
