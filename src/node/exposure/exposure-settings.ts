import type { SettingValues } from '../settings/schema.ts'
import type { ExposureBounds } from './exposure-rule.ts'

/** The bounds that the operator has set. */
export function exposureBounds(settings: SettingValues): ExposureBounds {
  return {
    startMicro: settings.unpaidStartMicro,
    maxMicro: settings.unpaidMaxMicro,
    strangersMicro: settings.unpaidStrangersMicro,
  }
}
