import { parseWeekHours } from '../../protocol/guest/week-hours.ts'
import type { SettingKey, SettingValues } from '../settings/schema.ts'
import type { GuestRules } from './contract.ts'

/** The settings that other processes of the folder may change while a node runs: they hold at once. */
export const guestSettings = [
  'operatorWish',
  'schedule',
  'idleMs',
  'onBattery',
  'batteryLeastPercent',
  'pausePrograms',
  'pauseFullScreen',
  'othersPercent',
  'maxCelsius',
  'computeSharePercent',
  'quietMode',
] as const satisfies readonly SettingKey[]

export function guestRules(
  settings: Pick<SettingValues, Exclude<(typeof guestSettings)[number], 'operatorWish'>>,
): GuestRules {
  return {
    schedule: settings.schedule === '' ? undefined : parseWeekHours(settings.schedule),
    idleMs: settings.idleMs,
    onBattery: settings.onBattery,
    batteryLeastPercent: settings.batteryLeastPercent,
    programs: settings.pausePrograms,
    fullScreen: settings.pauseFullScreen,
    othersPercent: settings.othersPercent,
    maxCelsius: settings.maxCelsius,
    quietMode: settings.quietMode,
  }
}
