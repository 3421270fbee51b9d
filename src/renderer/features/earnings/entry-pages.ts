import type { InfiniteData } from '@tanstack/react-query'
import type { LedgerEntryView } from '../../../protocol/earnings-views.ts'

export type EntryPages = InfiniteData<LedgerEntryView[]>

/** Where the loaded pages stand in the query cache. */
export function entryPagesKey(procedureKey: readonly unknown[]): readonly unknown[] {
  return [...procedureKey, 'pages']
}

/** Puts new entries before those loaded, newest first; entries that are already there are not repeated. */
export function prependEntries(pages: EntryPages, added: readonly LedgerEntryView[]): EntryPages {
  const [first, ...rest] = pages.pages
  if (first === undefined) return pages
  const newestSeq = first[0]?.seq ?? 0
  const fresh = added.filter((entry) => entry.seq > newestSeq).sort((a, b) => b.seq - a.seq)
  return fresh.length === 0 ? pages : { ...pages, pages: [[...fresh, ...first], ...rest] }
}

/** Where the next page begins; undefined where the last page was the last. */
export function nextBeforeSeq(lastPage: readonly LedgerEntryView[], pageSize: number): number | undefined {
  const oldest = lastPage.at(-1)
  return oldest === undefined || lastPage.length < pageSize || oldest.seq <= 1 ? undefined : oldest.seq
}
