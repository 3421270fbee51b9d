import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RequestStore } from '../../../../src/node/requester/request-store.ts'
import type { Store } from '../../../../src/node/store/contract.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import type { AnswerEvidence, CheckSubject, Verdict } from '../../../../src/node/verification/contract.ts'
import { EvidenceBook } from '../../../../src/node/verification/evidence-book.ts'
import { evidenceThresholds as limits } from '../../../../src/node/verification/thresholds.ts'
import { TaskOutcome } from '../../../../src/protocol/wire/messages.pb.ts'
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
const digest = (byte: number) => new Uint8Array(32).fill(byte)

function outcomeOf(number: number, result: string): TaskOutcome {
  return {
    taskId: idOf(number),
    requester: new Uint8Array(32),
    ok: true,
    result,
    errorCode: '',
    errorMessage: '',
    model: 'demo',
    modelDigest: digest(3),
    promptTokens: 1,
    completionTokens: 1,
    totalMs: 1,
    amountMicro: 0n,
    finishedAtMs: 1,
  }
}

/** A task with a seed, or without one of its own. */
async function insert(number: number, seed?: number): Promise<void> {
  await store.write((tx) =>
    requests.insert(tx, {
      taskId: idOf(number),
      driver: 'd',
      offerKey: 'k',
      title: 'A task',
      workflowJson: '{}',
      models: ['demo'],
      maxPrice: { promptMicroPer1k: 1n, completionMicroPer1k: 1n },
      stream: false,
      cancelOnDisconnect: false,
      sampling: { temperature: 1, ...(seed !== undefined && { seed }) },
      priority: 'normal',
      copies: 1,
      deadlineMs: 1e12,
      createdAtMs: 1_000 + number,
    }),
  )
}

/** The node has sent this for that task, and it was taken. */
async function take(number: number, result: string, seed?: number): Promise<void> {
  await insert(number, seed)
  await store.write((tx) =>
    tx.run(
      "UPDATE requests SET node = 'node', state = 'acknowledged', outcome_payload = ?, ended_at_ms = ? WHERE task_id = ?",
      TaskOutcome.encode(outcomeOf(number, result)),
      2_000 + number,
      idOf(number),
    ),
  )
}

function subject(fields: { node?: string; model?: number; number?: number; result?: string; seed?: number }) {
  const { node = 'node', model = 3, number = 1, result = 'text', seed } = fields
  return {
    taskId: idOf(number),
    node,
    assignment: { modelDigest: digest(model) },
    contents: { sampling: seed === undefined ? {} : { seed } },
    outcome: outcomeOf(number, result),
  } as unknown as CheckSubject
}

function agreed(fields: Partial<AnswerEvidence> = {}): Verdict {
  const evidence = { drawn: true, places: 40, open: 4, strange: 3, logChance: 0, ...fields }
  return { kind: 'agreed', reason: 'it is right', evidence }
}

const weigh = (book: EvidenceBook, of: CheckSubject, verdict: Verdict) =>
  store.write((tx) => book.weigh(tx, of, verdict))

