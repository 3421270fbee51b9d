import { isDeepStrictEqual } from 'node:util'
import type { Reader } from '../../store/contract.ts'
import { watchCommits } from '../../store/watch-commits.ts'
import type { ModelRow, ModelRows } from '../model-rows.ts'

export interface RowsFollower {
  stop(): void
}

/** Tells of the table `models` when another process may have changed it. Not while `busy`, when this one is about to write. */
export function followRows(
  components: { readonly store: Reader; readonly rows: Pick<ModelRows, 'all'> },
  init: {
    readonly pollMs: number
    readonly busy: () => boolean
    readonly onRows: (rows: readonly ModelRow[]) => void
  },
): RowsFollower {
  const { pollMs, busy, onRows } = init
  // Most commits are of other tables.
  let seen: readonly ModelRow[] | undefined
  const stop = watchCommits(components.store, {
    pollMs,
    busy,
    onCommits: () => {
      const rows = components.rows.all()
      if (isDeepStrictEqual(rows, seen)) return
      seen = rows
      onRows(rows)
    },
  })
  return { stop }
}
