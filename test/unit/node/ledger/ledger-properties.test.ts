import { createHash } from 'node:crypto'
import { copyFileSync, existsSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { earningsByDay } from '../../../../src/node/earnings/earnings-sums.ts'
import { unpaidCauses } from '../../../../src/node/earnings/unpaid-tasks.ts'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { compareBundles } from '../../../../src/node/ledger/compare-bundles.ts'
import { exportLedger } from '../../../../src/node/ledger/export-ledger.ts'
import { Statements } from '../../../../src/node/ledger/statements/statements.ts'
import { takeDispute } from '../../../../src/node/tasks/disputes.ts'
import { takeReceipt } from '../../../../src/node/tasks/receipts.ts'
import { receivables } from '../../../../src/node/tasks/task-pages.ts'
import { TaskStore } from '../../../../src/node/tasks/task-store.ts'
import { peerIdOfPublicKey } from '../../../../src/protocol/wire/keys.ts'
import type { Signed } from '../../../../src/protocol/wire/messages.pb.ts'
import { type Signer, signMessage } from '../../../../src/protocol/wire/signing.ts'
import { insertTask } from '../../../helpers/ledger-file.ts'
import { type Books, closeBooks, openBooks } from '../../../helpers/ledger-pair.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { signedWork, testSigner } from '../../../helpers/signed-work.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

/** More by hand: DRIAD_MONEY_RUNS=500. */
const RUNS = Number(process.env['DRIAD_MONEY_RUNS'] ?? 12)

const EARLIEST_MS = Date.UTC(2020, 0, 1)
const TASKS = 5
const AMOUNTS = [0n, 1n, 700n, 20_000n, 999_999n] as const

type Step =
  | {
      readonly kind: 'work' | 'pay' | 'pay twice' | 'dispute' | 'unwanted'
      readonly task: number
      readonly payer: number
    }
  | { readonly kind: 'settle' | 'settle late'; readonly payer: number }
  | { readonly kind: 'crash'; readonly task: number; readonly payer: number; readonly turns: number }
  | { readonly kind: 'give up' }

const payer = fc.integer({ min: 0, max: 1 })
const task = fc.integer({ min: 0, max: TASKS - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('work', 'pay', 'pay', 'pay twice'), task, payer }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('dispute', 'unwanted'), task, payer }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('settle', 'settle late'), payer }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), task, payer, turns: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'give up' } as const) },
)

interface Work {
  readonly taskId: string
  readonly outcome: Signed
  readonly receipt: Signed
  readonly amountMicro: bigint
  ended: boolean
  paid: boolean
}

/** A node and two requesters, each with real books; the node's are opened anew at each crash. */
class World {
  readonly folder = tempFolder()
  node!: Books
  tasks!: TaskStore
  readonly payers: Books[] = []
  readonly works: Work[][] = []
  readonly settlements: string[] = []
  #kills = 0
  readonly #identity: Awaited<ReturnType<typeof createEphemeralIdentity>>

