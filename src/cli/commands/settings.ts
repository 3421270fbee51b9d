import type { Command } from 'commander'
import { existingDataFolder, openDataFolder } from '../../node/data-folder.ts'
import { createLogger } from '../../node/logs/create-logger.ts'
import { resetSettings } from '../../node/recovery/mend-settings.ts'
import { isSettingKey, type SettingKey, settingDefinitions, settingKeys } from '../../node/settings/schema.ts'
import { openSettings, type Settings } from '../../node/settings/settings.ts'
import { isFolderHeld, takeFolderLock } from '../../node/store/folder-lock.ts'
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
    .command('reset')
    .description('put every setting to its default; what was set is kept in the folder damaged')
    .addOption(dataDirOption())
    .action(async (flags: SettingsFlags) => {
      await reset(flags)
      context.output(flags).result({ reset: true }, 'Every setting has its default')
    })

  settings
    .command('set')
    .description('change a setting')
    .argument('<name>', 'as driad settings list shows it')
    .argument('<value>', 'a text, or JSON')
    .addOption(dataDirOption())
    .action((name: string, value: string, flags: SettingsFlags) =>
      withSettings(flags, async (opened) => {
        if (!isSettingKey(name)) {
          throw new DriadError('bad_usage', `There is no setting ${name}; see driad settings list`)
        }
        const values = await setTo(opened, name, value)
        const isRunning = isFolderHeld(openDataFolder(flags.dataDir).nodeLockPath)
        const when = isRunning ? `; ${whenItHolds(name)}` : ''
        context.output(flags).result({ [name]: values[name] }, `${name} = ${valueText(values[name])}${when}`)
      }),
    )
}

/** Not beside a node, which has what was set in memory. */
async function reset(flags: SettingsFlags): Promise<void> {
  const folder = existingDataFolder(flags.dataDir)
  const lock = takeFolderLock(folder.nodeLockPath)
  const logs = createLogger({ level: 'error', destinations: { stderr: 'pretty' } })
  try {
    const store = openStore({ path: folder.databasePath })
    try {
      await resetSettings({ folder, store, logger: logs.logger })
    } finally {
      await store.close()
    }
  } finally {
    await logs.close()
    lock.release()
  }
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
