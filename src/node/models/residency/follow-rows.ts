import type { Reader } from '../../store/contract.ts'
import type { ModelRow, ModelRows } from '../model-rows.ts'

export interface RowsFollower {
  stop(): void
}

/**
 * Tells of the table `models` when another process may have changed it: SQLite counts the commits that others make to the
 * file, which costs a few microseconds to read. Not while `busy`, when this process itself is about to write.
 */
export function followRows(
  components: { readonly store: Reader; readonly rows: Pick<ModelRows, 'all'> },
  init: {
    readonly pollMs: number
    readonly busy: () => boolean
    readonly onRows: (rows: readonly ModelRow[]) => void
  },
): RowsFollower {
  const versionOf = () => components.store.get<{ data_version: number }>('PRAGMA data_version')?.data_version
  let seen = versionOf()
  const timer = setInterval(() => {
    if (init.busy()) return
    const version = versionOf()
    if (version === seen) return
    seen = version
    init.onRows(components.rows.all())
  }, init.pollMs)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
