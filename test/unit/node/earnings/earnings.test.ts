import { v7 as uuidv7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  earningsByDay,
  earningsByGroup,
  earningsByModelDay,
} from '../../../../src/node/earnings/earnings-sums.ts'
import { unpaidCauses, unpaidTasks } from '../../../../src/node/earnings/unpaid-tasks.ts'
import type { Store } from '../../../../src/node/store/contract.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { taskRow, taskView } from '../../../../src/node/tasks/task-pages.ts'
import { type TaskEnd, TaskStore } from '../../../../src/node/tasks/task-store.ts'
import type { DriadErrorCode } from '../../../../src/protocol/errors.ts'
import { unpaidCodes } from '../../../../src/protocol/payment.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const bytes = new Uint8Array([1, 2, 3])
const hash = new Uint8Array(32)
const noon = (day: number) => new Date(2031, 2, day, 12).getTime()
/** Credits of this amount and above have lost their high bits where sums are not made of halves. */
const LARGE = 2n ** 62n

describe('earnings', () => {
  let folder: ReturnType<typeof tempFolder>
  let store: Store
  let tasks: TaskStore
  let seq = 0

  beforeEach(() => {
    folder = tempFolder()
    store = openStore({ path: folder.file('driad.db') })
    tasks = new TaskStore(store)
    seq = 0
  })
  afterEach(async () => {
    await store.close()
    folder[Symbol.dispose]()
  })

  interface Entry {
    readonly amountMicro: bigint
    readonly atMs: number
    readonly model?: string
    readonly requester?: string
    readonly direction?: 'credit' | 'debit'
    readonly settled?: boolean
  }

  /** Rows as the ledger writes them; what is signed plays no part in sums. */
  async function entries(list: readonly Entry[]): Promise<void> {
    await store.write((tx) => {
      for (const {
        amountMicro,
        atMs,
        model = 'demo',
        requester = 'alice',
        direction = 'credit',
        settled,
      } of list) {
        seq++
        tx.run(
          `INSERT INTO ledger VALUES (?, ?, ?, ?, ?, 'acknowledged', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...[seq, uuidv7(), direction, amountMicro, requester, model, hash, atMs],
          ...[bytes, bytes, bytes, bytes, bytes, bytes, hash, hash],
        )
        if (settled !== true) continue
        tx.run(
          `INSERT INTO ledger_statements (hash, direction, counterparty, from_ms, to_ms, entries, total_micro, payload,
             signature, created_at_ms, settled_at_ms) VALUES (?, 'credit', ?, 0, 1, 1, ?, ?, ?, 0, 1)`,
          ...[Buffer.alloc(32, seq), requester, amountMicro, bytes, bytes],
        )
        tx.run('INSERT INTO ledger_settled VALUES (?, ?)', seq, Buffer.alloc(32, seq))
      }
    })
  }

  async function task(end: Partial<TaskEnd>, { requester = 'alice', model = 'demo' } = {}): Promise<string> {
    const taskId = uuidv7()
    await store.write((tx) => {
      tasks.insert(tx, {
        taskId,
        requester,
        contact: { peerId: 'contact', addresses: [] },
        assignment: { payload: bytes, signature: bytes },
        title: 'A task',
        model,
        deadlineMs: 1,
        createdAtMs: 1,
      })
      tasks.end(tx, taskId, {
        state: 'completed',
        endedAtMs: noon(9),
        promptTokens: 1,
        completionTokens: 2,
        totalMs: 3,
        amountMicro: 10n,
        outcome: { payload: bytes, signature: bytes },
        ...end,
      })
    })
    return taskId
  }

  const failed = (code: DriadErrorCode): Partial<TaskEnd> => ({
    state: 'failed',
    error: { code, message: `It was ${code}` },
    amountMicro: 0n,
  })

  it('are told by day with the best models, the others together, and of one requester', async () => {
    await entries([
      { amountMicro: 5n, atMs: noon(8), model: 'small' },
      { amountMicro: LARGE, atMs: noon(9), model: 'large' },
      { amountMicro: 3n, atMs: noon(9), model: 'small', settled: true },
      { amountMicro: 2n, atMs: noon(9), model: 'least', requester: 'bob' },
      { amountMicro: 99n, atMs: noon(9), model: 'small', direction: 'debit' },
      { amountMicro: 99n, atMs: noon(7), model: 'before' },
    ])
    await task({}, { model: 'unpaid' })
    const days = { days: 2, top: 2 }
    expect(earningsByModelDay(store, days, {}, noon(9))).toEqual({
      models: ['large', 'small'],
      days: [
        { day: '2031-03-08', earnedMicro: ['0', '5'], otherMicro: '0' },
        { day: '2031-03-09', earnedMicro: [String(LARGE), '3'], otherMicro: '2' },
      ],
    })
    expect(earningsByModelDay(store, days, { requester: 'bob' }, noon(9))).toMatchObject({
      models: ['least'],
      days: [{ earnedMicro: ['0'] }, { earnedMicro: ['2'], otherMicro: '0' }],
    })
    const byModel = { by: 'model', fromMs: noon(8), toMs: noon(10), limit: 5 } as const
    expect(earningsByGroup(store, { ...byModel, requester: 'bob' }).groups.map(({ key }) => key)).toEqual([
      'least',
    ])
  })

  it('are told by local day and by how far their payment has come', async () => {
    await entries([
      { amountMicro: 100n, atMs: noon(7) },
      { amountMicro: 7n, atMs: noon(9), settled: true },
      { amountMicro: LARGE, atMs: new Date(2031, 2, 9).getTime() },
      { amountMicro: LARGE, atMs: new Date(2031, 2, 9, 23, 59, 59, 999).getTime() },
      { amountMicro: 5n, atMs: noon(9), direction: 'debit' },
      { amountMicro: 1n, atMs: noon(10) }, // not yet
    ])
    await task({ amountMicro: 3n })
    const disputed = await task({ amountMicro: 4n, endedAtMs: noon(8) })
    await store.write((tx) => tasks.markDisputed(tx, disputed, 'no'))
    const unwanted = await task({ amountMicro: 6n })
    await store.write((tx) => tasks.markSuperseded(tx, unwanted, 'no'))
    await task(failed('internal'))
    const none = {
      pendingMicro: '0',
      acknowledgedMicro: '0',
      settledMicro: '0',
      disputedMicro: '0',
      unpaidMicro: '0',
    }
    expect(earningsByDay(store, 4, {}, noon(9))).toEqual([
      { day: '2031-03-06', ...none, tasks: 0 },
      { day: '2031-03-07', ...none, acknowledgedMicro: '100', tasks: 1 },
      { day: '2031-03-08', ...none, disputedMicro: '4', tasks: 1 },
      {
        day: '2031-03-09',
        pendingMicro: '3',
        acknowledgedMicro: String(2n * LARGE),
        settledMicro: '7',
        disputedMicro: '0',
        unpaidMicro: '6',
        tasks: 5,
      },
    ])
  })

  it('are told of one model and of one requester', async () => {
    await entries([
      { amountMicro: 1n, atMs: noon(9), model: 'a', requester: 'alice' },
      { amountMicro: 20n, atMs: noon(9), model: 'b', requester: 'alice' },
      { amountMicro: 300n, atMs: noon(9), model: 'a', requester: 'bob' },
    ])
    await task({ amountMicro: 4_000n }, { model: 'a', requester: 'bob' })
    const of = (filter: object) => earningsByDay(store, 1, filter, noon(9))[0]
    expect(of({ model: 'a' })).toMatchObject({ acknowledgedMicro: '301', pendingMicro: '4000' })
    expect(of({ requester: 'alice' })).toMatchObject({ acknowledgedMicro: '21', pendingMicro: '0' })
    expect(of({ model: 'a', requester: 'bob' })).toMatchObject({
      acknowledgedMicro: '300',
      pendingMicro: '4000',
    })
  })

  it('are grouped, the largest first, in pages', async () => {
    await entries(
      Array.from({ length: 25 }, (_, i) => ({
        amountMicro: BigInt(i + 1),
        atMs: noon(9),
        requester: `r${String(i).padStart(2, '0')}`,
        model: i % 2 === 0 ? 'even' : 'odd',
      })),
    )
    await task({ amountMicro: 1_000n }, { requester: 'r03', model: 'odd' })
    const query = { fromMs: noon(9), toMs: noon(9) + 1, limit: 10 }
    const keys: string[] = []
    let cursor: string | undefined
    do {
      const page = earningsByGroup(store, { ...query, by: 'requester', cursor })
      keys.push(...page.groups.map(({ key }) => key))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(keys).toHaveLength(25)
    expect(keys.slice(0, 3)).toEqual(['r03', 'r24', 'r23'])
    expect(earningsByGroup(store, { ...query, by: 'model' }).groups).toMatchObject([
      { key: 'odd', acknowledgedMicro: '156', pendingMicro: '1000', tasks: 13 },
      { key: 'even', acknowledgedMicro: '169', tasks: 13 },
    ])
    expect(earningsByGroup(store, { ...query, by: 'model', toMs: noon(9) }).groups).toEqual([])
    expect(() => earningsByGroup(store, { ...query, by: 'model', cursor: 'x' })).toThrowError(
      expect.objectContaining({ code: 'bad_usage' }),
    )
  })

  it('are answered by indexes alone', () => {
    const plan = (sql: string) =>
      store.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => detail)
    const asked: string[] = []
    const watching = {
      get: store.get.bind(store),
      all: <Row extends object>(sql: string, ...values: never[]): Row[] => {
        const parameters = (sql.match(/\?/g) ?? []).length
        asked.push(
          ...plan(Array.from({ length: parameters }).reduce<string>((text) => text.replace('?', '1'), sql)),
        )
        return store.all<Row>(sql, ...values)
      },
    } as unknown as Store
    earningsByDay(watching, 30, { model: 'demo', requester: 'alice' }, noon(9))
    earningsByGroup(watching, { by: 'requester', fromMs: 0, toMs: 1, limit: 1 })
    unpaidCauses(watching, 0, 1)
    const reads = asked.filter((detail) => /^(SCAN|SEARCH)/.test(detail))
    expect(reads.length).toBeGreaterThan(4)
    for (const detail of reads) expect(detail).toMatch(/COVERING INDEX|INTEGER PRIMARY KEY/)
  })

  it('that did not come have each a reason out of a closed list', async () => {
    const by: Record<string, string> = {
      free: await task({ amountMicro: 0n }),
      failed_by_node: await task(failed('out_of_memory')),
      failed_by_requester: await task(failed('missing_input')),
      cancelled: await task({ ...failed('cancelled'), state: 'cancelled' }),
      expired: await task({ ...failed('deadline_exceeded'), state: 'expired' }),
      superseded: await task({ amountMicro: 100n }),
      receipt_wrong: await task({}),
      no_receipt: await task({}),
      requester_gone: await task({}),
      disputed: await task({ amountMicro: 50n }),
    }
    const id = (code: string) => by[code] ?? ''
    await store.write((tx) => {
      tasks.markSuperseded(tx, id('superseded'), 'Superseded')
      tasks.markDisputed(tx, id('disputed'), 'Disputed: it is wrong')
      tasks.setUnpaidReason(tx, id('receipt_wrong'), 'receipt_wrong', 'No receipt: the amount differs')
      tasks.markDelivered(tx, id('no_receipt'), noon(9))
      tasks.markDelivered(tx, id('receipt_wrong'), noon(9))
    })
    // What may still be paid is pending, with its reason so far.
    const early = unpaidTasks(store, { limit: 50 }).tasks.map(({ code }) => code)
    expect(early).not.toContain('receipt_wrong')
    expect(taskView(taskRow(store, id('receipt_wrong')) as never)).toMatchObject({
      payment: 'pending',
      unpaidReason: 'No receipt: the amount differs',
    })
    await store.write((tx) => tasks.giveUpUnpaid(tx, noon(10)))
    const paid = await task({})
    const freeOfCharge = id('free')
    await store.write((tx) => {
      for (const taskId of [paid, freeOfCharge])
        tasks.markAcknowledged(tx, taskId, { deliveredAtMs: noon(9) })
    })

    const found: Record<string, string> = {}
    let cursor: string | undefined
    do {
      const page = unpaidTasks(store, { limit: 3, cursor })
      for (const { code, taskId } of page.tasks) found[code] = taskId
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(found).toEqual(by)
    expect(Object.keys(by).toSorted()).toEqual([...unpaidCodes].toSorted())
    expect(unpaidTasks(store, { code: 'disputed', limit: 5 }).tasks).toMatchObject([
      { taskId: by['disputed'], amountMicro: '50', reason: 'Disputed: it is wrong' },
    ])
    const causes = unpaidCauses(store, 0, noon(10))
    expect(causes.slice(0, 2)).toEqual([
      { code: 'superseded', tasks: 1, amountMicro: '100' },
      { code: 'disputed', tasks: 1, amountMicro: '50' },
    ])
    expect(causes).toHaveLength(unpaidCodes.length)
    expect(taskView(taskRow(store, freeOfCharge) as never)).toMatchObject({
      payment: 'none',
      unpaidCode: 'free',
    })
    expect(() => unpaidTasks(store, { limit: 1, cursor: 'x' })).toThrowError(
      expect.objectContaining({ code: 'bad_usage' }),
    )
  })
})
