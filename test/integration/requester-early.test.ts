import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RequestEvent } from '../../src/node/requester/contract.ts'
import { Connection } from '../../src/node/store/connection.ts'
import { ScriptedNode } from '../helpers/scripted-node.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startRequester, type TestRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `requester-early-${process.pid}-${++networks}`
const task = { workflow: promptWorkflow('Hello'), models: ['demo'], stream: true }

/** A requester and a node that did a task for it and has room for one more. */
async function warm(name: string, dataDir: string) {
  const node = await ScriptedNode.start({ networkName: name })
  const asking = await startRequester(name, { dataDir, knows: [node] })
  const taskId = await asking.requester.publish(task)
  await node.claim({ credits: 2 })
  const assignment = await node.assigned()
  await node.send({ accepted: { taskId } })
  await node.send({ outcome: node.outcome(assignment) })
  await asking.requester.wait(taskId)
  await node.next('receipt')
  return {
    node,
    asking,
    [Symbol.asyncDispose]: async () => {
      await asking.close()
      await node[Symbol.asyncDispose]()
    },
  }
}

/** Keeps the database from committing, as another process could. */
function holdDisk(dataDir: string): { release(): void } {
  const connection = new Connection({ path: join(dataDir, 'driad.sqlite'), busyTimeoutMs: 5_000 })
  connection.run('BEGIN IMMEDIATE')
  return {
    release: () => {
      connection.run('ROLLBACK')
      connection.close()
    },
  }
}

async function follow(asking: TestRequester, taskId: string) {
  const events: RequestEvent[] = []
  const result = await asking.requester.wait(taskId, { onEvent: (event) => events.push(event) })
  return { result, text: events.map((event) => (event.type === 'text' ? event.text : '')).join('') }
}

describe('a task that travels while it is being stored', () => {
  it('may be done before it is on disk, and is told of and paid only then', async () => {
    using folder = tempFolder()
    await using pair = await warm(networkName(), folder.path)
    const { node, asking } = pair
    const disk = holdDisk(folder.path)
    let resolved = false
    const publishing = asking.requester.publish(task).finally(() => {
      resolved = true
    })
    const assignment = await node.assigned()
    await node.send({ chunk: { taskId: assignment.taskId, text: 'early ', tokens: 1 } })
    await node.send({ chunk: { taskId: assignment.taskId, text: 'words', tokens: 2 } })
    await node.send({ outcome: node.outcome(assignment) })
    await node.send({ credit: { credits: 0 } })
    expect(resolved).toBe(false)
    expect(node.count('receipt')).toBe(1)
    disk.release()

    const taskId = await publishing
    expect(taskId).toBe(assignment.taskId)
    expect(await follow(asking, taskId)).toMatchObject({
      text: 'early words',
      result: { status: 'completed' },
    })
    await node.next('receipt')
    expect(asking.statesOf(taskId).slice(0, 2)).toEqual(['created', 'published'])
    expect(asking.ledger.lastSeq()).toBe(2)
  })

  it('is offered again if the node refuses it meanwhile', async () => {
    using folder = tempFolder()
    await using pair = await warm(networkName(), folder.path)
    const { node, asking } = pair
    const disk = holdDisk(folder.path)
    const publishing = asking.requester.publish(task)
    const { taskId } = await node.assigned()
    await node.send({ rejected: { taskId, errorCode: 'no_capacity', errorMessage: 'No room' } })
    await node.send({ credit: { credits: 1 } })
    disk.release()

    expect(await publishing).toBe(taskId)
    const again = await node.assigned()
    expect(again.taskId).toBe(taskId)
    await node.send({ accepted: { taskId } })
    await node.send({ outcome: node.outcome(again) })
    expect((await follow(asking, taskId)).result.status).toBe('completed')
  })

  it('uses no credit twice that crosses it on the way', async () => {
    using folder = tempFolder()
    await using pair = await warm(networkName(), folder.path)
    const { node, asking } = pair
    const second = await asking.requester.publish(task)
    expect((await node.assigned()).taskId).toBe(second)
    // It had seen one assignment when it gave a credit, and the other one has used that.
    await node.send({ credit: { credits: 1, assigned: 1 } })
    await node.send({ accepted: { taskId: second } })
    await asking.requester.waitUntilPlaced(second)
    const offersBefore = node.offers.length
    const third = await asking.requester.publish(task)
    await node.until(
      () => node.offers.slice(offersBefore).some(({ offer }) => offer.taskCount === 1),
      'an offer of the third',
    )
    expect(node.count('assign')).toBe(2)
    await node.send({ credit: { credits: 1, assigned: 2 } })
    expect((await node.assigned()).taskId).toBe(third)
  })

  it('is cancelled on its node if the disk does not take it', async () => {
    using folder = tempFolder()
    await using pair = await warm(networkName(), folder.path)
    const { node, asking } = pair
    const disk = holdDisk(folder.path)
    const publishing = asking.requester.publish(task)
    const refused = expect(publishing).rejects.toMatchObject({ code: 'data_folder_in_use' })
    const { taskId } = await node.assigned()
    await refused
    disk.release()
    expect(await node.next('cancel')).toEqual({ taskId })
    expect(asking.requester.view(taskId)).toBeUndefined()
  })
})
