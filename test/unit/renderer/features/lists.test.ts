import { describe, expect, it } from 'vitest'
import type { LedgerEntryView } from '../../../../src/protocol/earnings-views.ts'
import type { ModelView } from '../../../../src/protocol/views.ts'
import {
  ENTRY_PAGE_SIZE,
  type EntryPages,
  nextBeforeSeq,
  prependEntries,
} from '../../../../src/renderer/features/earnings/entry-pages.ts'
import { arrangeModels } from '../../../../src/renderer/features/models/served/arrange-models.ts'
import { indentJson } from '../../../../src/renderer/features/tasks/indent-json.ts'

const entry = (seq: number) => ({ seq }) as LedgerEntryView
const pagesOf = (...pages: number[][]): EntryPages => ({
  pages: pages.map((page) => page.map(entry)),
  pageParams: pages.map(() => null),
})
const seqs = (pages: EntryPages) => pages.pages.map((page) => page.map(({ seq }) => seq))

describe('ledger pages', () => {
  it('take new entries on top, newest first, none twice', () => {
    expect(seqs(prependEntries(pagesOf([3, 2], [1]), [entry(3), entry(4), entry(5)]))).toEqual([
      [5, 4, 3, 2],
      [1],
    ])
  })

  it('stay the same object where nothing is new', () => {
    const pages = pagesOf([3])
    expect(prependEntries(pages, [entry(2)])).toBe(pages)
  })

  it('let the older ones go where there are more than are kept, and go on after those that stay', () => {
    const many = Array.from({ length: 900 }, (_, index) => 900 - index)
    const pages = prependEntries(pagesOf(many, [0]), [entry(901)], 901)
    expect(seqs(pages)).toEqual([Array.from({ length: ENTRY_PAGE_SIZE }, (_, index) => 901 - index)])
    expect(pages.pageParams).toHaveLength(1)
    expect(nextBeforeSeq(pages.pages[0] ?? [], ENTRY_PAGE_SIZE)).toBe(802)
    expect(seqs(prependEntries(pagesOf(many, [0]), [entry(901)], 902))).toHaveLength(2)
  })

  it('know where the next one begins, and when there is none', () => {
    expect(nextBeforeSeq([entry(9), entry(8)], 2)).toBe(8)
    expect(nextBeforeSeq([entry(9)], 2)).toBeUndefined()
    expect(nextBeforeSeq([entry(2), entry(1)], 2)).toBeUndefined()
    expect(nextBeforeSeq([], 2)).toBeUndefined()
  })
})

describe('arrangeModels', () => {
  const model = (name: string, patch: Partial<ModelView> = {}) =>
    ({ name, path: `/m/${name}.gguf`, state: 'ready', sizeBytes: 1, ...patch }) as ModelView
  const models = [
    model('b', { sizeBytes: 5 }),
    model('a', { state: 'unloaded', tokensPerSecond: 9 }),
    model('c', { state: 'failed', quantisation: 'Q4_K_M' }),
  ]
  const names = (search: string, order: Parameters<typeof arrangeModels>[2]) =>
    arrangeModels(models, search, order).map(({ name }) => name)

  it('puts what needs attention first, then what is loaded', () => {
    expect(names('', 'state')).toEqual(['c', 'b', 'a'])
  })

  it('orders by name, size and speed', () => {
    expect(names('', 'name')).toEqual(['a', 'b', 'c'])
    expect(names('', 'size')[0]).toBe('b')
    expect(names('', 'speed')[0]).toBe('a')
  })

  it('searches names, kinds and files', () => {
    expect(names('q4_k', 'name')).toEqual(['c'])
    expect(names('/M/', 'name')).toEqual(['a', 'b', 'c'])
  })
})

it('indents JSON and leaves other text alone', () => {
  expect(indentJson('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(indentJson('{half')).toBe('{half')
})
