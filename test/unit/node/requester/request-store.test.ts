import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DriverLease } from '../../../../src/node/requester/driver-lease.ts'
import { RequestStore } from '../../../../src/node/requester/request-store.ts'
import type { RequestAssignment, Settled } from '../../../../src/node/requester/request-types.ts'
import { requestDetail, requestPage, taskResult } from '../../../../src/node/requester/request-views.ts'
import type { Store } from '../../../../src/node/store/contract.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { Receipt, type Signed, TaskOutcome } from '../../../../src/protocol/wire/messages.pb.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

let folder: ReturnType<typeof tempFolder>
let store: Store
let requests: RequestStore
beforeEach(() => {
  folder = tempFolder()
  store = openStore({ path: folder.file('driad.sqlite') })
  requests = new RequestStore(store)
})
afterEach(async () => {
  await store.close()
  folder[Symbol.dispose]()
})

const idOf = (number: number) => `01890a5d-ac96-774b-bcce-${String(number).padStart(12, '0')}`

function insert(
  number: number,
  fields: { driver?: string; createdAtMs?: number; title?: string; models?: string[] } = {},
) {
  return store.write((tx) =>
    requests.insert(tx, {
      taskId: idOf(number),
      driver: 'd',
      offerKey: 'k',
      title: `Task ${number}`,
      workflowJson: '{}',
      models: ['demo', 'other'],
      maxPrice: { promptMicroPer1k: 1n, completionMicroPer1k: 2n },
      stream: false,
      cancelOnDisconnect: false,
      sampling: { temperature: 0.5, stop: ['END'] },
      priority: 'normal',
      copies: 1,
      deadlineMs: 10_000 + number,
      createdAtMs: 1_000 + number,
      ...fields,
    }),
  )
}

const given = (number: number, node = 'node'): RequestAssignment => ({
  taskId: idOf(number),
  node,
  addresses: ['/ip4/127.0.0.1/tcp/1'],
  mailboxes: [],
  model: 'demo',
  modelDigest: new Uint8Array(32).fill(3),
  contextSize: 512,
  price: { promptMicroPer1k: 1n, completionMicroPer1k: 2n },
  assignedAtMs: 2_000,
})

function settled(number: number, fields: Partial<Settled> = {}): Settled {
  const sign = (payload: Uint8Array<ArrayBuffer>): Signed => ({
    payload,
    publicKey: new Uint8Array(32),
    signature: new Uint8Array(64).fill(5),
  })
  const facts = {
    taskId: idOf(number),
    modelDigest: new Uint8Array(32),
    promptTokens: 10,
    completionTokens: 5,
    amountMicro: 20n,
  }
  return {
    state: 'retrieved',
    node: 'node',
    model: 'demo',
    stats: { promptTokens: 10, completionTokens: 5, totalMs: 30 },
    amountMicro: 20n,
    outcome: sign(
      TaskOutcome.encode({
        ...facts,
        requester: new Uint8Array(32),
        ok: true,
        result: 'Well',
        errorCode: '',
        errorMessage: '',
        model: 'demo',
        totalMs: 30,
        finishedAtMs: 1,
      }),
    ),
    receipt: sign(
      Receipt.encode({
        ...facts,
        node: new Uint8Array(32),
        resultHash: new Uint8Array(32).fill(10),
        issuedAtMs: 3_000,
      }),
    ),
    ledgerSeq: 4,
    atMs: 3_000,
    ...fields,
  }
}

const states = (number: number) => requestDetail(store, idOf(number))?.transitions.map(({ state }) => state)

