import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ledger } from '../../../../src/node/ledger/contract.ts'
import { entryHash } from '../../../../src/node/ledger/entry-hash.ts'
import {
  emptyLedger,
  exportLedger,
  type LedgerExportFormat,
} from '../../../../src/node/ledger/export-ledger.ts'
import { openLedger } from '../../../../src/node/ledger/open-ledger.ts'
import { verifyBundle } from '../../../../src/node/ledger/verify-bundle.ts'
import type { Store } from '../../../../src/node/store/contract.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { peerIdOfPublicKey } from '../../../../src/protocol/wire/keys.ts'
import { type LedgerFile, writeLedgerFile } from '../../../helpers/ledger-file.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const COUNT = 60 // more than a page of the export

describe('exportLedger and verifyBundle', () => {
  const folder = tempFolder()
  let file: LedgerFile
  let store: Store
  let ledger: Ledger
  let bundle: string[]

  beforeAll(async () => {
    file = await writeLedgerFile(folder.file('driad.sqlite'), COUNT)
    store = openStore({ path: file.path, readOnly: true })
    ledger = openLedger({ store, anchorPath: file.anchorPath, publicKey: file.publicKey, readOnly: true })
    bundle = await lines('bundle')
  })
  afterAll(async () => {
    await store.close()
    folder[Symbol.dispose]()
  })

  async function lines(format: LedgerExportFormat): Promise<string[]> {
    const all: string[] = []
    for await (const line of exportLedger({ ledger, format, identity: file.owner })) all.push(line)
    return all
  }

  it('writes CSV with a heading and a row for each entry', async () => {
    const [heading, ...rows] = await lines('csv')
    expect(heading?.split(',')).toHaveLength(10)
    expect(rows.map((row) => row.split(',')[0])).toEqual(file.entries.map((entry) => String(entry.seq)))
    expect(rows[3]).toContain(`,debit,${file.entries[3]?.amountMicro},${file.entries[3]?.counterparty},`)
  })

  it('writes JSON lines, one entry each', async () => {
    const entries = (await lines('jsonl')).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(entries).toHaveLength(COUNT)
    expect(entries[1]).toMatchObject({ seq: 2, amountMicro: 101, hash: file.entries[1]?.hash })
  })

  it('writes a bundle that proves itself', async () => {
    expect(await verifyBundle(bundle)).toEqual({
      ok: true,
      entries: COUNT,
      problems: [],
      peerId: peerIdOfPublicKey(file.publicKey),
    })
    const empty: string[] = []
    const init = { ledger: emptyLedger, format: 'bundle', identity: file.owner } as const
    for await (const line of exportLedger(init)) empty.push(line)
    empty.push('') // as a file that ends in a newline gives it
    expect(await verifyBundle(empty)).toMatchObject({ ok: true, entries: 0 })
  })

  it('names the entry for a character changed anywhere in its line', async () => {
    for (let i = 0; i < 120; i++) {
      const number = 1 + (i % COUNT)
      const line = bundle[number] ?? ''
      const at = Math.floor(Math.random() * line.length)
      const changed = `${line.slice(0, at)}${line[at] === 'x' ? 'y' : 'x'}${line.slice(at + 1)}`
      const found = await verifyBundle(bundle.with(number, changed))
      expect(found.ok, `${line.slice(at - 20, at)}[${line[at]}]${line.slice(at + 1, at + 20)}`).toBe(false)
      expect(found.problems.map((problem) => problem.seq)).toContain(number)
    }
  }, 60_000)

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['an entry left out', (all) => all.toSpliced(5, 1), /Entry 6 comes where 5 was expected/],
    ['the end cut off', (all) => all.slice(0, -1), /has 59 readable entries, its first line says 60/],
    [
      'two entries swapped',
      (all) => all.with(4, all[5] ?? '').with(5, all[4] ?? ''),
      /comes where 4 was expected/,
    ],
    ['an entry twice', (all) => [...all, all.at(-1) ?? ''], /same task as entry 60/],
    [
      'a head of fewer entries than were signed',
      (all) => {
        const head = JSON.parse(all[0] ?? '') as { entries: number }
        return [JSON.stringify({ ...head, entries: COUNT - 1 }), ...all.slice(1, -1)]
      },
      /says something else than what is signed/,
    ],
    [
      'a head whose signature is not of that',
      (all) => {
        const head = JSON.parse(all[0] ?? '') as { head: { payload: string } }
        head.head.payload = Buffer.from('nonsense').toString('base64')
        return [JSON.stringify(head), ...all.slice(1)]
      },
      /signature of the ledger-head does not hold/,
    ],
    ['no head', (all) => all.slice(1), /not the head of a ledger bundle/],
    ['nothing', () => [], /empty/],
  ])('notices %s', async (_name, change, message) => {
    const found = await verifyBundle(change(bundle))
    expect(found.ok).toBe(false)
    expect(found.problems.map((problem) => problem.message).join('\n')).toMatch(message)
  })

  it('notices an amount that its maker changed, with hashes computed anew', async () => {
    const entries = file.entries.map((entry) => ({ ...entry }))
    let prevHash = '0'.repeat(64)
    for (const entry of entries) {
      if (entry.seq === 10) entry.amountMicro = 1_000_000n
      entry.prevHash = prevHash
      entry.hash = prevHash = entryHash(entry)
    }
    const forged: string[] = []
    const source = {
      lastSeq: () => entries.length,
      gaps: () => [],
      isSettled: () => false,
      entriesAfter: (seq: number, limit = entries.length) => entries.slice(seq, seq + limit),
    }
    for await (const line of exportLedger({ ledger: source, format: 'bundle', identity: file.owner })) {
      forged.push(line)
    }
    const found = await verifyBundle(forged)
    expect(found.problems).toEqual([
      { seq: 10, message: 'Entry 10 says another amountMicro than its receipt and outcome' },
    ])
  })

  it('stops when asked to', async () => {
    const reason = new Error('never mind')
    const signal = AbortSignal.abort(reason)
    await expect(verifyBundle(bundle, { signal })).rejects.toBe(reason)
    const started = exportLedger({ ledger, format: 'jsonl', identity: file.owner }, { signal })
    await expect(started.next()).rejects.toBe(reason)
  })
})
