import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextFollower } from '../../../src/inference-child/text-follower.ts'
import { compactJson } from '../../../src/protocol/workflow/json-text.ts'

/** A text in pieces of random lengths. */
function pieces(text: string, lengths: readonly number[]): string[] {
  const parts: string[] = []
  for (let at = 0, index = 0; at < text.length; index++) {
    const length = lengths[index % lengths.length] ?? 1
    parts.push(text.slice(at, at + length))
    at += length
  }
  return parts
}

const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 9 })

describe('following a text', () => {
  it('goes to its end by any of its pieces', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), lengths, (text, cuts) => {
        const follower = new TextFollower(text, { compact: false, openEnd: false })
        for (const piece of pieces(text, cuts)) expect(follower.take(piece)).toBe(true)
        expect(follower.rest).toBe('')
      }),
    )
  })

  it('follows JSON with the spaces that were taken out, but with no other character', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 4 }), lengths, (value, indent, cuts) => {
        const written = JSON.stringify(value, null, indent)
        const follower = new TextFollower(compactJson(written), { compact: true, openEnd: false })
        for (const piece of pieces(`\n ${written}\n`, cuts)) expect(follower.take(piece)).toBe(true)
        expect(follower.rest).toBe('')
        expect(follower.isNext('x')).toBe(false)
      }),
    )
  })

  it('keeps the spaces of JSON strings apart from those between tokens', () => {
    const follower = new TextFollower('{"a b":"c\\"  d"}', { compact: true, openEnd: false })
    expect(follower.isNext('{ "ab')).toBe(false)
    expect(follower.take(' {  "a b" : "c\\"')).toBe(true)
    expect(follower.isNext(' d"')).toBe(false)
    expect(follower.take('  d" }')).toBe(true)
  })

  it('goes beyond the end only where that is open', () => {
    const open = new TextFollower('end', { compact: false, openEnd: true })
    expect(open.isNext('end.\n\nUser:')).toBe(true)
    expect(open.isNext('ending')).toBe(true)
    expect(open.isNext('enter')).toBe(false)
    const closed = new TextFollower('end', { compact: false, openEnd: false })
    expect(closed.isNext('ending')).toBe(false)
    expect(closed.isNext('')).toBe(false)
  })
})
