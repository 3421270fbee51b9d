import type { Command } from 'commander'
import type { CommandContext } from '../../program.ts'
import { addAddCommand } from './add.ts'
import { addInspectCommand } from './inspect.ts'
import { addListCommand } from './list.ts'
import { addRecommendCommand } from './recommend.ts'
import { addRemoveCommand } from './remove.ts'
import { addSearchCommand } from './search.ts'

/** `driad models …`: one file for each command. */
export function addModelsCommands(program: Command, context: CommandContext): void {
  const models = program.command('models').description('the models of this computer')
  const commands = [
    addListCommand,
    addSearchCommand,
    addRecommendCommand,
    addInspectCommand,
    addAddCommand,
    addRemoveCommand,
  ]
  for (const add of commands) add(models, context)
}
