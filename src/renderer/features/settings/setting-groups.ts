import { guestSettings } from './guest-settings.tsx'
import { downloadSettings, modelSettings } from './model-settings.tsx'
import { unpaidSettings, workSettings } from './money-settings.tsx'
import { networkSettings } from './network-settings.tsx'
import type { SettingGroup } from './setting-group.ts'
import { trustSettings } from './trust-settings.tsx'
import { logSettings, notificationSettings, windowSettings } from './window-settings.tsx'

/** Every setting of the window, in the order in which it shows them. */
export const settingGroups: readonly SettingGroup[] = [
  guestSettings,
  networkSettings,
  workSettings,
  unpaidSettings,
  trustSettings,
  modelSettings,
  downloadSettings,
  windowSettings,
  notificationSettings,
  logSettings,
]
