import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import type { RecoveryLoss } from '../../protocol/recovery-views.ts'
import type { DataFolder } from '../data-folder.ts'
import type { Logger } from '../logs/contract.ts'
import { isSettingKey } from '../settings/schema.ts'
import { parseStored } from '../settings/settings.ts'
import { Connection } from '../store/connection.ts'
import type { Reader, Store } from '../store/contract.ts'
import { listBackups } from './backup-files.ts'
import { damageFolder, freeName } from './kept-damage.ts'
import { notesOf } from './recover-database.ts'
import { lossText } from './recovery-text.ts'
import { writeWhole } from './write-whole.ts'

interface MendSettingsInit {
  readonly folder: DataFolder
  readonly store: Store
  readonly logger: Logger
  readonly nowMs?: number
}

/**
 * Puts settings whose stored value means nothing back to that of the newest backup in which it does, or else to their default. What was
 * there is kept.
 */
export async function mendSettings(init: MendSettingsInit): Promise<void> {
  const { folder, store, logger, nowMs = Date.now() } = init
  const broken = rawSettings(store).filter(({ key, text }) => isSettingKey(key) && !isSound(key, text))
  if (broken.length === 0) return
  const found = new Map(broken.map(({ key }) => [key, inBackups(folder, key)]))
  const keptPath = keep(folder, broken, nowMs)
  await store.write((tx) => {
    for (const [key, value] of found) {
      if (value === undefined) tx.run('DELETE FROM settings WHERE key = ?', key)
      else tx.run('UPDATE settings SET value_json = ? WHERE key = ?', value.text, key)
    }
  })
  const copyAtMs = Math.max(0, ...[...found.values()].map((value) => value?.madeAtMs ?? 0))
  const note = {
    id: uuidv7(),
    atMs: nowMs,
    subject: 'settings' as const,
    reason: 'Some settings had values that mean nothing',
    ...(copyAtMs > 0 && { copyAtMs }),
    lost: [...found].map(
      ([key, value]): RecoveryLoss => ({
        what: 'setting',
        key,
        from: value === undefined ? 'default' : 'copy',
      }),
    ),
    keptPath,
    dismissed: false,
  }
  notesOf(folder).add(note)
  logger.warn(`Some settings were damaged. ${lossText(note)}`, { keptPath })
}

/** Puts every setting to its default, from the next start. What was set is kept. */
export async function resetSettings(init: MendSettingsInit): Promise<void> {
  const { folder, store, logger, nowMs = Date.now() } = init
  const all = rawSettings(store)
  if (all.length === 0) return
  const keptPath = keep(folder, all, nowMs)
  await store.write((tx) => tx.run('DELETE FROM settings'))
  notesOf(folder).add({
    id: uuidv7(),
    atMs: nowMs,
    subject: 'settings',
    reason: 'All settings were reset, as you asked',
    lost: all.map(({ key }) => ({ what: 'setting', key, from: 'default' })),
    keptPath,
    dismissed: false,
  })
  logger.warn('All settings were reset', { keptPath })
}

interface RawSetting {
  readonly key: string
  readonly text: string
}

/** As bytes, for damaged text could not be read otherwise. */
function rawSettings(reader: Reader): RawSetting[] {
  return reader
    .all<{ key: Uint8Array; value: Uint8Array }>(
      'SELECT CAST(key AS BLOB) AS key, CAST(value_json AS BLOB) AS value FROM settings',
    )
    .map(({ key, value }) => ({ key: Buffer.from(key).toString(), text: Buffer.from(value).toString() }))
}

function isSound(key: string, text: string): boolean {
  return isSettingKey(key) && parseStored(key, text).ok
}

function inBackups(folder: DataFolder, key: string): { text: string; madeAtMs: number } | undefined {
  for (const { path, madeAtMs } of listBackups(folder)) {
    let connection: Connection | undefined
    try {
      connection = new Connection({ path, readOnly: true, busyTimeoutMs: 0 })
      const row = rawSettings(connection).find((setting) => setting.key === key)
      // That it was not set then is as good an answer.
      if (row === undefined) return undefined
      if (isSound(key, row.text)) return { text: row.text, madeAtMs }
    } catch {
      // The one before it may be whole.
    } finally {
      connection?.close()
    }
  }
  return undefined
}

function keep(folder: DataFolder, settings: readonly RawSetting[], nowMs: number): string {
  const path = freeName(damageFolder(folder.damagedFolder, nowMs), 'settings.json')
  const values = Object.fromEntries(settings.map(({ key, text }) => [key, text]))
  writeWhole(path, `${JSON.stringify(values, null, 2)}\n`)
  return join(path)
}
