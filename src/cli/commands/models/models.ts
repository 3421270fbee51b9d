import type { Command } from 'commander'
import type { CommandContext } from '../../program.ts'
import { addAddCommand } from './add.ts'
import { addBenchCommand } from './bench.ts'
import { addDiskCommand } from './disk.ts'
import { addInspectCommand } from './inspect.ts'
import { addListCommand } from './list.ts'
import { addPullCommand } from './pull.ts'
import { addPullsCommand } from './pulls.ts'
import { addRecommendCommand } from './recommend.ts'
import { addRemoveCommand } from './remove.ts'
import { addScanCommand } from './scan.ts'
import { addSearchCommand } from './search.ts'
import { addSetCommand } from './set.ts'
import { addTokenCommand } from './token.ts'

/** `driad models …`: one file for each command. */
export function addModelsCommands(program: Command, context: CommandContext): void {
  const models = program.command('models').description('the models of this computer')
  const commands = [
    addListCommand,
    addSearchCommand,
    addRecommendCommand,
    addScanCommand,
    addInspectCommand,
    addAddCommand,
    addSetCommand,
    addRemoveCommand,
    addDiskCommand,
    addPullCommand,
    addPullsCommand,
    addTokenCommand,
    addBenchCommand,
  ]
  for (const add of commands) add(models, context)
}