  constructor(identity: Awaited<ReturnType<typeof createEphemeralIdentity>>) {
    this.#identity = identity
    this.#open()
    for (const name of ['first', 'second']) {
      const books = openBooks(
        this.folder.file(`${name}.sqlite`),
        this.folder.file(`${name}.anchor`),
        testSigner(),
      )
      this.payers.push(books)
      this.works.push(AMOUNTS.map((amountMicro) => this.#work(books.identity, amountMicro)))
    }
  }

  async close(): Promise<void> {
    for (const books of [this.node, ...this.payers]) await closeBooks(books)
    this.folder[Symbol.dispose]()
  }

  async run(step: Step): Promise<void> {
    switch (step.kind) {
      case 'crash':
        return await this.#crash(step)
      case 'give up':
        await this.node.store.write((tx) => this.tasks.giveUpUnpaid(tx, Date.now() + 1))
        return
      case 'settle':
      case 'settle late':
        return await this.#settle(step.payer, step.kind === 'settle late')
      default:
        return await this.#ofTask(step.kind, step.payer, step.task)
    }
  }

  #open(): void {
    this.node = openBooks(this.#path(), this.folder.file(`node-${this.#kills}.anchor`), this.#identity)
    this.tasks = new TaskStore(this.node.store)
  }

  #path(): string {
    return this.folder.file(`node-${this.#kills}.sqlite`)
  }

  /** The node is killed while it takes a receipt: the next one starts from what is on disk then. The receipt comes again. */
  async #crash({ payer, task, turns }: { payer: number; task: number; turns: number }): Promise<void> {
    const work = this.works[payer]?.[task]
    const books = this.payers[payer]
    const killed = { books: this.node, path: this.#path(), pending: Promise.resolve<unknown>(undefined) }
    if (work?.ended === true && books !== undefined) {
      await this.#debit(work, books)
      killed.pending = takeReceipt(work.receipt, this.#components(), () => undefined)
      for (let turn = 0; turn < turns; turn++) await nextTurn()
    }
    this.#kills++
    copyFileSync(killed.path, this.#path())
    if (existsSync(`${killed.path}-wal`)) copyFileSync(`${killed.path}-wal`, `${this.#path()}-wal`)
    this.#open()
    await killed.pending
    await closeBooks(killed.books)
    if (work?.ended !== true) return
    await takeReceipt(work.receipt, this.#components(), () => undefined)
    work.paid = true
  }

  #work(payer: Signer, amountMicro: bigint): Work {
    const taskId = uuidv7()
    const signed = signedWork({ payer, payee: this.#identity, taskId, amountMicro })
    return { taskId, ...signed, amountMicro, ended: false, paid: false }
  }

  async #ofTask(kind: 'work' | 'pay' | 'pay twice' | 'dispute' | 'unwanted', by: number, index: number) {
    const work = this.works[by]?.[index]
    const payer = this.payers[by]
    if (work === undefined || payer === undefined) return
    if (kind === 'work') {
      if (!work.ended) await this.#end(work, payer.identity)
      return
    }
    if (!work.ended) return
    const { tasks } = this
    if (kind === 'unwanted')
      await tasks.store.write((tx) => tasks.markSuperseded(tx, work.taskId, 'Superseded'))
    else if (kind === 'dispute') await takeDispute(this.#dispute(work, payer.identity), this.#components())
    else {
      await this.#debit(work, payer)
      const taken = [1, 2]
        .slice(0, kind === 'pay' ? 1 : 2)
        .map(() => takeReceipt(work.receipt, this.#components(), () => undefined))
      expect((await Promise.all(taken)).filter(({ isNew }) => isNew)).toHaveLength(work.paid ? 0 : 1)
      work.paid = true
    }
  }

  async #end(work: Work, payer: Signer): Promise<void> {
    const { tasks } = this
    const requester = peerIdOfPublicKey(payer.publicKey)
    await tasks.store.write((tx) => {
      tasks.insert(tx, {
        taskId: work.taskId,
        requester,
        contact: { peerId: requester, addresses: [] },
        assignment: assignmentOf(work, payer),
        title: 'A task',
        model: 'demo',
        deadlineMs: Date.now(),
        createdAtMs: Date.now(),
      })
      tasks.end(tx, work.taskId, {
        state: 'completed',
        endedAtMs: Date.now(),
        promptTokens: 12,
        completionTokens: 34,
        totalMs: 80,
        amountMicro: work.amountMicro,
        outcome: work.outcome,
      })
    })
    work.ended = true
  }

  async #debit(work: Work, payer: Books): Promise<void> {
    if (work.amountMicro === 0n || payer.ledger.entryOfTask(work.taskId, 'debit') !== undefined) return
    const entry = await payer.store.write((tx) => {
      const { receipt, outcome } = work
      const appended = payer.ledger.append(tx, { direction: 'debit', receipt, outcome })
      insertTask(tx, appended, [payer.identity, this.#identity])
      return appended
    })
    payer.ledger.committed(entry)
  }

  /** `late`: the settlement is signed and does not reach the node before another step. */
  async #settle(by: number, late: boolean): Promise<void> {
    const payer = this.payers[by]
    if (payer === undefined) return
    const init = { payoutAddress: () => '', now: () => Date.now() + 1_000 }
    const ofNode = new Statements({ ...this.node, ...init })
    const requester = peerIdOfPublicKey(payer.identity.publicKey)
    const statement = await ofNode.issue(requester, { fromMs: EARLIEST_MS, toMs: Date.now() + 1 })
    if (statement !== undefined) {
      const confirmed = await new Statements({ ...payer, ...init })
        .confirm(ofNode.lines(statement), '')
        // It confirmed an earlier one that did not arrive yet.
        .catch(() => undefined)
      if (confirmed !== undefined) this.settlements.push(confirmed)
    }
    if (late) return
    for (const text of this.settlements) await ofNode.settle(text)
  }

  #components() {
    const { ledger } = this.node
    return { tasks: this.tasks, ledger, identity: this.#identity, logger: recordingLogger().logger }
  }

  #dispute(work: Work, payer: Signer): Signed {
    return signMessage(
      'dispute',
      {
        taskId: work.taskId,
        node: new Uint8Array(this.#identity.publicKey),
        resultHash: new Uint8Array(createHash('sha256').update(work.outcome.payload).digest()),
        code: 'other',
        reason: 'no',
        issuedAtMs: Date.now(),
      },
      payer,
    )
  }
}

function assignmentOf(work: Work, payer: Signer): Signed {
  return signMessage(
    'assignment',
    {
      taskId: work.taskId,
      offerId: work.taskId,
      node: new Uint8Array(work.outcome.publicKey),
      model: 'demo',
      workflowJson: '{"prompt":"Tell me a story"}',
      deadlineMs: Date.now(),
      promptMicroPer1k: 1_000n,
      completionMicroPer1k: 2_000n,
      stream: false,
      cancelOnDisconnect: false,
      stop: [],
    },
    payer,
  )
}

describe('money, whatever happens in whatever order', () => {
  it('is paid once, adds up, and is proven by both sides', async () => {
    const identity = await createEphemeralIdentity()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const world = new World(identity)
        try {
          for (const each of steps) await world.run(each)
          await checkAll(world)
        } finally {
          await world.close()
        }
      }),
      { numRuns: RUNS },
    )
  }, 600_000)
})

async function checkAll(world: World): Promise<void> {
  const { node, payers, works, tasks } = world
  // No task is paid twice, and none without a receipt.
  const costly = works.flat().filter(({ amountMicro }) => amountMicro > 0n)
  const paid = costly.filter((work) => work.paid)
  const credits = node.ledger.entriesAfter(0)
  expect(credits.map(({ taskId }) => taskId).toSorted()).toEqual(paid.map(({ taskId }) => taskId).toSorted())
  const paidMicro = paid.reduce((sum, { amountMicro }) => sum + amountMicro, 0n)
  expect(node.ledger.balanceMicro()).toBe(paidMicro)

  // Every ended task that costs something is in exactly one of the sums.
  const endedMicro = costly
    .filter(({ ended }) => ended)
    .reduce((sum, { amountMicro }) => sum + amountMicro, 0n)
  const owed = receivables(node.store)
  const { creditMicro, settledMicro } = node.ledger.credits()
  expect(creditMicro + owed.pendingMicro + owed.disputedMicro + owed.unpaidMicro).toBe(endedMicro)
  const [today] = earningsByDay(node.store, 1)
  expect(today).toMatchObject({
    pendingMicro: String(owed.pendingMicro),
    acknowledgedMicro: String(creditMicro - settledMicro),
    settledMicro: String(settledMicro),
    disputedMicro: String(owed.disputedMicro),
    unpaidMicro: String(owed.unpaidMicro),
  })
  const lost = unpaidCauses(tasks.store, 0, Date.now() + 1).reduce(
    (sum, cause) => sum + BigInt(cause.amountMicro),
    0n,
  )
  expect(lost).toBe(owed.disputedMicro + owed.unpaidMicro)

  // What is settled here is settled there.
  const settled = credits.filter(({ seq }) => node.ledger.isSettled(seq))
  expect(settled.reduce((sum, { amountMicro }) => sum + amountMicro, 0n)).toBe(settledMicro)
  const settledTasks = new Set(
    payers
      .flatMap(({ ledger }) => ledger.entriesAfter(0).filter(({ seq }) => ledger.isSettled(seq)))
      .map(({ taskId }) => taskId),
  )
  for (const { taskId } of settled) expect(settledTasks).toContain(taskId)

  // Both sides prove it, and agree.
  for (const books of [node, ...payers])
    expect(await books.ledger.verify()).toMatchObject({ ok: true, problems: [] })
  for (const books of payers) {
    const compared = await compareBundles(
      exportLedger({ ...node, format: 'bundle' }),
      exportLedger({ ...books, format: 'bundle' }),
    )
    expect(compared).toMatchObject({ ok: true, mismatches: [] })
  }
}
