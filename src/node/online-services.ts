import { version } from '../protocol/version.ts'
import { signMessage } from '../protocol/wire/signing.ts'
import type { Identity } from './identity/contract.ts'
import type { Ledger } from './ledger/contract.ts'
import type { Logger } from './logs/contract.ts'
import type { ModelRegistry } from './models/registry.ts'
import type { NetworkHost } from './network/contract.ts'
import { createNetworkHost } from './network/create-host.ts'
import { serveDescription } from './network/info-service.ts'
import type { Requester } from './requester/contract.ts'
import { createRequester } from './requester/requester.ts'
import { removeRunningNode, writeRunningNode } from './running-node.ts'
import type { Store } from './store/contract.ts'
import type { TaskService } from './tasks/task-service.ts'

export interface OnlineComponents {
  readonly store: Store
  readonly identity: Identity
  readonly ledger: Ledger
  readonly models: ModelRegistry
  readonly tasks: TaskService
  readonly logger: Logger
}

export interface OnlineInit {
  readonly network: string
  readonly listen: readonly string[]
  readonly bootstrap: readonly string[]
  readonly mdns: boolean
  readonly dht: boolean
  /** File that tells requesters of the same data folder how this node is reached. */
  readonly runningNodePath: string
}

/** Everything that exists only while the node is on the network. */
export interface OnlineServices {
  readonly host: NetworkHost
  readonly requester: Requester
  close(options?: { drainMs?: number }): Promise<void>
}

/** Goes online. Throws what the host throws (`port_in_use`, `bad_setting`); nothing is left open then. */
export async function goOnline(components: OnlineComponents, init: OnlineInit): Promise<OnlineServices> {
  const { store, identity, ledger, models, tasks, logger } = components
  const cleanUps: (() => Promise<void> | void)[] = []
  let closing: Promise<void> | undefined
  const close = (drainMs?: number) => {
    closing ??= closeAll(cleanUps, drainMs === undefined ? undefined : { drainMs }, tasks)
    return closing
  }
  try {
    const host = await createNetworkHost({
      privateKey: identity.privateKey,
      networkName: init.network,
      listen: init.listen,
      bootstrap: init.bootstrap,
      mdns: init.mdns,
      dht: init.dht,
      agent: `driad/${version}`,
      logger: logger.scope('network'),
    })
    cleanUps.push(() => host.stop())
    await host.start()
    cleanUps.push(await serveDescription(host, () => describeNode(components, init.network)))

    const announce = () => host.announceModels(models.served().map((model) => model.name))
    cleanUps.push(models.onChange(announce))
    announce()

    const requester = createRequester({
      store,
      identity,
      network: host,
      ledger,
      logger: logger.scope('requester'),
    })
    cleanUps.push(() => requester.stop())
    await requester.start()
    await tasks.start(host)

    const tellAddresses = () =>
      writeRunningNode(init.runningNodePath, { peerId: host.peerId, addresses: host.addresses() })
    tellAddresses()
    cleanUps.push(() => removeRunningNode(init.runningNodePath))
    return { host, requester, close: (options = {}) => close(options.drainMs) }
  } catch (error) {
    await close(0)
    throw error
  }
}

/** Tasks first, while there still is a network to deliver on; then in the reverse order of opening. */
async function closeAll(
  cleanUps: (() => Promise<void> | void)[],
  options: { drainMs: number } | undefined,
  tasks: TaskService,
): Promise<void> {
  await tasks.stop(options)
  for (const cleanUp of cleanUps.toReversed()) await cleanUp()
}

function describeNode({ identity, models, tasks }: OnlineComponents, network: string) {
  const served = models.served()
  const description = {
    agent: `driad/${version}`,
    network,
    models: served.map((model) => ({
      name: model.name,
      digest: Uint8Array.from(model.digest),
      contextSize: model.contextSize,
      slots: model.slots,
      tokensPerSecond: model.tokensPerSecond,
      promptMicroPer1k: model.price.promptMicroPer1k,
      completionMicroPer1k: model.price.completionMicroPer1k,
    })),
    slots: served.reduce((sum, model) => sum + model.slots, 0),
    running: tasks.stats().running,
    payoutAddress: '',
    issuedAtMs: Date.now(),
  }
  return signMessage('node-description', description, identity)
}
