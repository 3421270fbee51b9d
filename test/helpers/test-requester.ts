import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { RequestEvent } from '../../src/node/requester/contract.ts'
import { requesterLimits } from '../../src/node/requester/limits.ts'
import {
  type OpenedRequester,
  type OpenRequesterInit,
  openRequester,
} from '../../src/node/requester/open-requester.ts'
import type { TaskState } from '../../src/protocol/task.ts'
import { tempFolder } from './temp-folder.ts'

export interface TestRequester extends OpenedRequester {
  /** Everything that the requester told, in order. */
  readonly told: readonly RequestEvent[]
  /** The states that one task went through, as told. */
  statesOf(taskId: string): TaskState[]
}

export interface TestRequesterInit extends OpenRequesterInit {
  /** Nodes that it knows. */
  readonly knows?: readonly { readonly network: { addresses(): readonly string[] } }[]
}

/** A real requester on loopback, in a folder of its own unless one is given, with little patience. */
export async function startRequester(
  networkName: string,
  init: TestRequesterInit = {},
): Promise<TestRequester> {
  const folder = init.dataDir === undefined ? tempFolder() : undefined
  const logs = createLogger({
    level: 'debug',
    destinations: { stderr: process.env['DRIAD_TEST_LOG'] === undefined ? 'off' : 'pretty' },
  })
  const opened = await openRequester({
    network: networkName,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    dht: false,
    logger: logs.logger,
    ...init,
    dataDir: init.dataDir ?? folder?.path,
    bootstrap: [
      ...(init.bootstrap ?? []),
      ...(init.knows ?? []).flatMap((node) => [...node.network.addresses()]),
    ],
    limits: { ...requesterLimits, ...init.limits },
  })
  const told: RequestEvent[] = []
  opened.requester.onEvent((event) => told.push(event))
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= opened.close().then(async () => {
      await logs.close()
      folder?.[Symbol.dispose]()
    })
    return closed
  }
  return {
    ...opened,
    told,
    statesOf: (taskId) =>
      told.flatMap((event) => (event.type === 'state' && event.taskId === taskId ? [event.state] : [])),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Waits until a condition holds, looking again every few milliseconds. */
export async function eventually(condition: () => boolean, what: string, timeoutMs = 45_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
