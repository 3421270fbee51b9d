import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import { isPreference, isSettingKey, type SettingValues } from './schema.ts'
import { isDefault, settingJson } from './setting-json.ts'

/** Larger than any file with all settings at their longest is likely to be. */
export const SETTINGS_FILE_BYTES = 1024 * 1024

const VERSION = 1

const fileSchema = z.object({
  driad: z.literal('settings'),
  version: z.int().min(1),
  settings: z.record(z.string().max(64), z.unknown()),
})

export interface ReadSettings {
  /** To be handed to `set`, which checks the values. */
  readonly patch: Readonly<Record<string, unknown>>
  /** Settings of another version, that this one does not know. */
  readonly unknown: readonly string[]
}

/**
 * The settings that differ from their defaults, as a text to keep or to take to another computer. Names and passwords in
 * addresses are left out: a file like that is shown around.
 */
export function writeSettingsFile(values: SettingValues): string {
  const settings = Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => isSettingKey(key) && isPreference(key) && !isDefault(key, values[key]))
      .map(([key, value]) => [key, JSON.parse(settingJson(withoutCredentials(value)))]),
  )
  return `${JSON.stringify({ driad: 'settings', version: VERSION, settings }, null, 2)}\n`
}

/** Throws `bad_setting` for a text that is no such file, or of a version to come. */
export function readSettingsFile(text: string): ReadSettings {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new DriadError('bad_setting', 'This is no file of settings: it is no JSON', { cause })
  }
  const file = fileSchema.safeParse(json)
  if (!file.success) throw new DriadError('bad_setting', 'This is no file of settings that Driad wrote')
  const { version, settings } = file.data
  if (version > VERSION)
    throw new DriadError(
      'bad_setting',
      `This file of settings is of version ${version}; this Driad reads version ${VERSION}`,
    )
  const known = Object.entries(settings).filter(([key]) => isSettingKey(key) && isPreference(key))
  return {
    patch: Object.fromEntries(known),
    unknown: Object.keys(settings).filter((key) => !isSettingKey(key)),
  }
}

function withoutCredentials(value: unknown): unknown {
  if (typeof value === 'string') return withoutUser(value)
  if (Array.isArray(value)) return value.map(withoutCredentials)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutCredentials(each)]))
}

function withoutUser(text: string): string {
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return text
  const url = new URL(text)
  if (url.username === '' && url.password === '') return text
  url.username = ''
  url.password = ''
  return url.href
}
