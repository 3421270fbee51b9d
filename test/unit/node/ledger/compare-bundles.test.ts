import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareBundles } from '../../../../src/node/ledger/compare-bundles.ts'
import { exportLedger } from '../../../../src/node/ledger/export-ledger.ts'
import { peerIdOfPublicKey } from '../../../../src/protocol/wire/keys.ts'
import { type Books, closeBooks, openBooks, payTask } from '../../../helpers/ledger-pair.ts'
import { testSigner } from '../../../helpers/signed-work.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

describe('two bundles', () => {
  let folder: ReturnType<typeof tempFolder>
  let all: readonly [alice: Books, bob: Books, carol: Books]
  const idOf = (books: Books) => peerIdOfPublicKey(books.identity.publicKey)
  const bundle = (books: Books) => exportLedger({ ...books, format: 'bundle' })

  beforeEach(async () => {
    folder = tempFolder()
    const open = (name: string) =>
      openBooks(folder.file(`${name}.sqlite`), folder.file(`${name}.anchor`), testSigner())
    all = [open('alice'), open('bob'), open('carol')]
    const [alice, bob, carol] = all
    await payTask(alice, bob, 100n)
    await payTask(bob, alice, 7n)
    await payTask(alice, carol, 5_000n)
    await payTask(alice, bob, 23n)
  })
  afterEach(async () => {
    for (const books of all) await closeBooks(books)
    folder[Symbol.dispose]()
  })

  it('agree where each debit is a credit of the other, whatever else they hold', async () => {
    const [alice, bob, carol] = all
    expect(await compareBundles(bundle(alice), bundle(bob))).toMatchObject({
      ok: true,
      mismatches: [],
      bundles: [
        { ok: true, entries: 4 },
        { ok: true, entries: 3 },
      ],
      sums: [
        { payer: idOf(alice), payee: idOf(bob), debitMicro: 123n, creditMicro: 123n, tasks: 2 },
        { payer: idOf(bob), payee: idOf(alice), debitMicro: 7n, creditMicro: 7n, tasks: 1 },
      ],
    })
    expect(await compareBundles(bundle(bob), bundle(carol))).toMatchObject({ ok: true, sums: [] })
  })

  it('do not agree where one side has no entry, and it is said which', async () => {
    const [alice, bob] = all
    await payTask(alice, bob, 40n, [alice])
    await payTask(alice, bob, 3n, [bob])
    const lost = alice.ledger.entriesBefore(undefined, 1)[0]?.taskId
    const unknown = bob.ledger.entriesBefore(undefined, 1)[0]?.taskId
    const compared = await compareBundles(bundle(alice), bundle(bob))
    expect(compared.ok).toBe(false)
    expect(compared.mismatches).toEqual([
      { taskId: lost, message: `${idOf(alice)} paid 40 micro-credits that ${idOf(bob)} has no entry for` },
      {
        taskId: unknown,
        message: `${idOf(bob)} was paid 3 micro-credits that ${idOf(alice)} has no entry for`,
      },
    ])
    expect(compared.sums[0]).toMatchObject({ debitMicro: 163n, creditMicro: 126n, tasks: 2 })
  })

  it('do not agree where the two receipts of a task differ, though both are signed', async () => {
    const [alice, bob] = all
    const taskId = '01990000-0000-7000-8000-000000000001'
    await payTask(alice, bob, 40n, [alice], { taskId })
    await payTask(alice, bob, 41n, [bob], { taskId })
    const compared = await compareBundles(bundle(alice), bundle(bob))
    expect(compared.mismatches).toMatchObject([
      { taskId, message: expect.stringMatching(/paid 40 .* was paid 41/) },
    ])
  })

  it('are not compared where one is none, or both are of one owner', async () => {
    const [alice] = all
    await expect(compareBundles(bundle(alice), ['{}'])).rejects.toMatchObject({ code: 'bad_message' })
    await expect(compareBundles(bundle(alice), bundle(alice))).rejects.toMatchObject({ code: 'bad_usage' })
  })

  it('are each verified, and one that is not valid agrees with nothing', async () => {
    const [alice, bob] = all
    const lines: string[] = []
    for await (const line of bundle(alice)) lines.push(line)
    const compared = await compareBundles(lines.toSpliced(3, 1), bundle(bob))
    expect(compared.ok).toBe(false)
    expect(compared.bundles[0].ok).toBe(false)
  })
})
