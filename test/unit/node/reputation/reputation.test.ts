import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../src/node/logs/create-logger.ts'
import { Reputation, type ReputationInit } from '../../../../src/node/reputation/reputation.ts'
import { readPeerRecords } from '../../../../src/node/reputation/reputation-store.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const DAY_MS = 86_400_000

async function withStore(work: (open: (init?: ReputationInit) => Reputation, path: string) => Promise<void>) {
  using folder = tempFolder()
  const path = folder.file('driad.db')
  const store = openStore({ path })
  const { logger, close } = createLogger({ level: 'error' })
  try {
    await work((init) => new Reputation({ store, logger }, init), path)
  } finally {
    await store.close()
    await close()
  }
}

describe('reputation', () => {
  it('counts at once what was noted, and remembers it', async () => {
    await withStore(async (open) => {
      const reputation = open()
      const unknown = reputation.standing('a').score
      reputation.note('a', { type: 'refuted' })
      expect(reputation.standing('a').score).toBeLessThan(unknown)
      expect(reputation.standing('b').score).toBe(unknown)
      await reputation.flush()
      expect(open().standing('a')).toEqual({
        trusted: reputation.standing('a').trusted,
        score: expect.closeTo(reputation.standing('a').score, 6),
        checks: expect.closeTo(reputation.standing('a').checks, 6),
      })
    })
  })

  it('counts it also while it is on its way to the disk', async () => {
    await withStore(async (open) => {
      const reputation = open()
      const unknown = reputation.standing('a').score
      reputation.note('a', { type: 'refuted' })
      const written = reputation.flush()
      expect(reputation.standing('a').score).toBeLessThan(unknown)
      await written
      expect(reputation.standing('a').score).toBeLessThan(unknown)
    })
  })

  it('adds what several processes of a folder note', async () => {
    await withStore(async (open) => {
      const [one, two] = [open(), open()]
      for (const reputation of [one, two]) reputation.note('a', { type: 'agreed' })
      await Promise.all([one.flush(), two.flush()])
      expect(open().standing('a').checks).toBeCloseTo(2, 5)
    })
  })

  it('fades by its clock', async () => {
    await withStore(async (open) => {
      let nowMs = 1_700_000_000_000
      const reputation = open({ now: () => nowMs })
      const unknown = reputation.standing('a').score
      reputation.note('a', { type: 'refuted' })
      const caught = reputation.standing('a').score
      await reputation.flush()
      nowMs += 2_000 * DAY_MS
      expect(reputation.standing('a').score).toBeGreaterThan(caught)
      expect(reputation.standing('a').score).toBeCloseTo(unknown, 2)
    })
  })

  it('remembers so many nodes, those that were caught before others', async () => {
    await withStore(async (open, path) => {
      let nowMs = 1_700_000_000_000
      const reputation = open({ maxRecords: 10, now: () => nowMs++ })
      reputation.note('caught', { type: 'refuted' })
      for (let node = 0; node < 30; node++) reputation.note(`node ${node}`, { type: 'succeeded' })
      await reputation.flush()
      const reader = openStore({ path, readOnly: true })
      const kept = readPeerRecords(reader, 100).map(({ node }) => node)
      await reader.close()
      expect(kept).toHaveLength(10)
      expect(kept).toContain('caught')
      expect(kept).toContain('node 29')
      expect(kept).not.toContain('node 0')
    })
  })
})
