import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { checkModelName, modelNameOf } from '../../../node/models/model-name.ts'
import { noWish } from '../../../node/models/model-rows.ts'
import { BUILT_IN_MODEL } from '../../../node/models/registry.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import { dataDirOption } from '../../options.ts'
import { exitCodes } from '../../output.ts'
import type { CommandContext } from '../../program.ts'
import { changeModels, type ModelFlags } from './model-rows.ts'
import { addedText } from './model-text.ts'
import { whenServed } from './when-served.ts'
import { withLocalModels } from './with-local-models.ts'

export function addAddCommand(models: Command, context: CommandContext): void {
  models
    .command('add')
    .description(
      'serve a GGUF file, or all in a folder, at once where a node runs; files stay where they are',
    )
    .argument('<file|folder>')
    .option('--name <name>', "the name it is served under; the file's own where absent")
    .addOption(dataDirOption())
    .action(async (file: string, flags: ModelFlags & { name?: string }) => {
      const path = resolve(file)
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
        await addFolder(path, flags, context)
        return
      }
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
      context.output(flags).result({ name, path, info }, `${name} ${whenServed(flags.dataDir)}`)
    })
}

async function addFolder(
  path: string,
  flags: ModelFlags & { name?: string },
  context: CommandContext,
): Promise<void> {
  if (flags.name !== undefined)
    throw new DriadError('bad_usage', '--name is for a file: those of a folder get their own names')
  const added = await withLocalModels(flags, (local) => local.addFiles([path]))
  const when = whenServed(flags.dataDir)
  context.output(flags).result({ added }, added.map((file) => addedText(file, when)).join('\n'))
  if (added.some(({ outcome }) => outcome === 'refused')) context.exitWith(exitCodes.failed)
}
