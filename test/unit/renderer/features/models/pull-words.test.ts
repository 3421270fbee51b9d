import { describe, expect, it } from 'vitest'
import type { PullView } from '../../../../../src/protocol/pull-views.ts'
import {
  arrangePulls,
  pullProgressWords,
  pullShare,
  pullWords,
} from '../../../../../src/renderer/features/models/get/pull-words.ts'

const pull = (patch: Partial<PullView>): PullView => ({
  id: 'a',
  name: 'a',
  state: 'downloading',
  source: 'models.example',
  files: [],
  receivedBytes: 1.2e9,
  resumedBytes: 0,
  totalBytes: 4.8e9,
  bytesPerSecond: 12e6,
  load: true,
  createdAtMs: 1,
  updatedAtMs: 1,
  ...patch,
})

describe('the words of downloads', () => {
  it('say how much, how fast and how long while it comes', () => {
    expect(pullProgressWords(pull({ phase: 'downloading', etaMs: 300_000 }))).toBe(
      '1.2 GB of 4.8 GB · 12 MB/s · 5 min 00 s left',
    )
    expect(pullProgressWords(pull({ state: 'paused' }))).toBe('1.2 GB of 4.8 GB')
    const { totalBytes: _, ...unknown } = pull({ bytesPerSecond: 0 })
    expect(pullProgressWords(unknown)).toBe('1.2 GB')
  })

  it('tell of what was read again while it is checked', () => {
    const checking = pull({ phase: 'verifying', receivedBytes: 4.8e9, verifiedBytes: 2.4e9 })
    expect(pullWords(checking).label).toBe('Checking')
    expect(pullShare(checking)).toBe(0.5)
    expect(pullProgressWords(checking)).toBe('2.4 GB of 4.8 GB read for the digest')
  })

  it('know no share of what nobody knows the size of', () => {
    const { totalBytes: _, ...unknown } = pull({})
    expect(pullShare(unknown)).toBeUndefined()
    expect(pullShare({ ...unknown, state: 'completed' })).toBe(1)
    expect(pullShare(pull({ receivedBytes: 9e9 }))).toBe(1)
  })

  it('say whether a digest was there to be checked', () => {
    expect(pullProgressWords(pull({ state: 'completed', verified: true }))).toContain('what it ought to be')
    expect(pullProgressWords(pull({ state: 'completed', verified: false }))).toContain('no digest was known')
  })

  it('put what runs first and what is over last', () => {
    const states = ['completed', 'failed', 'downloading', 'paused', 'queued'] as const
    const pulls = states.map((state, index) => pull({ id: state, state, createdAtMs: index }))
    expect(arrangePulls(pulls).map(({ id }) => id)).toEqual([
      'queued',
      'downloading',
      'paused',
      'failed',
      'completed',
    ])
  })
})
