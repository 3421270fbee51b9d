import { Switch } from '@mantine/core'
import type { SettingsView } from '../../../protocol/views.ts'
import type { SettingDefinition } from './setting-group.ts'

type OnOffKey = {
  [Key in keyof SettingsView]: SettingsView[Key] extends boolean ? Key : never
}[keyof SettingsView]

/** The row of a setting that is on or off. */
export function switchRow(
  key: OnOffKey,
  more: Pick<SettingDefinition, 'atJoin' | 'signal'> & {
    readonly isDisabled?: (settings: SettingsView) => boolean
  } = {},
): SettingDefinition {
  const { isDisabled, ...rest } = more
  return {
    key,
    ...rest,
    control: (settings, save, id) => (
      <Switch
        id={id}
        checked={settings[key]}
        disabled={isDisabled?.(settings) ?? false}
        onChange={(event) => save(key, event.currentTarget.checked)}
      />
    ),
  }
}
