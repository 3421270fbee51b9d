import { describe, expect, it } from 'vitest'
import { UnconfirmedWrites } from '../../../../../src/renderer/features/settings/unconfirmed-writes.ts'

describe('UnconfirmedWrites', () => {
  it('takes what was written here for old while a later write is on its way', () => {
    const writes = new UnconfirmedWrites()
    for (const value of ['a', 'b', 'c']) writes.wrote(value)
    expect(writes.isNews('a')).toBe(false)
    // It is told of in two ways, so it comes twice.
    expect(writes.isNews('a')).toBe(false)
    expect(writes.isNews('b')).toBe(false)
    expect(writes.isNews('c')).toBe(true)
    // All is confirmed: from now on it is somebody else who goes back.
    expect(writes.isNews('a')).toBe(true)
  })

  it('takes what somebody else wrote for news at once', () => {
    const writes = new UnconfirmedWrites()
    writes.wrote('a')
    writes.wrote('b')
    expect(writes.isNews('theirs')).toBe(true)
    expect(writes.isNews('a')).toBe(true)
  })

  it('knows the last write by its value, though it was written before', () => {
    const writes = new UnconfirmedWrites()
    for (const value of ['a', 'b', 'a']) writes.wrote(value)
    expect(writes.isNews('b')).toBe(false)
    expect(writes.isNews('a')).toBe(true)
  })
})