describe('a stored request', () => {
  it('goes through its states, each with its time', async () => {
    await insert(1)
    await store.write((tx) => requests.publish(tx, 'd', 'k', 1_500, 10))
    expect(await store.write((tx) => requests.assignments.assign(tx, given(1)))).toBe('assigned')
    await store.write((tx) =>
      requests.assignments.progress(tx, { taskId: idOf(1), node: 'node', state: 'accepted', atMs: 2_100 }),
    )
    await store.write((tx) =>
      requests.assignments.progress(tx, { taskId: idOf(1), node: 'node', state: 'executing', atMs: 2_200 }),
    )
    // What arrives twice, late, or from somebody else changes nothing.
    for (const node of ['node', 'other']) {
      expect(
        await store.write((tx) =>
          requests.assignments.progress(tx, { taskId: idOf(1), node, state: 'accepted', atMs: 2_300 }),
        ),
      ).toBe(false)
    }
    await store.write((tx) => requests.settle(tx, idOf(1), settled(1)))
    expect(await store.write((tx) => requests.acknowledge(tx, idOf(1), 'other', 4_000))).toBeUndefined()
    expect(await store.write((tx) => requests.acknowledge(tx, idOf(1), 'node', 4_000))).toBe('acknowledged')
    expect(await store.write((tx) => requests.acknowledge(tx, idOf(1), 'node', 4_001))).toBeUndefined()
    expect(requestDetail(store, idOf(1))?.transitions).toEqual([
      { state: 'created', atMs: 1_001 },
      { state: 'published', atMs: 1_500 },
      { state: 'accepted', atMs: 2_100 },
      { state: 'executing', atMs: 2_200 },
      { state: 'completed', atMs: 3_000 },
      { state: 'retrieved', atMs: 3_000 },
      { state: 'acknowledged', atMs: 4_000 },
    ])
    expect(taskResult(store, idOf(1))).toEqual({
      taskId: idOf(1),
      status: 'completed',
      result: 'Well',
      model: 'demo',
      node: 'node',
      stats: { promptTokens: 10, completionTokens: 5, totalMs: 30 },
      amountMicro: '20',
      receipt: {
        ledgerSeq: 4,
        resultHash: '0a'.repeat(32),
        amountMicro: '20',
        issuedAtMs: 3_000,
        signature: Buffer.from(new Uint8Array(64).fill(5)).toString('base64'),
      },
    })
  })

  it('that was never offered by gossip is published by being assigned', async () => {
    await insert(1)
    expect(await store.write((tx) => requests.assignments.assign(tx, given(1)))).toBe(
      'published-and-assigned',
    )
    expect(states(1)).toEqual(['created', 'published'])
  })

  it('ends once', async () => {
    await insert(1)
    const end = { state: 'cancelled', error: { code: 'cancelled', message: 'No more' }, atMs: 2_000 } as const
    expect(await store.write((tx) => requests.end(tx, idOf(1), end))).toBe(true)
    expect(await store.write((tx) => requests.end(tx, idOf(1), { ...end, state: 'failed' }))).toBe(false)
    expect(await store.write((tx) => requests.assignments.assign(tx, given(1)))).toBe('ended')
    expect(taskResult(store, idOf(1))).toEqual({
      taskId: idOf(1),
      status: 'cancelled',
      error: { code: 'cancelled', message: 'No more' },
    })
  })

  it('taken from its node is unplaced again, and the node is remembered or not', async () => {
    await insert(1)
    await store.write((tx) => requests.assignments.assign(tx, given(1)))
    expect(requests.unplaced({ driver: 'd', offerKey: 'k', priority: 1, afterSeq: 0, limit: 10 })).toEqual([])
    const how = { atMs: 2_500, reason: 'It is gone', forget: false }
    expect(await store.write((tx) => requests.assignments.unassign(tx, idOf(1), 'node', how))).toBe(true)
    expect(requests.unplaced({ driver: 'd', offerKey: 'k', priority: 1, afterSeq: 0, limit: 10 })).toEqual([
      { seq: 1, taskId: idOf(1) },
    ])
    expect(requests.assignments.get(idOf(1), 'node')).toMatchObject({
      model: 'demo',
      price: { completionMicroPer1k: 2n },
    })
    expect(requests.assignments.any(idOf(1))).toBe(true)
    expect(
      await store.write((tx) => requests.assignments.reassign(tx, idOf(1), 'node', 2_600, 'It is back')),
    ).toBe(true)
    expect(requests.get(idOf(1))).toMatchObject({ node: 'node', state: 'accepted' })
    await store.write((tx) => requests.assignments.unassign(tx, idOf(1), 'node', { ...how, forget: true }))
    expect(requests.assignments.all(idOf(1))).toEqual([])
  })

  it('is found by its deadline, by its receipt, and by its driver', async () => {
    await insert(1)
    await insert(2, { driver: 'e' })
    expect(requests.overdue('d', 10_001, 10).map(({ taskId }) => taskId)).toEqual([idOf(1)])
    expect(requests.overdue('d', 10_000, 10)).toEqual([])
    expect(requests.nextDeadlineMs('e', 0)).toBe(10_002)
    await store.write((tx) => requests.settle(tx, idOf(1), settled(1)))
    expect(requests.undelivered(0, 10)).toEqual([{ taskId: idOf(1), node: 'node' }])
    await store.write((tx) => requests.refuseReceipt(tx, idOf(1), 'It is not wanted'))
    expect(requests.undelivered(0, 10)).toEqual([])
    expect(requestPage(store, { limit: 1, cursor: `1002.${idOf(2)}` }).tasks[0]?.unpaidReason).toBe(
      'It is not wanted',
    )
  })
})

