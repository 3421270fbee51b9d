import { describe, expect, it } from 'vitest'
import type { Identity } from '../../src/node/identity/contract.ts'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import type { Assignment, TaskOutcome } from '../../src/protocol/wire/messages.pb.ts'
import { ScriptedNode, strangeTaskId } from '../helpers/scripted-node.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `requester-outcomes-${process.pid}-${++networks}`

interface Forgery {
  readonly what: string
  readonly fields?: (assignment: Assignment) => Partial<TaskOutcome>
  readonly signer?: () => Promise<Identity>
  readonly reason: RegExp
}

const forgeries: readonly Forgery[] = [
  { what: 'another amount', fields: () => ({ amountMicro: 21n }), reason: /20 were agreed/ },
  {
    what: 'more completion tokens than the workflow allows',
    fields: () => ({ completionTokens: 66, amountMicro: 142n }),
    reason: /counts 66 completion tokens/,
  },
]

describe('a wrong outcome', () => {
  it.each(forgeries)(
    'with $what is refused, the reason kept, and the task done elsewhere',
    async (forgery) => {
      const name = networkName()
      await using forger = await ScriptedNode.start({ networkName: name })
      await using asking = await startRequester(name, { knows: [forger] })
      const { requester, ledger } = asking
      const taskId = await requester.publish({ workflow: promptWorkflow('Hello'), models: ['demo'] })
      const assignment = await forger.takeTask()
      await forger.send({ outcome: forger.outcome(assignment, forgery.fields?.(assignment)) })
      await eventually(() => requester.get(taskId)?.transitions.at(-1)?.reason !== undefined, 'it is refused')
      const refused = requester.get(taskId)?.transitions.at(-1)
      expect(refused).toMatchObject({ state: 'published' })
      expect(refused?.reason).toMatch(forgery.reason)
      expect(ledger.lastSeq()).toBe(0)

      // It may not try again, and what is right comes too late from it.
      await forger.send({ credit: { credits: 5 } })
      await forger.send({ outcome: forger.outcome(assignment) })
      await using honest = await ScriptedNode.start({
        networkName: name,
        bootstrap: [...asking.network.addresses()],
      })
      const again = await honest.takeTask()
      expect(again.taskId).toBe(taskId)
      await honest.send({ outcome: honest.outcome(again) })
      expect(await requester.wait(taskId)).toMatchObject({
        status: 'completed',
        node: honest.identity.peerId,
      })
      await honest.next('receipt')
      expect(forger.count('receipt')).toBe(0)
      expect(forger.count('assign')).toBe(1)
      expect(ledger.entriesAfter(0)).toMatchObject([
        { taskId, amountMicro: 20n, counterparty: honest.identity.peerId },
      ])
    },
  )

  it('signed by another key, or of a task that is not ours, changes nothing', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const { requester, ledger } = asking
    const taskId = await requester.publish({ workflow: promptWorkflow('Hello'), models: ['demo'] })
    const assignment = await node.takeTask()
    await node.send({ outcome: node.outcome(assignment, {}, await createEphemeralIdentity()) })
    await node.send({ outcome: node.outcome({ ...assignment, taskId: strangeTaskId() }) })
    const signed = node.outcome(assignment)
    await node.send({ outcome: { ...signed, signature: new Uint8Array(64) } })
    await node.send({ outcome: signed })
    expect(await requester.wait(taskId)).toMatchObject({ status: 'completed' })
    await node.next('receipt')
    expect(node.count('receipt')).toBe(1)
    expect(ledger.lastSeq()).toBe(1)
  })

  it('of a task that was lost with an earlier process is declined, so that the node need not wait for ever', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    await asking.requester.publish({ workflow: promptWorkflow('Hello'), models: ['demo'] })
    const assignment = await node.takeTask()
    const lost = { ...assignment, taskId: strangeTaskId() }
    await node.send({ outcome: node.outcome(lost) })
    expect(await node.next('cancel')).toEqual({ taskId: lost.taskId })
    expect(asking.ledger.lastSeq()).toBe(0)
  })

  it('sent again gets the same receipt again, and is paid once', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node] })
    const { requester, ledger } = asking
    const taskId = await requester.publish({ workflow: promptWorkflow('Hello'), models: ['demo'] })
    const signed = node.outcome(await node.takeTask())
    await node.send({ outcome: signed })
    await node.send({ outcome: signed })
    const [first, second] = [await node.next('receipt'), await node.next('receipt')]
    expect(Buffer.from(second.payload)).toEqual(Buffer.from(first.payload))
    await eventually(() => requester.view(taskId)?.state === 'acknowledged', 'it is acknowledged')
    expect(ledger.lastSeq()).toBe(1)
    expect(requester.get(taskId)?.transitions.filter(({ state }) => state === 'acknowledged')).toHaveLength(1)
  })

  it('sent too often costs the node its stream', async () => {
    const name = networkName()
    await using node = await ScriptedNode.start({ networkName: name })
    await using asking = await startRequester(name, { knows: [node], limits: { maxFaults: 3 } })
    await asking.requester.publish({ workflow: promptWorkflow('Hello'), models: ['demo'] })
    const assignment = await node.takeTask()
    const strange = node.outcome({ ...assignment, taskId: strangeTaskId() })
    for (let index = 0; index < 4; index++) await node.send({ outcome: strange })
    await node.until(() => node.cut, 'the stream is cut')
  })
})
