import { resolve } from 'node:path'
import type { Command } from 'commander'
import { openDataFolder } from '../../../node/data-folder.ts'
import { checkModelName, modelNameOf } from '../../../node/models/model-name.ts'
import { noWish } from '../../../node/models/model-rows.ts'
import { BUILT_IN_MODEL } from '../../../node/models/registry.ts'
import { isFolderTaken } from '../../../node/store/folder-lock.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { changeModels, type ModelFlags } from './model-rows.ts'

export function addAddCommand(models: Command, context: CommandContext): void {
  models
    .command('add')
    .description('serve a GGUF file, at once where a node runs; the file stays where it is')
    .argument('<file>')
    .option('--name <name>', "the name it is served under; the file's own where absent")
    .addOption(dataDirOption())
    .action(async (file: string, flags: ModelFlags & { name?: string }) => {
      const path = resolve(file)
      const name = flags.name ?? modelNameOf(path)
      checkModelName(name)
      const info = await inspectGguf(path)
      await changeModels(flags, async (rows) => {
        const taken =
          name === BUILT_IN_MODEL || rows.all().some((row) => row.name === name && row.path !== path)
        if (taken)
          throw new DriadError(
            'bad_setting',
            `There is a model called ${name} already; choose another --name`,
          )
        await rows.put({ name, path, enabled: true, price: undefined, wish: noWish }, Date.now())
      })
      const when = isFolderTaken(openDataFolder(flags.dataDir).nodeLockPath)
        ? 'is loaded by the running node now'
        : 'is served from the next start of the node'
      context.output(flags).result({ name, path, info }, `${name} ${when}`)
    })
}
