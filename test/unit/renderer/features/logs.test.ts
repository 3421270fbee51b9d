import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import type { LogLineView } from '../../../../src/protocol/views.ts'
import { LineFinder } from '../../../../src/renderer/features/logs/line-finder.ts'
import { LogBuffer } from '../../../../src/renderer/features/logs/log-buffer.ts'
import {
  type LogFilter,
  linesText,
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
const filterLines = (lines: readonly LogLineView[], filter: LogFilter) => {
  const finder = new LineFinder(filter)
  finder.look(lines, 60_000)
  return finder.found
}
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
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('peer GONE', 'text') }))).toEqual([2])
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('peer=12d3', 'text') }))).toEqual([2])
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('a.b', 'text') }))).toEqual([3])
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('.', 'text') }))).toEqual([3])
  })

  it('finds by expression; capitals in it make it exact', () => {
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('^network line', RE2JS) }))).toEqual([1])
    expect(seqs(filterLines(lines, { ...all, search: parseSearch('PEER', RE2JS) }))).toEqual([])
  })

  it('hides nothing while an expression is half typed, and says what is wrong with it', () => {
    const search = parseSearch('(peer', RE2JS)
    expect(search.kind).toBe('invalid')
    expect(filterLines(lines, { ...all, search })).toBe(lines)
  })
})

describe('LineFinder', () => {
  const some = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) =>
      line(from + index, { message: (from + index) % 3 === 0 ? 'third' : 'other' }),
    )
  const thirds = { ...all, search: parseSearch('third', RE2JS) }

  it('looks at each line once, adds what comes, and lets go of what went', () => {
    let looks = 0
    const search = parseSearch('third', 'text')
    if (search.kind !== 'matching') throw new Error('It is a search')
    const test = (text: string) => {
      looks += 1
      return search.test(text)
    }
    const counting = { ...search, test }
    const finder = new LineFinder({ ...all, search: counting })
    finder.look(some(1, 10), 60_000)
    expect(seqs(finder.found)).toEqual([3, 6, 9])
    const before = finder.found
    finder.look(some(1, 10), 60_000)
    expect(finder.found).toBe(before)
    finder.look(some(5, 12), 60_000)
    expect(seqs(finder.found)).toEqual([6, 9, 12])
    expect(looks).toBe(12)
    finder.look([], 60_000)
    expect(finder.found).toEqual([])
  })

  it('stops after its slice, says so, and goes on where it stopped', () => {
    const lines = some(1, 1_000)
    const finder = new LineFinder(thirds)
    finder.look(lines, -1)
    expect(finder.isDone).toBe(false)
    expect(finder.found.length).toBeLessThan(40)
    let slices = 1
    while (!finder.isDone) {
      finder.look(lines, -1)
      slices += 1
    }
    expect(finder.found).toHaveLength(333)
    expect(slices).toBe(20)
  })
})

describe('parseSearch', () => {
  it('takes time in proportion to the text, whatever is typed', () => {
    // In JavaScript's own engine each letter more doubles the time of this one; so many would take longer than the world is old.
    const search = parseSearch('^(a+)+$', RE2JS)
    const found = filterLines([line(1, { message: `${'a'.repeat(2_000)}!` })], { ...all, search })
    expect(found).toEqual([])
  })

  it.each(['(peer', 'a**b{3,1}', '(?=ahead)', '(a)\\1', '[z-a]', 'x{2000}', 'y'.repeat(1_001)])(
    'tells what is wrong with %s',
    (text) => {
      const search = parseSearch(text, RE2JS)
      expect(search).toMatchObject({ kind: 'invalid', problem: expect.stringMatching(/\S/) })
    },
  )

  it('lets everything through until there is an engine', () => {
    expect(parseSearch('peer', undefined)).toEqual({ kind: 'all' })
  })
})

describe('splitMatches', () => {
  it('marks every match and loses no text', () => {
    const pieces = splitMatches('one two one', parseSearch('ONE', 'text'))
    expect(pieces).toEqual([
      { text: 'one', match: true },
      { text: ' two ', match: false },
      { text: 'one', match: true },
    ])
  })

  it('survives an expression that matches nothing at all', () => {
    expect(splitMatches('abc', parseSearch('x*', RE2JS))).toEqual([{ text: 'abc', match: false }])
  })
})

it('writes a line for files and the clipboard', () => {
  expect(lineText(line(1, { fields: { model: 'demo', threads: 1, ids: [1] } }))).toBe(
    '2026-11-22 14:05:03.007 INFO  tasks      line 1 model=demo threads=1 ids=[1]',
  )
})

it('writes the newest lines where not all have room', () => {
  const lines = [line(1), line(2), line(3)]
  const one = lineText(line(3)).length + 1
  expect(linesText(lines, 2 * one)).toBe(`${lineText(line(2))}\n${lineText(line(3))}\n`)
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
