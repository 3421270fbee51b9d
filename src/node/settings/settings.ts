import type { z } from 'zod'
import { DriadError, type InputIssue } from '../../protocol/errors.ts'
import type { SettingsView } from '../../protocol/views.ts'
import type { Logger } from '../logs/contract.ts'
import type { Store } from '../store/contract.ts'
import {
  isPreference,
  isSettingKey,
  type SettingKey,
  type SettingsPatch,
  type SettingValues,
  settingDefinitions,
  settingKeys,
} from './schema.ts'
import { isDefault, settingJson } from './setting-json.ts'

export interface Settings {
  /** Every setting, those nobody set with their defaults. */
  get(): SettingValues
  /**
   * Changes some settings, durably. Throws `bad_setting` with every issue at once, and changes nothing then.
   * Listeners hear of it before it resolves.
   */
  set(patch: SettingsPatch | Readonly<Record<string, unknown>>): Promise<SettingValues>
  /** The values of a patch, as `set` would take them. Throws `bad_setting` with every issue at once. */
  check(patch: Readonly<Record<string, unknown>>): Partial<SettingValues>
  /** Sets these settings back to their defaults, durably; all that are preferences where none is named. */
  reset(keys?: readonly SettingKey[]): Promise<SettingValues>
  /** Preferences whose values are not their defaults. */
  changed(): readonly SettingKey[]
  /** Takes over what another process wrote of these settings meanwhile; of others it is taken at the next start. */
  refresh(keys: readonly SettingKey[]): void
  /** The same as `get`, as the window shows it: money as text. */
  view(): SettingsView
  /** Called with all settings after some changed. Returns a function that removes the listener. */
  onChange(listener: (values: SettingValues) => void): () => void
}

export interface OpenSettingsInit {
  readonly store: Store
  readonly logger?: Logger
  readonly now?: () => number
}

/**
 * Reads the settings. Keys that this version does not know stay in the store untouched; a value that is not valid
 * any more is ignored, and said in the log.
 */
export function openSettings(init: OpenSettingsInit): Settings {
  return new StoredSettings(init)
}

class StoredSettings implements Settings {
  readonly #store: Store
  readonly #logger: Logger | undefined
  readonly #now: () => number
  readonly #listeners = new Set<(values: SettingValues) => void>()
  #values: SettingValues

  constructor(init: OpenSettingsInit) {
    this.#store = init.store
    this.#logger = init.logger?.scope('settings')
    this.#now = init.now ?? Date.now
    this.#values = this.#read()
  }

  get(): SettingValues {
    return this.#values
  }

