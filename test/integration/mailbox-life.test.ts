import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createLlamaEngine } from '../../src/inference-child/llama-engine.ts'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { LetterStore } from '../../src/node/mailbox/letter-store.ts'
import { seal } from '../../src/node/mailbox/seal.ts'
import { MAIL_PROTOCOL, WORK_PROTOCOL } from '../../src/node/network/contract.ts'
import { OwnModelChecker } from '../../src/node/verification/own-model.ts'
import { DriadError } from '../../src/protocol/errors.ts'
import { FromRequester, MailRequest } from '../../src/protocol/wire/messages.pb.ts'
import { signMessage } from '../../src/protocol/wire/signing.ts'
import { createWorkflowParser } from '../../src/protocol/workflow/parse-cache.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { type MailboxNode, type MailboxNodeInit, startMailbox } from '../helpers/mailbox-node.ts'
import { demoModelPath } from '../helpers/models.ts'
import { aNetworkName } from '../helpers/network-hosts.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import {
  type Leftovers,
  startTaskNode,
  type TaskNode,
  type TaskNodeInit,
  TestModels,
} from '../helpers/task-node.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { eventually, startRequester, type TestRequesterInit } from '../helpers/test-requester.ts'

const task = { workflow: promptWorkflow('Hello'), models: ['demo'] }
const quick = { collectMinMs: 50, collectMaxMs: 200 }