describe('pages of requests', () => {
  it('are newest first, and go on where the last one ended', async () => {
    for (let number = 1; number <= 5; number++) await insert(number, { createdAtMs: 1_000 })
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = requestPage(store, { limit: 2, ...(cursor !== undefined && { cursor }) })
      seen.push(...page.tasks.map(({ taskId }) => taskId))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(seen).toEqual([5, 4, 3, 2, 1].map(idOf))
    expect(() => requestPage(store, { limit: 2, cursor: 'x' })).toThrow('does not exist')
  })

  it('are filtered by state, model and text', async () => {
    await insert(1, { title: '100 % of it' })
    await insert(2, { models: ['llama'] })
    await store.write((tx) => requests.assignments.assign(tx, given(1, 'the-node')))
    const ids = (query: object) =>
      requestPage(store, { limit: 9, ...query }).tasks.map(({ taskId }) => taskId)
    expect(ids({ state: 'published' })).toEqual([idOf(1)])
    expect(ids({ model: 'demo' })).toEqual([idOf(1)])
    expect(ids({ model: 'other' })).toEqual([])
    expect(ids({ model: 'llama' })).toEqual([idOf(2)])
    expect(ids({ search: '100 %' })).toEqual([idOf(1)])
    expect(ids({ search: 'the-node' })).toEqual([idOf(1)])
    expect(ids({ search: '_' })).toEqual([])
    expect(requestPage(store, { limit: 9 }).tasks.map(({ model }) => model)).toEqual(['llama', 'demo'])
  })
})

describe('the driver of a task', () => {
  const lease = (driver: string, leaseMs = 60_000) =>
    new DriverLease({ store, logger: recordingLogger().logger }, { driver, leaseMs, renewMs: 60_000 })

  it('keeps it while it lives, and leaves it to others when it ends', async () => {
    const [first, second] = [lease('first'), lease('second')]
    await first.start()
    await second.start()
    await insert(1, { driver: 'first' })
    expect(second.lives('first')).toBe(true)
    expect(await store.write((tx) => second.take(tx, idOf(1)))).toBe(false)
    expect(await store.write((tx) => second.takeOrphans(tx, 10))).toEqual([])
    await first.stop()
    expect(await store.write((tx) => second.takeOrphans(tx, 10))).toEqual([idOf(1)])
    expect(requests.get(idOf(1))?.driver).toBe('second')
    await second.stop()
  })

  it('loses it when its lease is over, or its process is not there', async () => {
    const [slow, second] = [lease('slow', -1), lease('second')]
    await slow.start()
    await second.start()
    expect(second.lives('slow')).toBe(false)
    // No system has such a process.
    await store.write((tx) =>
      tx.run(
        'INSERT INTO request_drivers (driver, pid, lease_until_ms) VALUES (?, ?, ?)',
        'dead',
        2 ** 30,
        Date.now() + 60_000,
      ),
    )
    expect(second.lives('dead')).toBe(false)
    expect(second.lives('never heard of')).toBe(false)
    await slow.stop()
    await second.stop()
  })
})
