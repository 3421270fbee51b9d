import { expect, it } from 'vitest'
import { ResultAnswer, type ToResult } from '../../src/protocol/wire/messages.pb.ts'
import { openSigned } from '../../src/protocol/wire/signing.ts'
import { driad } from '../helpers/driad-process.ts'
import { ScriptedNode } from '../helpers/scripted-node.ts'
import { promptWorkflow } from '../helpers/scripted-requester.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startRequester } from '../helpers/test-requester.ts'

const { ACKNOWLEDGED } = ResultAnswer.Status

it('brings a receipt that did not arrive, and then a dispute, without publishing anything', async () => {
  const network = `receipt-commands-${process.pid}`
  using folder = tempFolder()
  await using node = await ScriptedNode.start({ networkName: network })
  node.acknowledges = false
  const first = await startRequester(network, {
    dataDir: folder.path,
    knows: [node],
    limits: { stopWaitMs: 100 },
  })
  const taskId = await first.requester.publish({ workflow: promptWorkflow('Hello'), models: ['demo'] })
  await node.send({ outcome: node.outcome(await node.takeTask()) })
  await first.requester.wait(taskId)
  await node.next('receipt')
  expect(first.requester.undelivered()).toBe(1)
  await first.close()

  const run = (...args: string[]) =>
    driad([
      ...args,
      ...[
        '--data-dir',
        folder.path,
        '--network',
        network,
        '--no-mdns',
        '--listen',
        '/ip4/127.0.0.1/tcp/0',
        '--json',
      ],
      ...node.network.addresses().flatMap((address) => ['--bootstrap', address]),
    ])
  const asked: ToResult[] = []
  node.answer = (question) => {
    asked.push(question)
    return { status: ACKNOWLEDGED }
  }
  const offers = node.offers.length
  const delivered = await run('ledger', 'deliver', '--timeout-ms', '30000')
  expect(delivered.json()).toEqual([{ delivered: 1, left: 0 }])
  expect(delivered.code).toBe(0)
  expect(asked.map((question) => question.receipt !== undefined)).toEqual([true])

  const disputed = await run(
    'dispute',
    taskId,
    '--code',
    'failed_verification',
    '--reason',
    'It is another text',
  )
  expect(disputed.code, disputed.stderr).toBe(0)
  const dispute = asked.at(-1)?.dispute
  if (dispute === undefined) throw new Error('no dispute came')
  expect(openSigned('dispute', dispute).message).toMatchObject({ taskId, reason: 'It is another text' })
  expect(node.offers).toHaveLength(offers)
  const wrong = await run('dispute', taskId, '--code', 'whatever', '--reason', 'x')
  expect(wrong.code).toBe(2)
})
