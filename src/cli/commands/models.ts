import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { type DataFolder, openDataFolder } from '../../node/data-folder.ts'
import { checkModelName, modelNameOf } from '../../node/models/model-name.ts'
import { type ModelRow, ModelRows } from '../../node/models/model-rows.ts'
import { BUILT_IN_MODEL } from '../../node/models/registry.ts'
import { openStore } from '../../node/store/open-store.ts'
import { DriadError } from '../../protocol/errors.ts'
import { type GgufInfo, inspectGguf } from '../../protocol/gguf/inspect-gguf.ts'
import { findAddedModel } from '../added-model.ts'
import { builtInModelPath } from '../host.ts'
import { dataDirOption } from '../options.ts'
import type { CommandContext } from '../program.ts'

interface ModelFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

/** How one model stands, from its file: what is loaded is known to the running node alone. */
interface ListedModel {
  readonly name: string
  readonly path: string
  readonly builtIn: boolean
  readonly loadedAtStart: boolean
  readonly info?: Omit<GgufInfo, 'path'>
  readonly error?: { readonly code: string; readonly message: string }
}

export function addModelsCommands(program: Command, context: CommandContext): void {
  const models = program.command('models').description('the models of this computer')

  models
    .command('list')
    .description('list the models that a node of this data folder serves')
    .addOption(dataDirOption())
    .action(async (flags: ModelFlags) => {
      const listed = await listModels(openDataFolder(flags.dataDir))
      context.output(flags).result({ models: listed }, listed.map(modelText).join('\n'))
    })

  models
    .command('inspect')
    .description('show what a GGUF file says of itself, and whether it is whole')
    .argument('<file|name>')
    .addOption(dataDirOption())
    .action(async (model: string, flags: ModelFlags) => {
      const info = await inspectGguf(pathOf(model, flags.dataDir))
      context.output(flags).result(info, infoText(info))
    })

  models
    .command('add')
    .description('serve a GGUF file from the next start of the node; the file stays where it is')
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
        await rows.put({ name, path, enabled: true, price: undefined }, Date.now())
      })
      context.output(flags).result({ name, path, info }, `${name} is served from the next start of the node`)
    })

  models
    .command('remove')
    .description('serve a model no more from the next start of the node; its file stays')
    .argument('<name>')
    .addOption(dataDirOption())
    .action(async (name: string, flags: ModelFlags) => {
      if (name === BUILT_IN_MODEL)
        throw new DriadError('bad_setting', `${name} is built in and cannot be removed`)
      const { path } = findAddedModel(name, flags.dataDir)
      await changeModels(flags, (rows) => rows.remove(name))
      context.output(flags).result({ name, path }, `${name} is removed; ${basename(path)} is still there`)
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

function readRows(folder: DataFolder): ModelRow[] {
  if (!existsSync(folder.databasePath)) return []
  const store = openStore({ path: folder.databasePath, readOnly: true })
  try {
    return new ModelRows(store).all()
  } finally {
    void store.close()
  }
}

async function changeModels(flags: ModelFlags, change: (rows: ModelRows) => Promise<void>): Promise<void> {
  const store = openStore({ path: openDataFolder(flags.dataDir).databasePath })
  try {
    await change(new ModelRows(store))
  } finally {
    await store.close()
  }
}

function pathOf(model: string, dataDir: string | undefined): string {
  if (model === BUILT_IN_MODEL) return builtInModelPath()
  if (model.endsWith('.gguf') || existsSync(model)) return resolve(model)
  return findAddedModel(model, dataDir).path
}

function modelText({ name, path, info, error, loadedAtStart }: ListedModel): string {
  const facts =
    error === undefined && info !== undefined
      ? `${info.architecture} ${info.quantisation}, ${parametersText(info.parameterCount)}, ${(info.sizeBytes / 1e6).toFixed(1)} MB`
      : `cannot be used: ${error?.message}`
  return `${name}  ${facts}${loadedAtStart ? '' : ', not loaded at start'}\n  ${path}`
}

function infoText(info: GgufInfo): string {
  const lines: [string, unknown][] = [
    ['file', info.path],
    ['name', info.name],
    ['architecture', info.architecture],
    ['quantisation', info.quantisation],
    ['parameters', parametersText(info.parameterCount)],
    ['size', `${info.sizeBytes} bytes`],
    ['context', info.contextLength === undefined ? undefined : `${info.contextLength} tokens`],
    ['layers', info.layerCount],
    ['kind', info.hasChatTemplate ? 'chat' : 'base (completes text)'],
    ['licence', info.licence],
  ]
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label.padEnd(13)} ${value}`)
    .join('\n')
}

function parametersText(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toPrecision(3)}B parameters`
  if (count >= 1e6) return `${(count / 1e6).toPrecision(3)}M parameters`
  return `${count} parameters`
}
