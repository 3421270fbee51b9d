import { app } from 'electron'
import type { SettingValues } from '../node/settings/schema.ts'
import { autostartEntry, autostartPath, writeAutostart } from './linux-autostart.ts'

type LoginSettings = Pick<SettingValues, 'startAtLogin' | 'startHidden'>

/**
 * Has the system start this app at login, or not: by its own list on Windows and macOS, by an autostart entry on Linux. Only
 * packages do so: a clone would be started without its set-up.
 */
export function applyStartAtLogin(settings: LoginSettings): void {
  if (!app.isPackaged) return
  const { startAtLogin, startHidden } = settings
  const args = startHidden ? ['--hidden'] : []
  if (process.platform === 'linux') {
    // An AppImage runs from a folder that is gone after it.
    const executable = process.env['APPIMAGE'] ?? process.execPath
    writeAutostart(autostartPath(process.env), startAtLogin ? autostartEntry(executable, args) : undefined)
    return
  }
  app.setLoginItemSettings({ openAtLogin: startAtLogin, args })
}

/** Whether the window is to stay hidden though no flag says so: macOS passes none to what it starts at login. */
export function wasStartedHidden({ startHidden }: LoginSettings): boolean {
  return process.platform === 'darwin' && startHidden && app.getLoginItemSettings().wasOpenedAtLogin
}
