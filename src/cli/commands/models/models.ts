import type { Command } from 'commander'
import type { CommandContext } from '../../program.ts'
import { addAddCommand } from './add.ts'
import { addInspectCommand } from './inspect.ts'
import { addListCommand } from './list.ts'
import { addRemoveCommand } from './remove.ts'
import { addSearchCommand } from './search.ts'

/** `driad models …`: one file for each command. */
export function addModelsCommands(program: Command, context: CommandContext): void {
  const models = program.command('models').description('the models of this computer')
  for (const add of [addListCommand, addSearchCommand, addInspectCommand, addAddCommand, addRemoveCommand])
    add(models, context)
}