  async set(patch: SettingsPatch | Readonly<Record<string, unknown>>): Promise<SettingValues> {
    const parsed = parsePatch(patch)
    const entries = Object.entries(parsed)
    if (entries.length === 0) return this.#values
    const atMs = this.#now()
    await this.#store.write((tx) => {
      for (const [key, value] of entries) {
        tx.run(
          `INSERT INTO settings (key, value_json, updated_at_ms) VALUES (?, ?, ?)
           ON CONFLICT (key) DO UPDATE SET value_json = excluded.value_json, updated_at_ms = excluded.updated_at_ms`,
          key,
          settingJson(value),
          atMs,
        )
      }
    })
    const before = this.#values
    this.#values = { ...before, ...parsed }
    const changed = entries.some(
      ([key, value]) => settingJson(before[key as SettingKey]) !== settingJson(value),
    )
    if (changed) this.#tell()
    return this.#values
  }

  async reset(keys: readonly SettingKey[] = settingKeys.filter(isPreference)): Promise<SettingValues> {
    await this.#store.write((tx) => {
      for (const key of keys) tx.run('DELETE FROM settings WHERE key = ?', key)
    })
    const before = this.#values
    const defaults = Object.fromEntries(keys.map((key) => [key, settingDefinitions[key].fallback]))
    this.#values = { ...before, ...defaults }
    if (keys.some((key) => !isDefault(key, before[key]))) this.#tell()
    return this.#values
  }

  check(patch: Readonly<Record<string, unknown>>): Partial<SettingValues> {
    return parsePatch(patch)
  }

  changed(): readonly SettingKey[] {
    return settingKeys.filter((key) => isPreference(key) && !isDefault(key, this.#values[key]))
  }

  refresh(keys: readonly SettingKey[]): void {
    const fresh: Record<string, unknown> = {}
    const stored = new Map(this.#rows().map(({ key, value_json }) => [key, value_json]))
    for (const key of keys) {
      const json = stored.get(key)
      const known = settingJson(this.#values[key])
      if (json === known) continue
      // Another process may have set it back to its default.
      const parsed =
        json === undefined
          ? { ok: true as const, value: settingDefinitions[key].fallback }
          : parseStored(key, json)
      // Compared as parsed, for what is stored may be written otherwise and mean the same.
      if (parsed.ok && settingJson(parsed.value) !== known) fresh[key] = parsed.value
    }
    if (Object.keys(fresh).length === 0) return
    this.#values = { ...this.#values, ...fresh }
    this.#tell()
  }

  view(): SettingsView {
    const { network, listen, bootstrap, slots, joinOnStart, closeToTray, theme, language } = this.#values
    const { modelEndpoint, modelMirrors, proxy, downloadBytesPerSecond, downloadsAtOnce } = this.#values
    const { modelFolders, memoryBudgetBytes, memoryReserveBytes, idleUnloadMs } = this.#values
    const { catalogueUrl, catalogueKey, payoutAddress, statementDays, mailboxBytes } = this.#values
    const { announce, relay, upnp, networkKeyFile } = this.#values
    const { schedule, idleMs, onBattery, batteryLeastPercent, pausePrograms, pauseFullScreen } = this.#values
    const { othersPercent, maxCelsius, computeSharePercent, quietMode, startAtLogin, startHidden } =
      this.#values
    const { updateChannel, updatePolicy } = this.#values
    return {
      network,
      listen,
      bootstrap,
      announce,
      relay,
      upnp,
      networkKeyFile,
      slots,
      joinOnStart,
      closeToTray,
      startAtLogin,
      startHidden,
      schedule,
      idleMs,
      onBattery,
      batteryLeastPercent,
      pausePrograms,
      pauseFullScreen,
      othersPercent,
      maxCelsius,
      computeSharePercent,
      quietMode,
      updateChannel,
      updatePolicy,
      theme,
      language,
      notifications: this.#values.notifications,
      logLevel: this.#values.logLevel,
      modelEndpoint,
      modelMirrors,
      proxy,
      downloadBytesPerSecond,
      downloadsAtOnce,
      modelFolders,
      memoryBudgetBytes,
      memoryReserveBytes,
      idleUnloadMs,
      catalogueUrl,
      catalogueKey,
      mailboxBytes,
      promptMicroPer1k: String(this.#values.promptMicroPer1k),
      completionMicroPer1k: String(this.#values.completionMicroPer1k),
      payoutAddress,
      unpaidStartMicro: String(this.#values.unpaidStartMicro),
      unpaidMaxMicro: String(this.#values.unpaidMaxMicro),
      unpaidStrangersMicro: String(this.#values.unpaidStrangersMicro),
      statementDays,
      verifyShare: this.#values.verifyShare,
      verifyOnNodes: this.#values.verifyOnNodes,
      verifyModels: this.#values.verifyModels,
    }
  }

  onChange(listener: (values: SettingValues) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) {
      try {
        listener(this.#values)
      } catch (error) {
        this.#logger?.error('A listener for settings failed', { error })
      }
    }
  }

  #rows(): readonly { key: string; value_json: string }[] {
    return this.#store.all('SELECT key, value_json FROM settings')
  }

  #read(): SettingValues {
    const values: Record<string, unknown> = {}
    for (const key of settingKeys) values[key] = settingDefinitions[key].fallback
    for (const row of this.#rows()) {
      if (!isSettingKey(row.key)) continue
      const parsed = parseStored(row.key, row.value_json)
      if (parsed.ok) values[row.key] = parsed.value
      else
        this.#logger?.warn(`The stored setting ${row.key} is not valid; using its default`, {
          reason: parsed.reason,
        })
    }
    return values as SettingValues
  }
}

function parsePatch(patch: Readonly<Record<string, unknown>>): Partial<SettingValues> {
  const issues: InputIssue[] = []
  const parsed: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (!isSettingKey(key)) {
      issues.push({ path: key, expected: `one of ${settingKeys.join(', ')}`, found: 'an unknown setting' })
      continue
    }
    const result = settingDefinitions[key].schema.safeParse(value)
    if (result.success) parsed[key] = result.data
    else issues.push(...issuesOf(key, result.error.issues, value))
  }
  if (issues.length > 0) {
    const list = issues.map((issue) => `${issue.path}: expected ${issue.expected}`).join('; ')
    throw new DriadError('bad_setting', `Some settings are not valid. ${list}`, { issues })
  }
  return parsed as Partial<SettingValues>
}

/** One for each value: where several checks refuse it, the first says enough. */
function issuesOf(key: SettingKey, found: readonly z.core.$ZodIssue[], value: unknown): InputIssue[] {
  const byPath = new Map<string, InputIssue>()
  for (const each of found) {
    const issue = toIssue(key, each, value)
    if (!byPath.has(issue.path)) byPath.set(issue.path, issue)
  }
  return [...byPath.values()]
}

function toIssue(key: SettingKey, issue: z.core.$ZodIssue, value: unknown): InputIssue {
  const path = issue.path.reduce<string>((text, part) => `${text}[${String(part)}]`, key)
  let found: unknown = value
  for (const part of issue.path) found = (found as Record<PropertyKey, unknown> | undefined)?.[part]
  return { path, expected: issue.message, found: describe(found) }
}

/** What a stored value means, or why it means nothing. */
export function parseStored(
  key: SettingKey,
  json: string,
): { ok: true; value: unknown } | { ok: false; reason: string } {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return { ok: false, reason: 'not JSON' }
  }
  const result = settingDefinitions[key].schema.safeParse(value)
  if (result.success) return { ok: true, value: result.data }
  return { ok: false, reason: result.error.issues.map((issue) => issue.message).join('; ') }
}

function describe(value: unknown): string {
  const text = settingJson(value) ?? String(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
