import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { Exposure } from '../../../../src/node/exposure/exposure.ts'
import {
  allowanceOf,
  type ExposureBounds,
  exposureLimitMicro,
  noAccount,
} from '../../../../src/node/exposure/exposure-rule.ts'
import { readAccount } from '../../../../src/node/exposure/requester-accounts.ts'
import type { Store } from '../../../../src/node/store/contract.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { TaskStore } from '../../../../src/node/tasks/task-store.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const bytes = new Uint8Array([1, 2, 3])
const bounds: ExposureBounds = { startMicro: 100_000n, maxMicro: 300_000n, strangersMicro: 150_000n }
const emptyPot = { openMicro: 0n, inFlightMicro: 0n }
const NOW_MS = Date.UTC(2031, 3, 9)
const DAY_MS = 86_400_000

describe('the rule of what may be left unpaid', () => {
  it('grows with what was paid, shrinks with what was not, and has a floor and a ceiling', () => {
    const limit = (acknowledgedMicro: bigint, lostMicro: bigint) =>
      exposureLimitMicro({ ...noAccount, acknowledgedMicro, lostMicro }, bounds)
    expect(limit(0n, 0n)).toBe(100_000n)
    expect(limit(400_000n, 0n)).toBe(200_000n)
    expect(limit(9_000_000n, 0n)).toBe(300_000n)
    expect(limit(400_000n, 30_000n)).toBe(140_000n)
    expect(limit(0n, 50_000n)).toBe(0n)
  })

  it('lets one task run whatever it may cost, and no second one', () => {
    const dear = 5_000_000n
    expect(allowanceOf(noAccount, 0, dear, emptyPot, bounds).tasks).toBe(1)
    expect(allowanceOf(noAccount, 1, dear, emptyPot, bounds)).toMatchObject({
      tasks: 0,
      reached: 'requester',
    })
    const lost = { ...noAccount, lostMicro: 60_000n }
    expect(allowanceOf(lost, 0, dear, emptyPot, bounds).tasks).toBe(0)
  })

  it('never allows more than is left of any bound, beyond that one task', () => {
    const micro = fc.bigInt({ min: 0n, max: 1_000_000n })
    const account = fc.record({
      results: fc.nat(50),
      resultsMicro: micro,
      waitingMicro: micro,
      supersededMicro: micro,
      lostMicro: micro,
      acknowledgedMicro: fc.oneof(fc.constant(0n), micro),
    })
    const pot = fc.record({ openMicro: micro, inFlightMicro: micro })
    const expected = fc.bigInt({ min: 10_000n, max: 500_000n })
    fc.assert(
      fc.property(account, fc.nat(20), expected, pot, (of, inFlight, each, strangers) => {
        const { tasks, openMicro } = allowanceOf(of, inFlight, each, strangers, bounds)
        const more = BigInt(tasks) * each
        const one = inFlight === 0 && tasks === 1
        if (tasks === 0 || one) return
        expect(openMicro + more).toBeLessThanOrEqual(exposureLimitMicro(of, bounds))
        if (of.acknowledgedMicro === 0n) {
          expect(strangers.openMicro + strangers.inFlightMicro + more).toBeLessThanOrEqual(
            bounds.strangersMicro,
          )
        }
      }),
    )
  })
})

