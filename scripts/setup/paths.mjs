import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the clone. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

/** @param {string[]} parts a path inside the clone */
export const inRoot = (...parts) => join(root, ...parts)

/** Where set-up keeps what may be fetched again, per user and shared by all clones. */
export function cacheDir() {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'driad')
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'driad', 'Cache')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'driad')
  return join(homedir(), '.cache', 'driad')
}
