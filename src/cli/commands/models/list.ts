import type { Command } from 'commander'
import { type DataFolder, openDataFolder } from '../../../node/data-folder.ts'
import { BUILT_IN_MODEL } from '../../../node/models/registry.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { type GgufInfo, inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import { builtInModelPath } from '../../host.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { type ModelFlags, readRows } from './model-rows.ts'
import { parametersText } from './model-text.ts'

/** How one model stands, from its file: what is loaded is known to the running node alone. */
interface ListedModel {
  readonly name: string
  readonly path: string
  readonly builtIn: boolean
  readonly loadedAtStart: boolean
  readonly info?: Omit<GgufInfo, 'path'>
  readonly error?: { readonly code: string; readonly message: string }
}

export function addListCommand(models: Command, context: CommandContext): void {
  models
    .command('list')
    .description('list the models that a node of this data folder serves')
    .addOption(dataDirOption())
    .action(async (flags: ModelFlags) => {
      const listed = await listModels(openDataFolder(flags.dataDir))
      context.output(flags).result({ models: listed }, listed.map(modelText).join('\n'))
    })
}

async function listModels(folder: DataFolder): Promise<ListedModel[]> {
  const rows = readRows(folder)
  const builtIn = rows.find((row) => row.name === BUILT_IN_MODEL)
  const all = [
    {
      name: BUILT_IN_MODEL,
      path: builtInModelPath(),
      builtIn: true,
      loadedAtStart: builtIn?.enabled ?? true,
    },
    ...rows
      .filter((row) => row.name !== BUILT_IN_MODEL)
      .map(({ name, path, enabled }) => ({ name, path, builtIn: false, loadedAtStart: enabled })),
  ]
  return Promise.all(
    all.map(async (model) => {
      try {
        const { path: _, ...info } = await inspectGguf(model.path)
        return { ...model, info }
      } catch (cause) {
        const { code, message } = DriadError.from(cause)
        return { ...model, error: { code, message } }
      }
    }),
  )
}

function modelText({ name, path, info, error, loadedAtStart }: ListedModel): string {
  const facts =
    error === undefined && info !== undefined
      ? `${info.architecture} ${info.quantisation}, ${parametersText(info.parameterCount)}, ${(info.sizeBytes / 1e6).toFixed(1)} MB`
      : `cannot be used: ${error?.message}`
  return `${name}  ${facts}${loadedAtStart ? '' : ', not loaded at start'}\n  ${path}`
}
