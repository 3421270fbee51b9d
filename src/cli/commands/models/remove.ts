import { basename } from 'node:path'
import type { Command } from 'commander'
import { BUILT_IN_MODEL } from '../../../node/models/registry.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { findAddedModel } from '../../added-model.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { changeModels, type ModelFlags } from './model-rows.ts'

export function addRemoveCommand(models: Command, context: CommandContext): void {
  models
    .command('remove')
    .description('serve a model no more from the next start of the node; its file stays')
    .argument('<name>')
    .addOption(dataDirOption())
    .action(async (asked: string, flags: ModelFlags) => {
      if (asked === BUILT_IN_MODEL)
        throw new DriadError('bad_setting', `${asked} is built in and cannot be removed`)
      const { name, path } = findAddedModel(asked, flags.dataDir)
      await changeModels(flags, (rows) => rows.remove(name))
      context.output(flags).result({ name, path }, `${name} is removed; ${basename(path)} is still there`)
    })
}
