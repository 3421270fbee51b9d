import { type SettingKey, type SettingValues, settingDefinitions, settingKeys } from '../settings/schema.ts'
import type { SafeText } from './safe-text.ts'

/**
 * What a bundle tells of a setting. `as_it_is`: a number, a switch, or one of a few words. `number_of`: of a list, how many.
 * `whether_set`: only that it is not its default. `addresses`: multiaddrs, with other names in them.
 */
type Rule = 'as_it_is' | 'number_of' | 'whether_set' | 'addresses'

/** Every setting has one: whoever adds a setting decides here. */
const rules: Readonly<Record<SettingKey, Rule>> = {
  network: 'whether_set',
  listen: 'addresses',
  bootstrap: 'addresses',
  announce: 'addresses',
  relay: 'as_it_is',
  upnp: 'as_it_is',
  networkKeyFile: 'whether_set',
  allowedPeers: 'number_of',
  deniedPeers: 'number_of',
  slots: 'as_it_is',
  memoryBudgetBytes: 'as_it_is',
  idleUnloadMs: 'as_it_is',
  memoryReserveBytes: 'as_it_is',
  operatorWish: 'as_it_is',
  schedule: 'whether_set',
  idleMs: 'as_it_is',
  onBattery: 'as_it_is',
  batteryLeastPercent: 'as_it_is',
  pausePrograms: 'number_of',
  pauseFullScreen: 'as_it_is',
  othersPercent: 'as_it_is',
  maxCelsius: 'as_it_is',
  computeSharePercent: 'as_it_is',
  quietMode: 'as_it_is',
  joinOnStart: 'as_it_is',
  closeToTray: 'as_it_is',
  trayExplained: 'as_it_is',
  startAtLogin: 'as_it_is',
  startHidden: 'as_it_is',
  theme: 'as_it_is',
  language: 'as_it_is',
  notifications: 'as_it_is',
  firstRun: 'as_it_is',
  identityBackup: 'as_it_is',
  updateChannel: 'as_it_is',
  updatePolicy: 'as_it_is',
  promptMicroPer1k: 'as_it_is',
  completionMicroPer1k: 'as_it_is',
  payoutAddress: 'whether_set',
  unpaidStartMicro: 'as_it_is',
  unpaidMaxMicro: 'as_it_is',
  unpaidStrangersMicro: 'as_it_is',
  statementDays: 'as_it_is',
  tools: 'as_it_is',
  toolEndpoints: 'number_of',
  devices: 'as_it_is',
  cpuFallback: 'as_it_is',
  softwareDevices: 'as_it_is',
  modelFolders: 'number_of',
  catalogueUrl: 'whether_set',
  catalogueKey: 'whether_set',
  mailboxBytes: 'as_it_is',
  verifyShare: 'as_it_is',
  verifyModels: 'number_of',
  verifyOnNodes: 'as_it_is',
  logLevel: 'as_it_is',
  modelEndpoint: 'whether_set',
  modelMirrors: 'number_of',
  proxy: 'whether_set',
  downloadBytesPerSecond: 'as_it_is',
  downloadsAtOnce: 'as_it_is',
}

/** All settings, without what is anybody's own. */
export function toldSettings(values: SettingValues, safe: SafeText): Record<string, unknown> {
  return Object.fromEntries(settingKeys.map((key) => [key, told(key, values[key], safe)]))
}

function told(key: SettingKey, value: SettingValues[SettingKey], safe: SafeText): unknown {
  switch (rules[key]) {
    case 'as_it_is':
      return typeof value === 'bigint' ? String(value) : safe.value(value)
    case 'number_of':
      return Object.keys(value as object).length
    case 'whether_set':
      return json(value) === json(settingDefinitions[key].fallback) ? 'default' : 'set'
    case 'addresses':
      return safe.value(value)
  }
}

function json(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? String(field) : field))
}
