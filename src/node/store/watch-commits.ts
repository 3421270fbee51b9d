import { sharedInterval } from '../shared-interval.ts'
import type { Reader } from './contract.ts'

/**
 * Calls back when the database may have been written to since it was looked last: SQLite counts the commits of all other
 * connections to the file, this process's own writer among them, and reading that costs a few microseconds. Not while
 * `busy`. Returns how to stop.
 */
export function watchCommits(
  store: Reader,
  init: { readonly pollMs: number; readonly busy?: () => boolean; readonly onCommits: () => void },
): () => void {
  const versionOf = () => store.get<{ data_version: number }>('PRAGMA data_version')?.data_version
  let seen = versionOf()
  return sharedInterval(init.pollMs, () => {
    if (init.busy?.() === true) return
    const version = versionOf()
    if (version === seen) return
    seen = version
    init.onCommits()
  })
}
