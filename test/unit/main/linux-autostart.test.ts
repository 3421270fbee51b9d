import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { autostartEntry, autostartPath, writeAutostart } from '../../../src/main/linux-autostart.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

it('writes an autostart entry, and takes it away again', () => {
  using folder = tempFolder()
  const path = autostartPath({ XDG_CONFIG_HOME: folder.path })
  expect(path).toBe(join(folder.path, 'autostart', 'driad.desktop'))
  expect(autostartPath({})).toBe(join(homedir(), '.config', 'autostart', 'driad.desktop'))
  writeAutostart(path, undefined)
  writeAutostart(path, autostartEntry('/opt/Driad/driad-desktop', ['--hidden']))
  expect(readFileSync(path, 'utf8')).toContain('Exec="/opt/Driad/driad-desktop" "--hidden"\n')
  writeAutostart(path, undefined)
  expect(existsSync(path)).toBe(false)
})

it('quotes what a shell or the file format would read otherwise', () => {
  const entry = autostartEntry('/home/a b/50% "$x`\\app', [])
  expect(entry).toContain('Exec="/home/a b/50%% \\\\"\\\\$x\\\\`\\\\\\\\app"\n')
})