describe('Exposure', () => {
  async function withStore(work: (store: Store, tasks: TaskStore) => Promise<void>): Promise<void> {
    using folder = tempFolder()
    const store = openStore({ path: folder.file('driad.db') })
    try {
      await work(store, new TaskStore(store))
    } finally {
      await store.close()
    }
  }

  async function result(tasks: TaskStore, requester: string, amountMicro = 20_000n, endedAtMs = NOW_MS) {
    const taskId = uuidv7()
    await tasks.store.write((tx) => {
      tasks.insert(tx, {
        taskId,
        requester,
        contact: { peerId: 'contact', addresses: [] },
        assignment: { payload: bytes, signature: bytes },
        title: 'A task',
        model: 'demo',
        deadlineMs: NOW_MS,
        createdAtMs: NOW_MS,
      })
      tasks.end(tx, taskId, {
        state: 'completed',
        endedAtMs,
        promptTokens: 1,
        completionTokens: 2,
        totalMs: 3,
        amountMicro,
        outcome: { payload: bytes, signature: bytes },
      })
    })
    return taskId
  }

  const pay = (tasks: TaskStore, taskId: string) =>
    tasks.store.write((tx) => tasks.markAcknowledged(tx, taskId, { deliveredAtMs: NOW_MS, ledgerSeq: 1 }))

  function exposureOf(store: Store, init: { inFlight?: string[]; nowMs?: number } = {}) {
    return new Exposure(
      {
        store,
        bounds: () => bounds,
        inFlight: () => (init.inFlight ?? []).map((requester) => ({ requester })),
        prices: () => [{ promptMicroPer1k: 0n, completionMicroPer1k: 20_000n }],
        now: () => init.nowMs ?? NOW_MS,
      },
      { supersededForMs: 7 * DAY_MS },
    )
  }

  it('counts results that are not paid and tasks that run, until they are paid', async () => {
    await withStore(async (store, tasks) => {
      expect(exposureOf(store).allowance('alice').tasks).toBe(5)
      const ids = [await result(tasks, 'alice'), await result(tasks, 'alice')]
      expect(exposureOf(store).allowance('alice').tasks).toBe(3)
      expect(exposureOf(store, { inFlight: ['alice', 'alice', 'alice'] }).allowance('alice')).toMatchObject({
        tasks: 0,
        reached: 'requester',
        openMicro: 100_000n,
      })
      expect(() =>
        exposureOf(store, { inFlight: ['alice', 'alice', 'alice'] }).require('alice'),
      ).toThrowError(expect.objectContaining({ code: 'unpaid_limit' }))
      for (const id of ids) await pay(tasks, id)
      // 100,000 to begin with and a quarter of 40,000.
      expect(exposureOf(store).allowance('alice')).toMatchObject({
        tasks: 5,
        limitMicro: 110_000n,
        openMicro: 0n,
      })
    })
  })

  it('has one bound for all who never paid, which leaves out those who did', async () => {
    await withStore(async (store, tasks) => {
      await pay(tasks, await result(tasks, 'regular'))
      for (const name of ['a', 'b', 'c', 'd']) await result(tasks, name, 30_000n)
      // 30,000 are left: one running task of another stranger takes 20,000 of it.
      expect(exposureOf(store).allowance('e').tasks).toBe(1)
      const busy = exposureOf(store, { inFlight: ['f', 'f', 'regular'] })
      expect(busy.allowance('e')).toMatchObject({ tasks: 0, reached: 'strangers' })
      expect(() => busy.require('e')).toThrow(/have not paid yet/)
      expect(busy.allowance('regular').tasks).toBeGreaterThan(0)
      // A day later they weigh on themselves alone.
      expect(exposureOf(store, { nowMs: NOW_MS + DAY_MS + 1 }).allowance('e').tasks).toBe(5)
      expect(exposureOf(store, { nowMs: NOW_MS + DAY_MS + 1 }).allowance('a').tasks).toBe(2)
    })
  })

  it('holds what was given up and disputed against the requester, and forgives what it did not want', async () => {
    await withStore(async (store, tasks) => {
      await pay(tasks, await result(tasks, 'alice', 400_000n))
      const unwanted = await result(tasks, 'alice', 50_000n)
      await store.write((tx) => tasks.markSuperseded(tx, unwanted, 'Superseded'))
      const disputed = await result(tasks, 'alice', 10_000n)
      await store.write((tx) => tasks.markDisputed(tx, disputed, 'It is wrong'))
      await result(tasks, 'alice', 15_000n, NOW_MS - 8 * DAY_MS)
      await store.write((tx) => tasks.giveUpUnpaid(tx, NOW_MS - 7 * DAY_MS))
      expect(exposureOf(store).allowance('alice')).toMatchObject({ limitMicro: 150_000n, openMicro: 50_000n })
      const later = exposureOf(store, { nowMs: NOW_MS + 8 * DAY_MS }).allowance('alice')
      expect(later).toMatchObject({ limitMicro: 150_000n, openMicro: 0n })
      // Who pays late is forgiven.
      await pay(tasks, disputed)
      expect(exposureOf(store).allowance('alice').limitMicro).toBe(100_000n + 102_500n - 30_000n)
    })
  })

  it('keeps accounts that are what the tasks come to, whatever happens to them', async () => {
    const step = fc.record({
      requester: fc.constantFrom('a', 'b'),
      amountMicro: fc.constantFrom(0n, 5n, 10_000n, 123_456n, 2n ** 59n),
      fails: fc.boolean(),
      later: fc.array(fc.constantFrom('pay', 'supersede', 'dispute', 'give up'), { maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await withStore(async (store, tasks) => {
          for (const { requester, amountMicro, fails, later } of steps) {
            const taskId = fails
              ? await failure(tasks, requester)
              : await result(tasks, requester, amountMicro)
            for (const action of later) {
              if (action === 'pay') await pay(tasks, taskId)
              else if (action === 'give up') await store.write((tx) => tasks.giveUpUnpaid(tx, NOW_MS + 1))
              else if (action === 'dispute') await store.write((tx) => tasks.markDisputed(tx, taskId, 'no'))
              else await store.write((tx) => tasks.markSuperseded(tx, taskId, 'no'))
            }
          }
          for (const requester of ['a', 'b']) {
            expect(readAccount(store, requester, 0)).toEqual(recounted(store, requester))
          }
        })
      }),
      { numRuns: 20 },
    )
  })

  async function failure(tasks: TaskStore, requester: string): Promise<string> {
    const failed = uuidv7()
    await tasks.store.write((tx) => {
      tasks.insert(tx, {
        taskId: failed,
        requester,
        contact: { peerId: 'contact', addresses: [] },
        assignment: { payload: bytes, signature: bytes },
        title: 'A task',
        model: 'demo',
        deadlineMs: NOW_MS,
        createdAtMs: NOW_MS,
      })
      tasks.end(tx, failed, {
        state: 'failed',
        endedAtMs: NOW_MS,
        error: { code: 'internal', message: 'x' },
        promptTokens: 1,
        completionTokens: 2,
        totalMs: 3,
        amountMicro: 0n,
        outcome: { payload: bytes, signature: bytes },
      })
    })
    return failed
  }

  function recounted(store: Store, requester: string) {
    const rows = store.all<{ state: string; amount_micro: bigint }>(
      'SELECT receipt_state AS state, amount_micro FROM node_tasks WHERE requester = ? AND error_code IS NULL',
      requester,
    )
    const counted = rows.map((row) => {
      const atLeast = row.amount_micro < 10_000n ? 10_000n : row.amount_micro
      return { ...row, micro: atLeast < 10n ** 12n ? atLeast : 10n ** 12n }
    })
    const sum = (keep: (row: (typeof counted)[number]) => boolean) =>
      counted.filter(keep).reduce((total, row) => total + row.micro, 0n)
    return {
      results: rows.length,
      resultsMicro: sum(() => true),
      waitingMicro: sum((row) => row.state === 'waiting'),
      supersededMicro: sum((row) => row.state === 'superseded'),
      lostMicro: sum((row) => row.state === 'unpaid'),
      acknowledgedMicro: sum((row) => row.state === 'acknowledged' && row.amount_micro > 0n),
    }
  }
})