describe('a node whose answers are slightly off again and again', () => {
  it('is suspected, then caught, by one of its own model only, and begins anew', async () => {
    const book = new EvidenceBook(requests)
    let checks = 0
    let verdict = agreed()
    while (verdict.kind === 'agreed' && checks < 20) {
      verdict = await weigh(book, subject({}), agreed())
      checks++
      if (verdict.kind === 'agreed') expect(book.of(subject({})).score).toBeLessThan(limits.refutedNats)
    }
    expect(verdict.reason).toMatch(
      new RegExp(`last ${checks} checked answers ${3 * checks} of ${40 * checks} tokens`),
    )
    expect(checks).toBeGreaterThan(2)
    expect(checks).toBeLessThan(6)
    expect(book.of(subject({})).score).toBe(0)
    await weigh(book, subject({}), agreed())
    await weigh(book, subject({}), agreed())
    expect(book.isSuspected(subject({}))).toBe(true)
    expect(book.isSuspected(subject({ model: 4 }))).toBe(false)
    expect(book.isSuspected(subject({ node: 'another' }))).toBe(false)
  })

  it('is remembered by the next process of the folder', async () => {
    await weigh(new EvidenceBook(requests), subject({}), agreed())
    const { score } = new EvidenceBook(requests, { now: Date.now }).of(subject({}))
    await store.close()
    store = openStore({ path: folder.file('driad.sqlite') })
    const again = new EvidenceBook(new RequestStore(store)).of(subject({}))
    expect(again.score).toBeCloseTo(score, 5)
    expect(again.score).toBeGreaterThan(1)
  })

  it('leaves no trace once it is made up for, and what fades does', async () => {
    let nowMs = 0
    const book = new EvidenceBook(requests, { now: () => nowMs })
    await weigh(book, subject({}), agreed())
    expect(store.all('SELECT * FROM peer_evidence')).toHaveLength(1)
    nowMs = 300 * 86_400_000
    expect(book.of(subject({})).score).toBeLessThan(0.01)
    await weigh(book, subject({}), agreed({ strange: 0 }))
    expect(store.all('SELECT * FROM peer_evidence')).toEqual([])
  })

  it('is not forgotten for strangers that come in numbers', async () => {
    let nowMs = 0
    const book = new EvidenceBook(requests, { maxRecords: 8, now: () => nowMs })
    await weigh(book, subject({ node: 'suspect' }), agreed())
    await weigh(book, subject({ node: 'suspect' }), agreed())
    for (let stranger = 0; stranger < 600; stranger++) {
      nowMs++
      await weigh(book, subject({ node: `stranger ${stranger}` }), agreed())
    }
    expect(book.isSuspected(subject({ node: 'suspect' }))).toBe(true)
    const { records } = store.get<{ records: number }>('SELECT count(*) AS records FROM peer_evidence') ?? {}
    expect(records).toBeLessThan(8 + 256)
  })
})

describe('a verdict that shows nothing of how a node computes', () => {
  it('stays what it is', async () => {
    const book = new EvidenceBook(requests)
    for (const kind of ['agreed', 'refuted', 'unclear'] as const) {
      const verdict = { kind, reason: 'so it is' }
      expect(await weigh(book, subject({}), verdict)).toBe(verdict)
    }
    expect(store.all('SELECT * FROM peer_evidence')).toEqual([])
  })
})

describe('a text with a seed that the node sent for another task, too', () => {
  const unlikely = { strange: 1, logChance: -40 }

  it('is refuted where it is not the one of the seed, and chance would not have made it', async () => {
    await take(1, 'once upon a time')
    const book = new EvidenceBook(requests)
    const verdict = await weigh(book, subject({ number: 2, result: 'once upon a time' }), agreed(unlikely))
    expect(verdict).toMatchObject({ kind: 'refuted', reason: expect.stringMatching(/sent for another task/) })
  })

  it.each([
    ['it is what the seed gives', { ...unlikely, strange: 0 }, 'once upon a time', undefined],
    ['chance may have made it', { strange: 1, logChance: -17 }, 'once upon a time', undefined],
    ['it is another text', unlikely, 'once upon a tree', undefined],
    ['both tasks have the same seed', unlikely, 'once upon a time', 7],
  ] as const)('is taken where %s', async (_, evidence, result, seed) => {
    await take(1, 'once upon a time', seed)
    const of = subject({ number: 2, result, ...(seed !== undefined && { seed }) })
    expect(await weigh(new EvidenceBook(requests), of, agreed(evidence))).toMatchObject({ kind: 'agreed' })
  })

  it('is refuted where the other task had another seed', async () => {
    await take(1, 'once upon a time', 7)
    const of = subject({ number: 2, result: 'once upon a time', seed: 8 })
    expect((await weigh(new EvidenceBook(requests), of, agreed(unlikely))).kind).toBe('refuted')
  })
})
