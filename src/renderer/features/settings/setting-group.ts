import type { ReactNode } from 'react'
import type { GuestSignal } from '../../../protocol/guest/pause-views.ts'
import type { SettingsView } from '../../../protocol/views.ts'
import type { SaveSetting } from './use-save-setting.ts'

/** Updates have a panel of their own. */
type ShownSetting = Exclude<keyof SettingsView, 'updateChannel' | 'updatePolicy'> | 'modelToken'

export interface SettingDefinition {
  /**
   * Its words are `settings:row.<key>.title` and `.explanation`. `modelToken` is none of the settings: it is kept apart,
   * encrypted.
   */
  readonly key: ShownSetting
  /** The node reads it when it joins. */
  readonly atJoin?: boolean
  /** Its control takes the whole width, below the words. */
  readonly wide?: boolean
  /** What the rule has to know of the computer: it is said where that cannot be found out. */
  readonly signal?: GuestSignal
  readonly control: (settings: SettingsView, save: SaveSetting, id: string) => ReactNode
}

/** Its words are `settings:group.<id>`. */
export type SettingGroupId =
  | 'guest'
  | 'network'
  | 'work'
  | 'unpaid'
  | 'trust'
  | 'models'
  | 'downloads'
  | 'window'
  | 'notifications'
  | 'logs'

export interface SettingGroup {
  readonly id: SettingGroupId
  readonly rows: readonly SettingDefinition[]
}
