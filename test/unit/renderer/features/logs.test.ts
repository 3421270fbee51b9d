import { describe, expect, it } from 'vitest'
import type { LogLineView } from '../../../../src/protocol/views.ts'
import { LogBuffer } from '../../../../src/renderer/features/logs/log-buffer.ts'
import {
  filterLines,
  lineText,
  parseSearch,
  splitMatches,
} from '../../../../src/renderer/features/logs/log-filter.ts'

const line = (seq: number, patch: Partial<LogLineView> = {}): LogLineView => ({
  seq,
  atMs: new Date(2026, 10, 22, 14, 5, 3, 7).getTime(),
  level: 'info',
  scope: 'tasks',
  message: `line ${seq}`,
  ...patch,
})
const all = { level: 'debug', scopes: [], search: { kind: 'all' } } as const
const seqs = (lines: readonly LogLineView[]) => lines.map(({ seq }) => seq)

describe('filterLines', () => {
  const lines = [
    line(1, { level: 'debug', scope: 'network' }),
    line(2, { level: 'warn', message: 'Peer gone', fields: { peer: '12D3KooW' } }),
    line(3, { level: 'error', scope: 'network', message: 'a.b' }),
  ]

  it('lets everything through unchanged where nothing is filtered', () => {
    expect(filterLines(lines, all)).toBe(lines)
  })

  it('takes a level and what is above it', () => {
    expect(seqs(filterLines(lines, { ...all, level: 'warn' }))).toEqual([2, 3])
  })

  it('takes the scopes that are picked', () => {
    expect(seqs(filterLines(lines, { ...all, scopes: ['network'] }))).toEqual([1, 3])
  })

  it('finds plain text in messages and fields, whatever its case, and takes no sign for a pattern', () => {
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('peer GONE', false) }))).toEqual([2])
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('peer=12d3', false) }))).toEqual([2])
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('a.b', false) }))).toEqual([3])
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('.', false) }))).toEqual([3])
  })

  it('finds by expression; capitals in it make it exact', () => {
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('^network line', true) }))).toEqual([1])
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('PEER', true) }))).toEqual([])
  })

  it('hides nothing while an expression is half typed, and says what is wrong with it', () => {
    const search = parseSearch('(peer', true)
    expect(search.kind).toBe('invalid')
    expect(filterLines(lines, { ...all, search })).toBe(lines)
  })
})

describe('splitMatches', () => {
  it('marks every match and loses no text', () => {
    const pieces = splitMatches('one two one', parseSearch('ONE', false))
    expect(pieces).toEqual([
      { text: 'one', match: true },
      { text: ' two ', match: false },
      { text: 'one', match: true },
    ])
  })

  it('survives an expression that matches nothing at all', () => {
    expect(splitMatches('abc', parseSearch('x*', true))).toEqual([{ text: 'abc', match: false }])
  })
})

it('writes a line for files and the clipboard', () => {
  expect(lineText(line(1, { fields: { model: 'demo', threads: 1, ids: [1] } }))).toBe(
    '2026-11-22 14:05:03.007 INFO  tasks      line 1 model=demo threads=1 ids=[1]',
  )
})

describe('LogBuffer', () => {
  it('keeps the newest lines, in one new array a change', () => {
    const buffer = new LogBuffer(3)
    let changes = 0
    buffer.subscribe(() => {
      changes += 1
    })
    buffer.append([line(1), line(2)])
    const before = buffer.snapshot()
    buffer.append([line(3), line(4)])
    expect(seqs(buffer.snapshot())).toEqual([2, 3, 4])
    expect(seqs(before)).toEqual([1, 2])
    expect(changes).toBe(2)
  })

  it('adds nothing twice when a replay overlaps, even after it was cleared', () => {
    const buffer = new LogBuffer()
    buffer.append([line(1), line(2)])
    const before = buffer.snapshot()
    buffer.append([line(1), line(2)])
    expect(buffer.snapshot()).toBe(before)
    buffer.clear()
    buffer.append([line(2), line(3)])
    expect(seqs(buffer.snapshot())).toEqual([3])
  })
})
