import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { exportLedger } from '../../../../src/node/ledger/export-ledger.ts'
import { claimCredits } from '../../../../src/node/tasks/claim-credits.ts'
import { TaskStore } from '../../../../src/node/tasks/task-store.ts'
import { peerIdOfPublicKey } from '../../../../src/protocol/wire/keys.ts'
import { type Books, closeBooks, openBooks, payTask } from '../../../helpers/ledger-pair.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { testSigner } from '../../../helpers/signed-work.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

describe('receipts that never arrived', () => {
  let folder: ReturnType<typeof tempFolder>
  let node: Books
  let payer: Books
  let identity: Awaited<ReturnType<typeof createEphemeralIdentity>>

  beforeEach(async () => {
    folder = tempFolder()
    identity = await createEphemeralIdentity()
    node = openBooks(folder.file('node.sqlite'), folder.file('node.anchor'), identity)
    payer = openBooks(folder.file('payer.sqlite'), folder.file('payer.anchor'), testSigner())
  })
  afterEach(async () => {
    for (const books of [node, payer]) await closeBooks(books)
    folder[Symbol.dispose]()
  })

  const components = () => ({
    tasks: new TaskStore(node.store),
    ledger: node.ledger,
    identity,
    logger: recordingLogger().logger,
  })
  const bundle = () => exportLedger({ ...payer, format: 'bundle' })

  /** The payer has its debit; the node has the task, delivered, and heard nothing. */
  async function unheard(amountMicro: bigint): Promise<string> {
    await payTask(payer, node, amountMicro, [payer])
    const [entry] = payer.ledger.entriesBefore(undefined, 1)
    if (entry === undefined) throw new Error('no entry')
    const requester = peerIdOfPublicKey(payer.identity.publicKey)
    const { tasks } = components()
    await node.store.write((tx) => {
      tasks.insert(tx, {
        taskId: entry.taskId,
        requester,
        contact: { peerId: requester, addresses: [] },
        assignment: entry.outcome,
        title: 'A task',
        model: 'demo',
        deadlineMs: Date.now(),
        createdAtMs: Date.now(),
      })
      tasks.end(tx, entry.taskId, {
        state: 'completed',
        endedAtMs: Date.now(),
        promptTokens: 12,
        completionTokens: 34,
        totalMs: 80,
        amountMicro,
        outcome: entry.outcome,
      })
    })
    return entry.taskId
  }

  it("come with the requester's bundle, each once", async () => {
    const taskId = await unheard(70n)
    await unheard(5n)
    await node.store.write((tx) => components().tasks.giveUpUnpaid(tx, Date.now() + 1))
    expect(await claimCredits(bundle(), components())).toMatchObject({
      taken: 2,
      known: 0,
      amountMicro: 75n,
      refused: [],
    })
    expect(node.ledger.balanceMicro()).toBe(75n)
    expect(components().tasks.get(taskId)).toMatchObject({ receiptState: 'acknowledged' })
    expect(await claimCredits(bundle(), components())).toMatchObject({ taken: 0, known: 2, amountMicro: 0n })
    expect(node.ledger.lastSeq()).toBe(2)
  })

  it('are not made of a task that this node does not have, of another payee, or of a bundle that is not valid', async () => {
    const taskId = await unheard(70n)
    await payTask(payer, node, 9n, [payer])
    await payTask(payer, { ...node, identity: testSigner() }, 11n, [payer])
    const claimed = await claimCredits(bundle(), components())
    expect(claimed).toMatchObject({ taken: 1, amountMicro: 70n })
    expect(claimed.refused).toHaveLength(1)
    expect(claimed.refused[0]?.taskId).not.toBe(taskId)
    const lines: string[] = []
    for await (const line of bundle()) lines.push(line)
    await expect(claimCredits(lines.slice(0, 2), components())).rejects.toMatchObject({ code: 'bad_message' })
  })
})
