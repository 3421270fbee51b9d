import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { settlementFile } from '../../../../src/node/ledger/statements/settlement-file.ts'
import { statementFacts, verifyStatement } from '../../../../src/node/ledger/statements/statement-file.ts'
import { StatementFolder } from '../../../../src/node/ledger/statements/statement-folder.ts'
import { StatementRounds } from '../../../../src/node/ledger/statements/statement-rounds.ts'
import { listStatements } from '../../../../src/node/ledger/statements/statement-store.ts'
import { Statements } from '../../../../src/node/ledger/statements/statements.ts'
import { peerIdOfPublicKey } from '../../../../src/protocol/wire/keys.ts'
import { signMessage } from '../../../../src/protocol/wire/signing.ts'
import { type Books, closeBooks, openBooks, payTask } from '../../../helpers/ledger-pair.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { testSigner } from '../../../helpers/signed-work.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const EARLIEST_MS = Date.UTC(2020, 0, 1)

describe('statements', () => {
  let folder: ReturnType<typeof tempFolder>
  let node: Books
  let payer: Books
  let other: Books
  const idOf = (books: Books) => peerIdOfPublicKey(books.identity.publicKey)
  const statementsOf = (books: Books, nowMs?: number) =>
    new Statements({
      ...books,
      payoutAddress: () => 'iban-xx00',
      ...(nowMs !== undefined && { now: () => nowMs }),
    })
  const untilNow = () => ({ fromMs: EARLIEST_MS, toMs: Date.now() + 1 })
  /** A moment later than any entry, or the period would not be over. */
  const later = () => statementsOf(node, Date.now() + 60_000)

  beforeEach(async () => {
    folder = tempFolder()
    const open = (name: string) =>
      openBooks(folder.file(`${name}.sqlite`), folder.file(`${name}.anchor`), testSigner())
    node = open('node')
    payer = open('payer')
    other = open('other')
    await payTask(payer, node, 100n)
    await payTask(other, node, 999n)
    await payTask(payer, node, 20n)
    await payTask(node, payer, 5n)
  })
  afterEach(async () => {
    for (const books of [node, payer, other]) await closeBooks(books)
    folder[Symbol.dispose]()
  })

  async function issued(requester = payer): Promise<string[]> {
    const statement = await later().issue(idOf(requester), untilNow())
    if (statement === undefined) throw new Error('nothing is owed')
    return await linesOf(later().lines(statement))
  }

  async function linesOf(lines: AsyncIterable<string>): Promise<string[]> {
    const all: string[] = []
    for await (const line of lines) all.push(line)
    return all
  }

  const settledSeqs = (books: Books) =>
    books.ledger
      .entriesAfter(0)
      .filter(({ seq }) => books.ledger.isSettled(seq))
      .map(({ seq }) => seq)

  it('say what a requester owes, prove it without anything else, and are settled by its word', async () => {
    const lines = await issued()
    const verified = await verifyStatement(lines)
    expect(verified).toMatchObject({
      ok: true,
      entries: 2,
      statement: {
        node: idOf(node),
        requester: idOf(payer),
        totalMicro: 120n,
        payoutAddress: 'iban-xx00',
      },
    })
    const settlement = await statementsOf(payer).confirm(lines, 'transfer 4711')
    expect(settledSeqs(payer)).toEqual([1, 2])
    expect(settledSeqs(node)).toEqual([])
    // Asked again, the payer says the same again.
    expect(await statementsOf(payer).confirm(lines, 'another reference')).toBe(settlement)

    expect(await statementsOf(node).settle(settlement)).toMatchObject({
      isNew: true,
      settled: { reference: 'transfer 4711', statement: { totalMicro: 120n } },
    })
    expect(await statementsOf(node).settle(settlement)).toMatchObject({ isNew: false })
    expect(settledSeqs(node)).toEqual([1, 3])
    expect(node.ledger.credits()).toEqual({ creditMicro: 1_119n, settledMicro: 120n })
    expect(listStatements(node.store, 10)).toMatchObject([
      { direction: 'credit', counterparty: idOf(payer), totalMicro: '120', reference: 'transfer 4711' },
    ])
    for (const books of [node, payer])
      expect(await books.ledger.verify()).toMatchObject({ ok: true, problems: [] })
    // What came after it is in the next one.
    expect(await later().issue(idOf(payer), untilNow())).toBeUndefined()
    await payTask(payer, node, 3n)
    expect((await verifyStatement(await issued())).statement?.totalMicro).toBe(3n)
  })

  it('settle no entry twice, and nothing of a statement that has one', async () => {
    const first = await issued()
    await payTask(payer, node, 50n)
    const second = await issued() // all that is open: those of the first, and one more
    const paid = await statementsOf(payer).confirm(first, '')
    await expect(statementsOf(payer).confirm(second, '')).rejects.toMatchObject({ code: 'bad_usage' })
    expect(settledSeqs(payer)).toEqual([1, 2])

    // A payer that signs all the same: the node finds out by itself.
    const [head] = second
    const signed = (JSON.parse(head ?? '') as { statement: Record<string, string> }).statement
    const statement = Object.fromEntries(
      Object.entries(signed).map(([key, value]) => [key, new Uint8Array(Buffer.from(value, 'base64'))]),
    )
    const facts = statementFacts(statement as never)
    const settlement = signMessage(
      'settlement',
      {
        node: new Uint8Array(node.identity.publicKey),
        statementHash: new Uint8Array(Buffer.from(facts.hash, 'hex')),
        totalMicro: facts.totalMicro,
        reference: '',
        issuedAtMs: Date.now(),
      },
      payer.identity,
    )
    const dishonest = settlementFile(facts.signed, settlement)
    await statementsOf(node).settle(paid)
    await expect(statementsOf(node).settle(dishonest)).rejects.toMatchObject({ code: 'bad_usage' })
    expect(settledSeqs(node)).toEqual([1, 3])
    expect(await node.ledger.verify()).toMatchObject({ ok: true })
  })

  it('are confirmed by nobody who does not owe them, nor settled by another node', async () => {
    const lines = await issued()
    await expect(statementsOf(other).confirm(lines, '')).rejects.toMatchObject({ code: 'bad_usage' })
    const settlement = await statementsOf(payer).confirm(lines, '')
    await expect(statementsOf(other).settle(settlement)).rejects.toMatchObject({ code: 'bad_usage' })
    await expect(statementsOf(node).settle('{}')).rejects.toMatchObject({ code: 'bad_message' })
    const raised = settlement.replace('"totalMicro":"120"', '"totalMicro":"121"')
    await expect(statementsOf(node).settle(raised)).rejects.toMatchObject({ code: 'bad_message' })
  })

  it('of work that the payer has no debit for are not confirmed, and nothing of them is settled', async () => {
    await payTask(payer, node, 70n, [node])
    await expect(statementsOf(payer).confirm(await issued(), '')).rejects.toThrow(
      /has no payment for the task/,
    )
    expect(settledSeqs(payer)).toEqual([])
    expect(listStatements(payer.store, 10)).toEqual([])
  })

  it('are not made of what an identity did for itself', async () => {
    await payTask(node, node, 9n, [node])
    await expect(later().issue(idOf(node), untilNow())).rejects.toMatchObject({ code: 'bad_usage' })
    const debtors = later().debtors(Date.now() + 1)
    expect(debtors.map(({ requester }) => requester).toSorted()).toEqual(
      [idOf(payer), idOf(other)].toSorted(),
    )
  })

  it('are not made of a time that is not over', async () => {
    const fromMs = EARLIEST_MS
    await expect(
      statementsOf(node).issue(idOf(payer), { fromMs, toMs: Date.now() + 60_000 }),
    ).rejects.toMatchObject({
      code: 'bad_usage',
    })
    await expect(statementsOf(node).issue(idOf(payer), { fromMs, toMs: fromMs })).rejects.toMatchObject({
      code: 'bad_usage',
    })
    await expect(later().issue('nobody', untilNow())).rejects.toMatchObject({
      code: 'bad_message',
    })
  })

  it('are not valid with a character changed anywhere', async () => {
    const lines = await issued()
    for (let i = 0; i < 150; i++) {
      const number = i % lines.length
      const line = lines[number] ?? ''
      const at = Math.floor((i * 7919) % line.length)
      const changed = `${line.slice(0, at)}${line[at] === 'x' ? 'y' : 'x'}${line.slice(at + 1)}`
      const { ok } = await verifyStatement(lines.with(number, changed))
      expect(ok, `${line.slice(at - 20, at)}[${line[at]}]${line.slice(at + 1, at + 20)}`).toBe(false)
    }
    for (const cut of [
      [],
      lines.slice(1),
      lines.slice(0, -1),
      lines.toSpliced(1, 1),
      [...lines, lines.at(-1) ?? ''],
    ]) {
      expect((await verifyStatement(cut)).ok).toBe(false)
    }
  })

  it.each([
    [
      'an entry settled by nothing',
      'INSERT INTO ledger_settled VALUES (2, (SELECT hash FROM ledger_statements))',
    ],
    ['a total', 'UPDATE ledger_statements SET total_micro = total_micro + 1'],
    [
      'who paid',
      'UPDATE ledger_statements SET counterparty = (SELECT counterparty FROM ledger WHERE seq = 2)',
    ],
    ['a settlement taken back', 'UPDATE ledger_statements SET settled_at_ms = NULL'],
    ['a settlement that nobody signed', 'UPDATE ledger_statements SET settlement_signature = signature'],
  ])('notice %s when the ledger is verified', async (_name, sql) => {
    await statementsOf(node).settle(await statementsOf(payer).confirm(await issued(), ''))
    await node.store.write((tx) => tx.run(sql))
    expect(await node.ledger.verify()).toMatchObject({ ok: false })
  })

  it('cannot be taken back through the store', async () => {
    await statementsOf(node).settle(await statementsOf(payer).confirm(await issued(), ''))
    for (const sql of ['DELETE FROM ledger_settled', 'UPDATE ledger_settled SET statement = statement']) {
      await expect(node.store.write((tx) => tx.run(sql))).rejects.toThrow(/what was settled cannot be/)
    }
  })

  describe('in a folder', () => {
    const DAY_MS = 86_400_000
    const path = () => folder.file('statements')
    const round = (nowMs: number) => {
      const { logger } = recordingLogger()
      const rounds = new StatementRounds({
        statements: statementsOf(node, nowMs),
        adapter: new StatementFolder(path()),
        days: () => 30,
        logger,
        now: () => nowMs,
      })
      return rounds.run()
    }
    const periodEnd = () => Math.ceil((Date.now() + 1) / (30 * DAY_MS)) * 30 * DAY_MS

    it('are written for each who owes once a period is over, and the answers are taken from there', async () => {
      await round(Date.now())
      expect(existsSync(path())).toBe(false)
      const after = periodEnd() + 1_000
      await round(after)
      const names = readdirSync(path()).toSorted()
      const day = new Date(periodEnd()).toISOString().slice(0, 10)
      expect(names).toEqual([idOf(payer), idOf(other)].toSorted().map((id) => `${day}-${id}.statement.jsonl`))
      const mine = readFileSync(join(path(), names.find((name) => name.includes(idOf(payer))) ?? ''), 'utf8')
      expect(await verifyStatement(mine.split('\n'))).toMatchObject({ ok: true, entries: 2 })
      await round(after + 3_600_000) // nothing new
      expect(listStatements(node.store, 10)).toHaveLength(2)

      const settlement = await statementsOf(payer, after).confirm(mine.split('\n'), 'paid')
      writeFileSync(join(path(), 'from-payer.settlement.json'), settlement)
      writeFileSync(join(path(), 'nonsense.settlement.json'), 'nonsense')
      await round(after + 7_200_000)
      expect(readdirSync(path())).toEqual(
        expect.arrayContaining(['from-payer.settled.json', 'nonsense.refused.json']),
      )
      expect(settledSeqs(node)).toEqual([1, 3])
      // The next one is for who still owes, and has the old debt in it.
      await payTask(other, node, 1n)
      await round(periodEnd() + 31 * DAY_MS)
      expect(listStatements(node.store, 1)).toMatchObject([{ counterparty: idOf(other), totalMicro: '1000' }])
    })

    it('are written again where they were lost before they were there', async () => {
      const after = periodEnd() + 1_000
      writeFileSync(path(), 'not a folder')
      await round(after)
      expect(listStatements(node.store, 10)).toHaveLength(2)
      rmSync(path())
      await round(after)
      expect(readdirSync(path())).toHaveLength(2)
      expect(listStatements(node.store, 10)).toHaveLength(2)
    })
  })
})
