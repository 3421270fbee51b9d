import { DriadError } from '../protocol/errors.ts'
import { version } from '../protocol/version.ts'
import { signMessage } from '../protocol/wire/signing.ts'
import type { Identity } from './identity/contract.ts'
import { readKeptPorts, withKeptPorts, writeKeptPorts } from './kept-ports.ts'
import type { Ledger } from './ledger/contract.ts'
import type { Logger } from './logs/contract.ts'
import type { CatalogueKeeper } from './models/catalogue/catalogue-keeper.ts'
import type { NetworkHost } from './network/contract.ts'
import { createNetworkHost } from './network/create-host.ts'
import { followPeerRules } from './network/follow-peer-rules.ts'
import { serveDescription } from './network/info-service.ts'
import { PeerRecords } from './network/peer-records.ts'
import type { PeerRules } from './network/peer-rules.ts'
import type { Requester } from './requester/contract.ts'
import { createRequester } from './requester/requester.ts'
import { removeRunningNode, writeRunningNode } from './running-node.ts'
import type { Settings } from './settings/settings.ts'
import type { Store } from './store/contract.ts'
import type { ModelSource } from './tasks/contract.ts'
import type { TaskService } from './tasks/task-service.ts'
import type { NodeTools } from './tools/node-tools.ts'

export interface OnlineComponents {
  readonly store: Store
  readonly identity: Identity
  readonly ledger: Ledger
  /** Under the names that go over the wire. */
  readonly models: ModelSource
  readonly catalogue: Pick<CatalogueKeeper, 'current'>
  readonly tools: Pick<NodeTools, 'box'>
  readonly settings: Pick<Settings, 'get' | 'onChange' | 'refresh'>
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
  /** File that remembers the ports which the system chose. */
  readonly keptPortsPath: string
}

/** Everything that exists only while the node is on the network. */
export interface OnlineServices {
  readonly host: NetworkHost
  readonly requester: Requester
  close(options?: { drainMs?: number }): Promise<void>
}

/** Goes online. Throws what the host throws (`port_in_use`, `bad_setting`); nothing is left open then. */
export async function goOnline(components: OnlineComponents, init: OnlineInit): Promise<OnlineServices> {
  const { store, identity, ledger, models, tasks, catalogue, logger } = components
  const cleanUps: (() => Promise<void> | void)[] = []
  let closing: Promise<void> | undefined
  const close = (drainMs?: number) => {
    closing ??= closeAll(cleanUps, drainMs === undefined ? undefined : { drainMs }, tasks)
    return closing
  }
  try {
    const followed = followPeerRules(components.settings)
    cleanUps.push(followed.stop)
    const host = await startHost(components, init, followed.rules)
    cleanUps.push(() => host.stop())
    cleanUps.push(await serveDescription(host, () => describeNode(components, init.network)))

    const announce = () => host.announceModels(models.served().map((model) => model.name))
    cleanUps.push(models.onChange(announce))
    announce()

    // What this node asked for before it was stopped is asked for again.
    const requester = createRequester(
      { store, identity, network: host, ledger, logger: logger.scope('requester') },
      { recover: true, catalogue: () => catalogue.current() },
    )
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

/** Listens where it did the last time, so that others find it again; elsewhere where that is taken by now. */
async function startHost(
  components: OnlineComponents,
  init: OnlineInit,
  rules: PeerRules,
): Promise<NetworkHost> {
  const ports = readKeptPorts(init.keptPortsPath)
  const listen = withKeptPorts(init.listen, ports)
  try {
    const host = await startHostAt(listen, components, init, rules)
    writeKeptPorts(init.keptPortsPath, init.listen, host.addresses())
    return host
  } catch (cause) {
    const isKept = listen.some((address, index) => address !== init.listen[index])
    if (!isKept || DriadError.from(cause).code !== 'port_in_use') throw cause
    const host = await startHostAt(init.listen, components, init, rules)
    writeKeptPorts(init.keptPortsPath, init.listen, host.addresses())
    return host
  }
}

async function startHostAt(
  listen: readonly string[],
  { identity, store, logger }: OnlineComponents,
  init: OnlineInit,
  rules: PeerRules,
): Promise<NetworkHost> {
  const host = await createNetworkHost({
    privateKey: identity.privateKey,
    networkName: init.network,
    listen,
    bootstrap: init.bootstrap,
    mdns: init.mdns,
    dht: init.dht,
    agent: `driad/${version}`,
    rules,
    records: new PeerRecords({ store, logger }),
    logger: logger.scope('network'),
  })
  try {
    await host.start()
    return host
  } catch (error) {
    await host.stop()
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

function describeNode({ identity, models, tasks, tools }: OnlineComponents, network: string) {
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
    tools: [...tools.box.available()],
    issuedAtMs: Date.now(),
  }
  return signMessage('node-description', description, identity)
}
