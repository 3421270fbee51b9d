import { parseWeekHours } from '../../protocol/guest/week-hours.ts'
import type { SettingValues } from '../settings/schema.ts'
import type { GuestRules } from './contract.ts'

export function guestRules(settings: SettingValues): GuestRules {
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
