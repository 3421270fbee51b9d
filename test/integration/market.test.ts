import { describe, expect, it, vi } from 'vitest'
import { type VerifiedOffer, WORK_PROTOCOL } from '../../src/node/network/contract.ts'
import { Reputation } from '../../src/node/reputation/reputation.ts'
import { LOWEST_SCORE } from '../../src/node/requester/select.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { claimDraw } from '../../src/node/tasks/claim-draw.ts'
import { UINT32 } from '../../src/protocol/wire/limits.ts'
import { GatedEngine } from '../helpers/gated-engine.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'
import { ScriptedNode } from '../helpers/scripted-node.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { startTaskNode, type TaskNode } from '../helpers/task-node.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { eventually, startRequester } from '../helpers/test-requester.ts'

let networks = 0
const networkName = () => `market-${process.pid}-${++networks}`
const task = { workflow: promptWorkflow('Hello'), models: ['demo'] }
const MANY = 14

describe('one task, among many nodes that are idle', () => {
  it('calls up those that are drawn, and no others', async () => {
    const name = networkName()
    await using asking = await startRequester(name)
    await using stack = new AsyncDisposableStack()
    const engine = new GatedEngine()
    engine.auto = () => 'An answer'
    const nodes: ReturnType<typeof watched>[] = []
    for (let index = 0; index < MANY; index++) {
      const node = stack.use(
        await startTaskNode({ engine, networkName: name, bootstrap: [...asking.network.addresses()] }),
      )
      nodes.push(watched(node))
    }
    await eventually(() => asking.network.offerShard(['demo']).listeners === MANY, 'all nodes are known')

    const taskId = await asking.requester.publish(task)
    expect(await asking.requester.wait(taskId)).toMatchObject({ status: 'completed' })

    const first = nodes.flatMap(({ heard }) => heard).find(({ offer }) => offer.revision === 0)
    expect(first?.offer.threshold).toBeLessThan(UINT32 / 8)
    const isDrawn = ({ node, heard }: (typeof nodes)[number]) =>
      heard.some(({ offer }) => claimDraw(offer.offerId, node.identity.publicKey) <= offer.threshold)
    const hasClaimed = ({ opened }: (typeof nodes)[number]) =>
      opened.mock.calls.some(([protocol]) => protocol === WORK_PROTOCOL)
    const claimed = nodes.filter(hasClaimed)
    expect(claimed.length).toBeGreaterThan(0)
    expect(claimed.filter((each) => !isDrawn(each))).toEqual([])
  })

  it('calls up more of them until one answers', async () => {
    const name = networkName()
    await using asking = await startRequester(name)
    await using stack = new AsyncDisposableStack()
    const silent: ScriptedNode[] = []
    for (let index = 0; index < MANY; index++) {
      const bootstrap = [...asking.network.addresses()]
      silent.push(stack.use(await ScriptedNode.start({ networkName: name, bootstrap })))
    }
    await eventually(() => asking.network.offerShard(['demo']).listeners === MANY, 'all nodes are known')
    await asking.requester.publish(task)
    const last = silent.at(-1)
    if (last === undefined) throw new Error('There is no node')
    await last.until(() => last.offers.at(-1)?.offer.threshold === UINT32, 'a call to everybody')
    const thresholds = last.offers.map(({ offer }) => offer.threshold)
    expect(thresholds.length).toBeGreaterThan(2)
    expect(thresholds).toEqual(thresholds.toSorted((a, b) => a - b))
  })
})

describe('a node that is known to be bad', () => {
  it('gets nothing, even where it is the first to answer', async () => {
    const name = networkName()
    await using bad = await ScriptedNode.start({ networkName: name })
    using folder = tempFolder()
    await thinkBadlyOf(bad.identity.peerId, folder.file('driad.sqlite'))
    await using asking = await startRequester(name, { knows: [bad], dataDir: folder.path })
    const taskId = await asking.requester.publish(task)
    await bad.claim()
    await using good = await ScriptedNode.start({
      networkName: name,
      bootstrap: [...asking.network.addresses()],
    })
    const assignment = await good.takeTask()
    await good.send({ outcome: good.outcome(assignment) })
    expect(await asking.requester.wait(taskId)).toMatchObject({ node: good.identity.peerId })
    expect(bad.count('assign')).toBe(0)
  })
})

/** As results that were found wrong leave it. */
async function thinkBadlyOf(node: string, path: string): Promise<void> {
  const store = openStore({ path })
  const reputation = new Reputation({ store, logger: recordingLogger().logger })
  for (let count = 0; count < 20; count++) reputation.note(node, { type: 'refuted' })
  expect(reputation.standing(node).score).toBeLessThan(LOWEST_SCORE)
  await reputation.flush()
  await store.close()
}

/** What the node hears, and the streams that it opens. All of it is passed on; it is only looked at. */
function watched(node: TaskNode) {
  const heard: VerifiedOffer[] = []
  node.network.onOffer((offer) => heard.push(offer))
  return { node, heard, opened: vi.spyOn(node.network, 'openStream') }
}
