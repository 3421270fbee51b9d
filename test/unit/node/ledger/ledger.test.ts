import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type {
  Ledger,
  LedgerAppend,
  LedgerDirection,
  LedgerEntry,
} from '../../../../src/node/ledger/contract.ts'
import { entryHash, FIRST_PREV_HASH } from '../../../../src/node/ledger/entry-hash.ts'
import { openLedger } from '../../../../src/node/ledger/open-ledger.ts'
import type { Store } from '../../../../src/node/store/contract.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { peerIdOfPublicKey } from '../../../../src/protocol/wire/keys.ts'
import { insertTask } from '../../../helpers/ledger-file.ts'
import { signedWork, testSigner } from '../../../helpers/signed-work.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const me = testSigner()
const peer = testSigner()
const stranger = testSigner()
const parties = [me, peer, stranger]

describe('Ledger', () => {
  let folder: ReturnType<typeof tempFolder>
  let store: Store
  let ledger: Ledger
  let nowMs = Date.UTC(2031, 3, 9, 12)
  const anchorPath = () => folder.file('ledger.anchor')
  const open = () =>
    openLedger({ store, anchorPath: anchorPath(), publicKey: me.publicKey, now: () => nowMs })

  beforeEach(() => {
    folder = tempFolder()
    store = openStore({ path: folder.file('driad.sqlite') })
    ledger = open()
  })
  afterEach(async () => {
    await ledger.close()
    await store.close()
    folder[Symbol.dispose]()
  })

  const append = async (entry: LedgerAppend): Promise<LedgerEntry> => {
    const appended = await store.write((tx) => {
      const before = ledger.lastSeq()
      const result = ledger.append(tx, entry)
      if (result.seq > before) insertTask(tx, result, parties)
      return result
    })
    ledger.committed(appended)
    return appended
  }
  const credit = (amountMicro = 1_000n) => ({
    direction: 'credit' as const,
    ...signedWork({ payer: peer, payee: me, amountMicro }),
  })
  const debit = (amountMicro = 1_000n) => ({
    direction: 'debit' as const,
    ...signedWork({ payer: me, payee: peer, amountMicro }),
  })

  it('chains entries, from their signed halves', async () => {
    const first = await append(credit(700n))
    const second = await append(debit(200n))
    expect(first).toMatchObject({
      seq: 1,
      direction: 'credit',
      amountMicro: 700n,
      counterparty: peerIdOfPublicKey(peer.publicKey),
      state: 'acknowledged',
      model: 'demo',
      createdAtMs: nowMs,
      prevHash: FIRST_PREV_HASH,
    })
    expect(second).toMatchObject({ seq: 2, direction: 'debit', amountMicro: 200n, prevHash: first.hash })
    expect(second.hash).toBe(entryHash(second))
    expect(ledger.entriesAfter(0)).toEqual([first, second])
    expect(ledger.entriesAfter(1)).toEqual([second])
    expect(ledger.entriesAfter(0, 1)).toEqual([first])
    expect(ledger.entriesBefore(undefined, 10)).toEqual([second, first])
    expect(ledger.entriesBefore(2, 10)).toEqual([first])
    expect(ledger.entryOfTask(first.taskId, 'credit')).toEqual(first)
    expect(ledger.entryOfTask(first.taskId, 'debit')).toBeUndefined()
    expect(ledger.lastSeq()).toBe(2)
    expect(ledger.balanceMicro()).toBe(500n)
    expect(await ledger.verify()).toEqual({ ok: true, entries: 2, problems: [] })
  })

  it('appends a task once in each direction: paid twice is paid once', async () => {
    const taskId = uuidv7()
    const first = await append({ direction: 'credit', ...signedWork({ payer: peer, payee: me, taskId }) })
    const again = await append({
      direction: 'credit',
      ...signedWork({ payer: peer, payee: me, taskId, amountMicro: 999_999n }),
    })
    expect(again).toEqual(first)
    expect(ledger.lastSeq()).toBe(1)

    // A node that served its own request has both sides.
    const own = signedWork({ payer: me, payee: me })
    await append({ direction: 'debit', ...own })
    await append({ direction: 'credit', ...own })
    expect(ledger.balanceMicro()).toBe(first.amountMicro)
    expect((await ledger.verify()).problems).toEqual([])
  })

  const other = new Uint8Array(32).fill(9)
  it.each<[string, LedgerDirection, () => Omit<LedgerAppend, 'direction'>, string]>([
    [
      'tasks',
      'credit',
      () => signedWork({ payer: peer, payee: me, receipt: { taskId: uuidv7() } }),
      'bad_message',
    ],
    [
      'payees',
      'credit',
      () => signedWork({ payer: peer, payee: me, receipt: { node: other } }),
      'bad_message',
    ],
    [
      'payers',
      'credit',
      () => signedWork({ payer: peer, payee: me, outcome: { requester: other } }),
      'bad_message',
    ],
    [
      'results',
      'credit',
      () => signedWork({ payer: peer, payee: me, receipt: { resultHash: other } }),
      'bad_message',
    ],
    [
      'weights',
      'credit',
      () => signedWork({ payer: peer, payee: me, receipt: { modelDigest: other } }),
      'bad_message',
    ],
    [
      'prompt tokens',
      'credit',
      () => signedWork({ payer: peer, payee: me, receipt: { promptTokens: 1 } }),
      'bad_message',
    ],
    [
      'completion tokens',
      'credit',
      () => signedWork({ payer: peer, payee: me, receipt: { completionTokens: 1 } }),
      'bad_message',
    ],
    [
      'amounts',
      'credit',
      () => signedWork({ payer: peer, payee: me, receipt: { amountMicro: 5n } }),
      'bad_message',
    ],
    ['nothing', 'credit', () => signedWork({ payer: peer, payee: me, amountMicro: 0n }), 'bad_message'],
    ['work of others', 'credit', () => signedWork({ payer: peer, payee: stranger }), 'bad_message'],
    ['a debit that is a credit', 'debit', () => signedWork({ payer: peer, payee: me }), 'bad_message'],
    [
      'a forged receipt',
      'credit',
      () => {
        const work = signedWork({ payer: peer, payee: me })
        return { ...work, receipt: { ...work.receipt, signature: new Uint8Array(64) } }
      },
      'bad_signature',
    ],
    [
      'a changed outcome',
      'credit',
      () => {
        const work = signedWork({ payer: peer, payee: me })
        const payload = new Uint8Array(work.outcome.payload)
        payload[payload.length - 1] = (payload.at(-1) ?? 0) ^ 1
        return { ...work, outcome: { ...work.outcome, payload } }
      },
      'bad_signature',
    ],
  ])('refuses halves with different %s', async (_name, direction, work, code) => {
    await expect(append({ direction, ...work() })).rejects.toMatchObject({ code })
    expect(ledger.lastSeq()).toBe(0)
  })

  it('leaves nothing of an entry whose transaction fails', async () => {
    const kept = append(credit())
    const failed = store.write((tx) => {
      ledger.append(tx, credit())
      throw new Error('the task could not be stored')
    })
    const after = append(credit())
    await expect(failed).rejects.toThrow('could not be stored')
    expect([(await kept).seq, (await after).seq]).toEqual([1, 2])
    expect((await ledger.verify()).problems).toEqual([])
  })

  it.each([
    'UPDATE ledger SET amount_micro = amount_micro + 1',
    'DELETE FROM ledger',
    'INSERT OR REPLACE INTO ledger SELECT * FROM ledger',
  ])('cannot be changed through the store: %s', async (sql) => {
    const entry = await append(credit())
    await expect(store.write((tx) => tx.run(sql))).rejects.toThrow(/ledger entries cannot be/)
    expect(ledger.entriesAfter(0)).toEqual([entry])
  })

  it('tells listeners of every entry once and in order, also of those another process appended', async () => {
    const heard: number[] = []
    const stop = ledger.onEntry((entry) => heard.push(entry.seq))
    ledger.onEntry(() => {
      throw new Error('a broken view')
    })
    const first = await append(credit())
    ledger.committed(first)
    await store.write((tx) => insertTask(tx, ledger.append(tx, credit()), parties)) // as if by somebody else
    await append(credit())
    expect(heard).toEqual([1, 2, 3])
    stop()
    await append(credit())
    expect(heard).toEqual([1, 2, 3])
  })

  it('keeps an anchor outside of the database, and notices when the database is behind it', async () => {
    await append(credit())
    const head = await append(credit())
    await ledger.close()
    expect(JSON.parse(readFileSync(anchorPath(), 'utf8'))).toMatchObject({ seq: head.seq, hash: head.hash })

    // Behind the database is fine, and made up for at the next start.
    writeFileSync(anchorPath(), JSON.stringify({ seq: 1, hash: head.prevHash }))
    expect((await ledger.verify()).ok).toBe(true)
    await open().close()
    expect(JSON.parse(readFileSync(anchorPath(), 'utf8'))).toMatchObject({ seq: 2 })

    const ahead = JSON.stringify({ seq: 4, hash: 'ab'.repeat(32) })
    writeFileSync(anchorPath(), ahead)
    ledger = open()
    await append(credit())
    await ledger.close()
    expect(readFileSync(anchorPath(), 'utf8')).toBe(ahead) // evidence stays
    expect(await ledger.verify()).toMatchObject({
      ok: false,
      problems: [{ seq: 4, message: expect.stringContaining('entry 4 is missing') }],
    })

    writeFileSync(anchorPath(), JSON.stringify({ seq: 2, hash: 'ab'.repeat(32) }))
    expect(await ledger.verify()).toMatchObject({ ok: false, problems: [{ seq: 2 }] })
    writeFileSync(anchorPath(), '{"seq":')
    expect(await ledger.verify()).toMatchObject({ ok: false })
  })

  it('makes no anchor for a reader', async () => {
    await append(credit())
    openLedger({ store, anchorPath: folder.file('other.anchor'), publicKey: me.publicKey, readOnly: true })
    expect(existsSync(folder.file('other.anchor'))).toBe(false)
  })

  it('sums by local day, with the empty days', async () => {
    const noon = (day: number) => new Date(2031, 2, day, 12).getTime()
    nowMs = noon(29)
    await append(credit(5n))
    await append(debit(2n))
    nowMs = new Date(2031, 2, 30, 23, 59, 59, 999).getTime()
    await append(credit(70n))
    nowMs = new Date(2031, 2, 31).getTime()
    await append(credit(100n))
    expect(ledger.byDay(4, noon(31))).toEqual([
      { day: '2031-03-28', creditMicro: 0n, debitMicro: 0n, tasks: 0 },
      { day: '2031-03-29', creditMicro: 5n, debitMicro: 2n, tasks: 2 },
      { day: '2031-03-30', creditMicro: 70n, debitMicro: 0n, tasks: 1 },
      { day: '2031-03-31', creditMicro: 100n, debitMicro: 0n, tasks: 1 },
    ])
    expect(ledger.byDay(1, noon(32))).toEqual([
      { day: '2031-04-01', creditMicro: 0n, debitMicro: 0n, tasks: 0 },
    ])
  })

  it('verifies while entries are being appended', async () => {
    let appending = true
    const writer = (async () => {
      for (let i = 0; i < 40; i++) await append(credit())
      appending = false
    })()
    let rounds = 0
    while (appending) {
      expect((await ledger.verify()).problems).toEqual([])
      rounds++
    }
    await writer
    expect(rounds).toBeGreaterThan(1)
  })

  it('keeps the chain whole under any interleaving of appends, repeats and failures', async () => {
    const works = Array.from({ length: 8 }, (_, i) =>
      i % 3 === 0 ? debit(BigInt(i + 1)) : credit(BigInt(i + 1)),
    )
    const step = fc.record({
      work: fc.integer({ min: 0, max: works.length - 1 }),
      fails: fc.boolean(),
      // Whether the next one is queued in the same turn, so that both share a transaction.
      pause: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        using place = tempFolder()
        const own = openStore({ path: place.file('driad.sqlite') })
        const book = openLedger({ store: own, anchorPath: place.file('anchor'), publicKey: me.publicKey })
        const expected = new Set<number>()
        const pending: Promise<unknown>[] = []
        for (const { work, fails, pause } of steps) {
          const entry = works[work]
          if (entry === undefined) continue
          if (!fails) expected.add(work)
          const written = own.write((tx) => {
            const before = tx.get<{ rows: number }>('SELECT COUNT(*) AS rows FROM ledger')?.rows ?? 0
            const appended = book.append(tx, entry)
            if (appended.seq > before) insertTask(tx, appended, parties)
            if (fails) throw new Error('undone')
            return appended
          })
          pending.push(
            written.then(
              (appended) => book.committed(appended),
              () => undefined,
            ),
          )
          if (pause) await written.catch(() => undefined)
        }
        await Promise.all(pending)
        const verification = await book.verify()
        expect(verification).toEqual({ ok: true, entries: expected.size, problems: [] })
        const balance = [...expected].reduce(
          (sum, i) => sum + (i % 3 === 0 ? -BigInt(i + 1) : BigInt(i + 1)),
          0n,
        )
        expect(book.balanceMicro()).toBe(balance)
        await book.close()
        await own.close()
      }),
      { numRuns: 15 },
    )
  })
})
