import { t } from '../../../locales/translate.ts'
import type { SettingDefinition } from './setting-group.ts'
import { settingGroups } from './setting-groups.ts'

type ShownKey = SettingDefinition['key']

const shownKeys: ReadonlySet<string> = new Set(
  settingGroups.flatMap(({ rows }) => rows.map(({ key }) => key)),
)

/** What a setting is called in the window; its key where it has no row there. */
export function settingTitle(key: string): string {
  return shownKeys.has(key) ? t(`settings:row.${key as ShownKey}.title`) : key
}
