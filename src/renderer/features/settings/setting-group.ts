import type { ReactNode } from 'react'
import type { SettingsView } from '../../../protocol/views.ts'
import type { SaveSetting } from './use-save-setting.ts'

export interface SettingDefinition {
  /** `modelToken` is none of the settings: it is kept apart, encrypted. */
  readonly key: keyof SettingsView | 'modelToken'
  readonly title: string
  readonly explanation: string
  /** The node reads it when it joins. */
  readonly atJoin?: boolean
  readonly control: (settings: SettingsView, save: SaveSetting, id: string) => ReactNode
}

export interface SettingGroup {
  readonly title: string
  readonly rows: readonly SettingDefinition[]
}
