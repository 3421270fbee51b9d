import { type SettingKey, settingDefinitions } from './schema.ts'

/** As settings are stored: JSON, with money as a text. */
export function settingJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? String(field) : field))
}

/** Whether a setting's value is what it is where nobody set it. */
export function isDefault(key: SettingKey, value: unknown): boolean {
  return settingJson(value) === settingJson(settingDefinitions[key].fallback)
}
