import type { InfiniteData } from '@tanstack/react-query'
import type { LedgerEntryView } from '../../../protocol/earnings-views.ts'

export type EntryPages = InfiniteData<LedgerEntryView[]>

/** Where the loaded pages stand in the query cache. */
export function entryPagesKey(procedureKey: readonly unknown[]): readonly unknown[] {
  return [...procedureKey, 'pages']
}

/** Entries of one page. */
export const ENTRY_PAGE_SIZE = 100

/** Rows that are kept; above it the older ones are let go and fetched again when they are scrolled to. */
export const MAX_LISTED_ENTRIES = 10_000

/** Puts new entries before those loaded, newest first; entries that are already there are not repeated. Keeps `most` at most. */
export function prependEntries(
  pages: EntryPages,
  added: readonly LedgerEntryView[],
  most = MAX_LISTED_ENTRIES,
): EntryPages {
  const [first, ...rest] = pages.pages
  if (first === undefined) return pages
  const newestSeq = first[0]?.seq ?? 0
  const fresh = added.filter((entry) => entry.seq > newestSeq).sort((a, b) => b.seq - a.seq)
  if (fresh.length === 0) return pages
  const newest = [...fresh, ...first]
  const length = rest.reduce((sum, page) => sum + page.length, newest.length)
  if (length <= most) return { ...pages, pages: [newest, ...rest] }
  return { pages: [newest.slice(0, ENTRY_PAGE_SIZE)], pageParams: pages.pageParams.slice(0, 1) }
}

/** Where the next page begins; undefined where the last page was the last. */
export function nextBeforeSeq(lastPage: readonly LedgerEntryView[], pageSize: number): number | undefined {
  const oldest = lastPage.at(-1)
  return oldest === undefined || lastPage.length < pageSize || oldest.seq <= 1 ? undefined : oldest.seq
}
