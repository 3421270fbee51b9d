import { basename } from 'node:path'
import type { Command } from 'commander'
import { whyFileStays } from '../../../locales/words/removal-words.ts'
import { openDataFolder } from '../../../node/data-folder.ts'
import type { LogLevel } from '../../../node/logs/log-line.ts'
import { BUILT_IN_MODEL } from '../../../node/models/registry.ts'
import { lockHolder } from '../../../node/store/folder-lock.ts'
import { DriadError } from '../../../protocol/errors.ts'
import type { RemovalView } from '../../../protocol/local-model-views.ts'
import { findAddedModel } from '../../added-model.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import type { ModelFlags } from './model-rows.ts'
import { megabytes } from './model-text.ts'
import { withLocalModels } from './with-local-models.ts'

interface RemoveFlags extends ModelFlags {
  readonly logLevel?: LogLevel
  readonly deleteFile?: boolean
}

export function addRemoveCommand(models: Command, context: CommandContext): void {
  models
    .command('remove')
    .description('serve a model no more, from now on; its file stays')
    .argument('<name>')
    .option('--delete-file', "delete its file, too, if it is in this program's folder of models")
    .addOption(dataDirOption())
    .action(async (asked: string, flags: RemoveFlags) => {
      if (asked === BUILT_IN_MODEL)
        throw new DriadError('bad_setting', `${asked} is built in and cannot be removed`)
      const { name } = findAddedModel(asked, flags.dataDir)
      const removal = await withLocalModels(flags, (local) =>
        local.remove(name, { deleteFile: flags.deleteFile === true }),
      )
      // It may have the file in memory: then the system keeps the space until it lets go.
      const nodeRuns = lockHolder(openDataFolder(flags.dataDir).nodeLockPath) !== undefined
      context
        .output(flags)
        .result({ ...removal, nodeRuns }, removalText(removal, flags.deleteFile === true, nodeRuns))
    })
}

function removalText(removal: RemovalView, asked: boolean, nodeRuns: boolean): string {
  const { name, path, deletes, freesBytes } = removal
  if (deletes.length > 0) {
    const when = nodeRuns ? 'once the node that runs has stopped or unloaded it' : 'again'
    return `${name} is removed, and ${deletes.map((file) => basename(file)).join(', ')} deleted: ${megabytes(freesBytes)} are free ${when}`
  }
  return asked
    ? `${name} is removed. ${whyFileStays(removal)}`
    : `${name} is removed; ${basename(path)} is still there`
}