/** A mailbox, and a node that has done a task of a requester who went away as soon as it was accepted. */
async function done(
  init: Omit<MailboxNodeInit, 'networkName'> = {},
  { node: nodeInit = {}, deadlineMs }: { node?: Partial<TaskNodeInit>; deadlineMs?: number } = {},
) {
  const networkName = aNetworkName()
  const stack = new AsyncDisposableStack()
  const folder = stack.use(tempFolder())
  const mailbox = stack.use(await startMailbox({ networkName, ...init }))
  const engine = new GatedEngine()
  const common = { engine, networkName, mailLimits: quick, bootstrap: [...mailbox.network.addresses()] }
  const node = stack.use(await startTaskNode({ ...common, ...nodeInit }))
  await eventually(() => knows(node, mailbox), 'the node knows the mailbox')
  const asking = await startRequester(networkName, { dataDir: folder.path, knows: [node] })
  const taskId = await asking.requester.publish({ ...task, ...(deadlineMs !== undefined && { deadlineMs }) })
  const job = await engine.next()
  await eventually(() => asking.statesOf(taskId).includes('executing'), 'it runs')
  await asking.close()
  job.say('Done')
  job.finish()
  await eventually(() => node.service.get(taskId)?.state === 'completed', 'the node is done')
  return {
    mailbox,
    node,
    taskId,
    engine,
    dataDir: folder.path,
    /** The requester's next run: it knows the mailbox and no other node. */
    comeBack: (how: TestRequesterInit = {}) =>
      startRequester(networkName, { dataDir: folder.path, knows: [mailbox], ...how }),
    /** The node's next run, at another address. */
    nodeAgain: (from: Leftovers, mailLimits = {}) =>
      startTaskNode({ ...common, from, identity: node.identity, mailLimits: { ...quick, ...mailLimits } }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function knows(node: TaskNode, mailbox: MailboxNode): boolean {
  return node.network.peersWith(MAIL_PROTOCOL).some((peer) => peer.peerId === mailbox.network.peerId)
}

/** Told to stop, it leaves what it owes; then it is off the network. */
async function goAway(node: TaskNode): Promise<Leftovers> {
  await node.service.stop({ drainMs: 0 })
  await node.network.stop()
  return node.leftovers()
}

/** Fails so often at one step, as a full disk would. */
function failing(step: 'insert' | 'reply' | 'delete', times: number) {
  return class extends LetterStore {
    left = times
    override insert(...args: Parameters<LetterStore['insert']>) {
      this.#fail('insert')
      super.insert(...args)
    }
    override reply(...args: Parameters<LetterStore['reply']>) {
      this.#fail('reply')
      super.reply(...args)
    }
    override delete(...args: Parameters<LetterStore['delete']>) {
      this.#fail('delete')
      return super.delete(...args)
    }
    #fail(now: typeof step) {
      if (now === step && this.left-- > 0) throw new DriadError('disk_full', 'The disk is full')
    }
  }
}

describe('a requester that closes its laptop', () => {
  it('gets the result from a mailbox, and its receipt reaches the node that had gone', async () => {
    await using it = await done()
    const leftovers = await goAway(it.node)
    expect(it.mailbox.letters.use().letters).toBe(1)
    expect(it.node.service.get(it.taskId)?.unpaidReason).toMatch(/waits for it with other nodes/)
    // The mailbox has no idea of what it keeps.
    const sealed = Buffer.from(it.mailbox.letters.sealed(it.taskId, it.node.identity.peerId) ?? [])
    expect(sealed.byteLength).toBeGreaterThan(500)
    expect(sealed.includes('Done')).toBe(false)

    const back = await it.comeBack()
    expect(await back.requester.wait(it.taskId)).toMatchObject({ status: 'completed', result: 'Done' })
    expect(back.ledger.lastSeq()).toBe(1)
    await back.close()
    expect(it.mailbox.letters.state(it.taskId, it.node.identity.peerId)?.reply).toBeDefined()

    await using again = await it.nodeAgain(leftovers)
    await eventually(() => again.ledger.lastSeq() === 1, 'the node is paid')
    expect(again.service.get(it.taskId)?.state).toBe('acknowledged')
    await eventually(() => it.mailbox.letters.use().letters === 0, 'the mailbox is cleared')
    expect(it.engine.jobs).toHaveLength(1)
    expect((await again.ledger.verify()).problems).toEqual([])
  })

  it('counts what was done in time, though it comes back after the deadline', async () => {
    const deadlineMs = Date.now() + 2_500
    await using it = await done({}, { deadlineMs })
    const leftovers = await goAway(it.node)
    leftovers[Symbol.dispose]()
    await eventually(() => Date.now() > deadlineMs + 1_500, 'the deadline and its grace are over')
    await using back = await it.comeBack()
    expect(await back.requester.wait(it.taskId)).toMatchObject({ status: 'completed', result: 'Done' })
  })

  it('asks for it without waiting', async () => {
    await using it = await done()
    const leftovers = await goAway(it.node)
    leftovers[Symbol.dispose]()
    await using back = await it.comeBack()
    await eventually(() => back.network.peersWith(MAIL_PROTOCOL).length > 0, 'it knows the mailbox')
    expect(await back.requester.result(it.taskId)).toMatchObject({ status: 'completed', result: 'Done' })
  })

  it('gets it from a mailbox that it was told of, without being connected to it', async () => {
    await using it = await done()
    const leftovers = await goAway(it.node)
    leftovers[Symbol.dispose]()
    await using back = await startRequester(it.node.network.networkName, { dataDir: it.dataDir })
    expect(await back.requester.wait(it.taskId)).toMatchObject({ status: 'completed', result: 'Done' })
  })
})

describe('a result in a mailbox that a check finds wrong', () => {
  it('is disputed in the reply, which reaches the node though the two never meet', async () => {
    const models = new TestModels()
    const digest = new Uint8Array(createHash('sha256').update(readFileSync(demoModelPath)).digest())
    models.serve({ name: 'demo', digest, contextSize: 512 })
    await using it = await done({}, { node: { models } })
    const leftovers = await goAway(it.node)

    const engine = createLlamaEngine({ log: () => {} })
    await using _ = { [Symbol.asyncDispose]: () => engine.dispose() }
    await engine.load({ name: 'demo', path: demoModelPath, slots: 1, contextSize: 512, gpu: 'off' })
    const own = new OwnModelChecker({
      engine,
      parseWorkflow: createWorkflowParser(),
      models: { has: () => true, ready: async () => ({ name: 'demo', contextSize: 512 }) },
    })
    const back = await it.comeBack({ verification: { rate: 1, own }, recover: true })
    const left = () => it.mailbox.letters.state(it.taskId, it.node.identity.peerId)?.reply
    await eventually(() => left() !== undefined, 'the reply is left')
    const { checks, transitions } = back.requester.get(it.taskId) ?? {}
    expect(checks).toMatchObject([{ verdict: 'refuted', method: 'own_model' }])
    expect(transitions?.at(-1)).toMatchObject({ state: 'published' })
    expect(back.ledger.lastSeq()).toBe(0)
    await back.close()

    await using again = await it.nodeAgain(leftovers)
    await eventually(() => again.service.get(it.taskId)?.dispute !== undefined, 'the node is told')
    expect(again.service.get(it.taskId)).toMatchObject({
      payment: 'disputed',
      unpaidCode: 'disputed',
      dispute: { code: 'failed_verification', reason: expect.stringMatching(/found to be wrong/) },
    })
    await eventually(() => it.mailbox.letters.use().letters === 0, 'the mailbox is cleared')
    expect(again.ledger.lastSeq()).toBe(0)
  })
})

describe('many results', () => {
  it('are left, found, paid and cleared, each once', async () => {
    const count = 60
    const networkName = aNetworkName()
    using folder = tempFolder()
    await using mailbox = await startMailbox({ networkName })
    await using second = await startMailbox({ networkName, bootstrap: [...mailbox.network.addresses()] })
    const engine = new GatedEngine()
    const bootstrap = [...mailbox.network.addresses(), ...second.network.addresses()]
    const common = { engine, networkName, bootstrap, mailLimits: quick }
    const node = await startTaskNode(common)
    node.models.serve({ name: 'demo', slots: count })
    await eventually(() => knows(node, mailbox) && knows(node, second), 'the node knows both mailboxes')
    const asking = await startRequester(networkName, { dataDir: folder.path, knows: [node] })
    const taskIds = await asking.requester.publishMany(Array.from({ length: count }, () => task))
    await eventually(() => engine.jobs.length === count, 'all run')
    await eventually(
      () => taskIds.every((taskId) => asking.requester.view(taskId)?.state === 'executing'),
      'the requester knows it',
    )
    await asking.close()
    for (const [at, job] of engine.jobs.entries()) {
      job.say(`Answer ${at}`)
      job.finish()
    }
    await eventually(() => node.service.stats().running === 0, 'all are done')
    const leftovers = await goAway(node)
    await node[Symbol.asyncDispose]()
    expect(mailbox.letters.use().letters).toBe(count)
    expect(second.letters.use().letters).toBe(count)

    const back = await startRequester(networkName, {
      dataDir: folder.path,
      knows: [mailbox, second],
      recover: true,
    })
    const results = await Promise.all(taskIds.map((taskId) => back.requester.wait(taskId)))
    expect(new Set(results.map(({ result }) => result)).size).toBe(count)
    expect(back.ledger.lastSeq()).toBe(count)
    await back.close()

    await using again = await startTaskNode({ ...common, from: leftovers, identity: node.identity })
    await eventually(() => again.ledger.lastSeq() === count, 'the node is paid')
    await eventually(
      () => mailbox.letters.use().letters + second.letters.use().letters === 0,
      'both mailboxes are cleared',
    )
    expect((await again.ledger.verify()).problems).toEqual([])
  })
})

describe('a reply that a mailbox made up', () => {
  it('is not taken, and the result stays due', async () => {
    let asked = 0
    class Counting extends LetterStore {
      override state(...args: Parameters<LetterStore['state']>) {
        asked++
        return super.state(...args)
      }
    }
    await using it = await done({ lettersOf: (store) => new Counting(store) })
    const leftovers = await goAway(it.node)
    const forger = await createEphemeralIdentity()
    const content = FromRequester.encode({ cancel: { taskId: it.taskId } })
    const forged = signMessage(
      'mail-request',
      {
        mailbox: new Uint8Array(it.mailbox.identity.publicKey),
        taskId: it.taskId,
        depositor: new Uint8Array(it.node.identity.publicKey),
        issuedAtMs: Date.now(),
        action: MailRequest.Action.REPLY,
        sealed: seal(content, it.node.identity.publicKey, { kind: 'reply', taskId: it.taskId }),
      },
      forger,
    )
    const { letters } = it.mailbox
    await letters.store.write((tx) => letters.reply(tx, it.taskId, it.node.identity.peerId, forged))
    await using again = await it.nodeAgain(leftovers)
    const before = asked
    // The second question comes when the answer to the first was judged.
    await eventually(() => asked >= before + 2, 'the node has asked twice')
    expect(again.service.receivables()).toMatchObject({ pendingTasks: 1, unpaidTasks: 0 })

    await using back = await it.comeBack()
    // The requester asks the node itself, which still has the result.
    const unsettled = back.requester.wait(it.taskId)
    await again.network.openStream(
      WORK_PROTOCOL,
      { peerId: back.network.peerId, addresses: back.network.addresses() },
      { signal: AbortSignal.timeout(5_000) },
    )
    expect(await unsettled).toMatchObject({ status: 'completed', result: 'Done' })
    await eventually(() => again.ledger.lastSeq() === 1, 'the node is paid')
  })
})

describe('killed at a step on the way', () => {
  it('the node that left a letter and did not note it down is paid all the same', async () => {
    await using it = await done()
    using before = it.node.leftovers()
    const after = await goAway(it.node)
    after[Symbol.dispose]()
    const back = await it.comeBack()
    await back.requester.wait(it.taskId)
    await back.close()
    // Its next life finds out when it would leave the letter again.
    await using again = await it.nodeAgain(before, { awayMs: 0 })
    await eventually(() => again.ledger.lastSeq() === 1, 'the node is paid')
    await eventually(() => it.mailbox.letters.use().letters === 0, 'the mailbox is cleared')
  })

  it('the requester that paid and did not leave its receipt leaves it the next time, and pays once', async () => {
    const Failing = failing('reply', 1)
    await using it = await done({ lettersOf: (store) => new Failing(store) })
    const leftovers = await goAway(it.node)
    const first = await it.comeBack()
    expect(await first.requester.wait(it.taskId)).toMatchObject({ status: 'completed' })
    await first.close()
    expect(it.mailbox.letters.state(it.taskId, it.node.identity.peerId)?.reply).toBeUndefined()

    const second = await it.comeBack()
    await eventually(
      () => it.mailbox.letters.state(it.taskId, it.node.identity.peerId)?.reply !== undefined,
      'the receipt is left',
    )
    expect(second.ledger.lastSeq()).toBe(1)
    await second.close()
    await using again = await it.nodeAgain(leftovers)
    await eventually(() => again.ledger.lastSeq() === 1, 'the node is paid')
  })

  it('the node that took its receipt and did not clear it clears it later, and is paid once', async () => {
    const Failing = failing('delete', 1)
    await using it = await done({ lettersOf: (store) => new Failing(store) })
    const leftovers = await goAway(it.node)
    const back = await it.comeBack()
    await back.requester.wait(it.taskId)
    await back.close()
    const again = await it.nodeAgain(leftovers, { collectMinMs: 3_600_000 })
    await eventually(() => again.ledger.lastSeq() === 1, 'the node is paid')
    const later = await goAway(again)
    await again[Symbol.asyncDispose]()
    expect(it.mailbox.letters.use().letters).toBe(1)
    await using third = await it.nodeAgain(later)
    await eventually(() => it.mailbox.letters.use().letters === 0, 'the mailbox is cleared')
    expect(third.ledger.lastSeq()).toBe(1)
  })

  it('a mailbox that refused the letter leaves the result in the outbox', async () => {
    const Failing = failing('insert', 1)
    await using it = await done({ lettersOf: (store) => new Failing(store) })
    const leftovers = await goAway(it.node)
    expect(it.mailbox.letters.use().letters).toBe(0)
    await using back = await it.comeBack()
    // The node comes back, finds nobody where the requester was, and leaves it now.
    await using again = await it.nodeAgain(leftovers, { awayMs: 0 })
    expect(await back.requester.wait(it.taskId)).toMatchObject({ status: 'completed', result: 'Done' })
    await eventually(() => again.ledger.lastSeq() === 1, 'the node is paid')
    expect(back.ledger.lastSeq()).toBe(1)
  })
})

describe('a requester that stays away while the node stays', () => {
  it('finds its result in a mailbox after the node was killed', async () => {
    await using it = await done({}, { node: { mailLimits: { ...quick, awayMs: 0 } } })
    await eventually(() => it.mailbox.letters.use().letters === 1, 'the result is left')
    await it.node.network.stop()
    await using back = await it.comeBack()
    expect(await back.requester.wait(it.taskId)).toMatchObject({ status: 'completed', result: 'Done' })
  })

  it('pays the node directly where it can, and the letter is cleared', async () => {
    await using it = await done({}, { node: { mailLimits: { ...quick, awayMs: 0 } } })
    await eventually(() => it.mailbox.letters.use().letters === 1, 'the result is left')
    await using back = await it.comeBack()
    await back.requester.wait(it.taskId)
    await eventually(() => it.node.ledger.lastSeq() === 1, 'the node is paid')
    await eventually(() => it.mailbox.letters.use().letters === 0, 'the mailbox is cleared')
    expect(back.ledger.lastSeq()).toBe(1)
  })
})
