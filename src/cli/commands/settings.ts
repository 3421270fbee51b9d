import { readFile, stat, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { openDataFolder } from '../../node/data-folder.ts'
import { isSettingKey, type SettingKey, settingDefinitions, settingKeys } from '../../node/settings/schema.ts'
import { settingJson } from '../../node/settings/setting-json.ts'
import { openSettings, type Settings } from '../../node/settings/settings.ts'
import {
  readSettingsFile,
  SETTINGS_FILE_BYTES,
  writeSettingsFile,
} from '../../node/settings/settings-file.ts'
import { isFolderHeld } from '../../node/store/folder-lock.ts'
import { openStore } from '../../node/store/open-store.ts'
import { DriadError } from '../../protocol/errors.ts'
import { dataDirOption } from '../options.ts'
import type { CommandContext } from '../program.ts'

interface SettingsFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

export function addSettingsCommands(program: Command, context: CommandContext): void {
  const settings = program.command('settings').description('what the operator of this data folder has set')

  settings
    .command('list')
    .description('list every setting with its value and what it means')
    .addOption(dataDirOption())
    .action((flags: SettingsFlags) =>
      withSettings(flags, async (opened) => {
        const values = opened.get()
        const text = settingKeys
          .map((key) => {
            const { description, unit } = settingDefinitions[key]
            const held = settingDefinitions[key].holds === undefined ? '' : ` (${whenItHolds(key)})`
            const measured = unit === undefined || values[key] === null ? '' : ` ${unit}`
            return `${key} = ${valueText(values[key])}${measured}\n  ${description}${held}`
          })
          .join('\n')
        context.output(flags).result(values, text)
      }),
    )

  settings
    .command('set')
    .description('change a setting')
    .argument('<name>', 'as driad settings list shows it')
    .argument('<value>', 'a text, or JSON')
    .addOption(dataDirOption())
    .action((name: string, value: string, flags: SettingsFlags) =>
      withSettings(flags, async (opened) => {
        const key = knownKey(name)
        const values = await setTo(opened, key, value)
        const isRunning = isFolderHeld(openDataFolder(flags.dataDir).nodeLockPath)
        const when = isRunning ? `; ${whenItHolds(key)}` : ''
        context.output(flags).result({ [key]: values[key] }, `${key} = ${valueText(values[key])}${when}`)
      }),
    )

  settings
    .command('export')
    .description('write the settings that differ from their defaults, to a file or to the terminal')
    .argument('[file]', 'where to; nothing that is there is overwritten')
    .addOption(dataDirOption())
    .action((file: string | undefined, flags: SettingsFlags) =>
      withSettings(flags, async (opened) => {
        const text = writeSettingsFile(opened.get())
        if (file === undefined) {
          context.output(flags).result(JSON.parse(text), text.trimEnd())
          return
        }
        await writeNewFile(file, text)
        context.output(flags).result({ file, settings: opened.changed() }, `Written to ${file}`)
      }),
    )

  settings
    .command('import')
    .description('take over the settings of a file that driad settings export, or the window, wrote')
    .argument('<file>')
    .addOption(dataDirOption())
    .action((file: string, flags: SettingsFlags) =>
      withSettings(flags, async (opened) => {
        const { patch, unknown } = readSettingsFile(await readSmallFile(file))
        const before = opened.get()
        const values = await opened.set(patch)
        const changed = settingKeys.filter((key) => settingJson(values[key]) !== settingJson(before[key]))
        const lines = changed.map((key) => `${key} = ${valueText(values[key])}`)
        if (unknown.length > 0)
          lines.push(`Not taken, as this version does not know them: ${unknown.join(', ')}`)
        context.output(flags).result({ changed, unknown }, lines.join('\n') || 'Nothing to change')
      }),
    )

  settings
    .command('reset')
    .description('set settings back to their defaults')
    .argument('[names...]', 'as driad settings list shows them')
    .option('--all', 'every setting')
    .addOption(dataDirOption())
    .action((names: string[], flags: SettingsFlags & { readonly all?: boolean }) =>
      withSettings(flags, async (opened) => {
        if ((flags.all === true) === names.length > 0)
          throw new DriadError('bad_usage', 'Name the settings, or say --all')
        const keys = flags.all === true ? opened.changed() : names.map(knownKey)
        const values = await opened.reset(keys)
        const lines = keys.map((key) => `${key} = ${valueText(values[key])}`)
        context.output(flags).result({ reset: keys }, lines.join('\n') || 'Everything is at its default')
      }),
    )
}

/** Throws `bad_usage`. */
function knownKey(name: string): SettingKey {
  if (isSettingKey(name)) return name
  throw new DriadError('bad_usage', `There is no setting ${name}; see driad settings list`)
}

async function writeNewFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'EEXIST' ? 'it is there already' : String(code)
    throw new DriadError('bad_usage', `${path} cannot be written: ${why}`, { cause })
  }
}

/** Throws `bad_usage` and `too_large`. */
async function readSmallFile(path: string): Promise<string> {
  let bytes: Buffer
  try {
    const { size } = await stat(path)
    if (size > SETTINGS_FILE_BYTES)
      throw new DriadError('too_large', `A file of settings has at most ${SETTINGS_FILE_BYTES} bytes`)
    bytes = await readFile(path)
  } catch (cause) {
    if (cause instanceof DriadError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    throw new DriadError('bad_usage', `${path} cannot be read: ${String(code)}`, { cause })
  }
  return bytes.toString('utf8')
}

/** For a node that runs. */
function whenItHolds(name: SettingKey): string {
  const { holds } = settingDefinitions[name]
  if (holds === 'join') return 'it holds from the next time that the node joins'
  return holds === 'start' ? 'it holds from the next start' : 'the running node takes it up now'
}

/** Takes the value as it is, or where that is none, as JSON. Throws `bad_setting` of the first. */
async function setTo(settings: Settings, name: string, value: string) {
  try {
    return await settings.set({ [name]: value })
  } catch (error) {
    let parsed: unknown
    try {
      parsed = JSON.parse(value)
    } catch {
      throw error
    }
    return await settings.set({ [name]: parsed })
  }
}

async function withSettings(
  flags: SettingsFlags,
  work: (settings: Settings) => Promise<void>,
): Promise<void> {
  const store = openStore({ path: openDataFolder(flags.dataDir).databasePath })
  try {
    await work(openSettings({ store }))
  } finally {
    await store.close()
  }
}

function valueText(value: unknown): string {
  if (value === null) return '(not set)'
  if (typeof value === 'string') return value === '' ? '(none)' : value
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}
