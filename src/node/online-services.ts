import { DriadError } from '../protocol/errors.ts'
import type { ReachabilityLevel } from '../protocol/network-views.ts'
import { version } from '../protocol/version.ts'
import { signMessage } from '../protocol/wire/signing.ts'
import { createWorkflowParser } from '../protocol/workflow/parse-cache.ts'
import type { Identity } from './identity/contract.ts'
import type { InferenceEngine } from './inference/contract.ts'
import { readKeptPorts, withKeptPorts, writeKeptPorts } from './kept-ports.ts'
import type { Ledger } from './ledger/contract.ts'
import type { Logger } from './logs/contract.ts'
import { LetterStore } from './mailbox/letter-store.ts'
import { mailLimits } from './mailbox/limits.ts'
import { MailService } from './mailbox/mail-service.ts'
import type { CatalogueKeeper } from './models/catalogue/catalogue-keeper.ts'
import type { NetworkHost } from './network/contract.ts'
import { createNetworkHost } from './network/create-host.ts'
import { followPeerRules } from './network/follow-peer-rules.ts'
import { serveDescription } from './network/info-service.ts'
import { readNetworkKey } from './network/network-key.ts'
import { PeerRecords } from './network/peer-records.ts'
import type { PeerRules } from './network/peer-rules.ts'
import type { Requester } from './requester/contract.ts'
import { createRequester } from './requester/requester.ts'
import { removeRunningNode, writeReachability, writeRunningNode } from './running-node.ts'
import type { Settings } from './settings/settings.ts'
import type { Store } from './store/contract.ts'
import type { ModelSource } from './tasks/contract.ts'
import type { TaskService } from './tasks/task-service.ts'
import type { NodeTools } from './tools/node-tools.ts'
import { nodeModels } from './verification/check-models.ts'
import { OwnModelChecker } from './verification/own-model.ts'

/** What is written for other processes may be so old. */
const TELL_INTERVAL_MS = 500
const REFRESH_MS = 10_000

export interface OnlineComponents {
  readonly store: Store
  readonly identity: Identity
  readonly ledger: Ledger
  readonly settings: Settings
  /** Under the names that go over the wire. */
  readonly models: ModelSource
  readonly engine: Pick<InferenceEngine, 'generate' | 'score'>
  readonly catalogue: Pick<CatalogueKeeper, 'current'>
  readonly tools: Pick<NodeTools, 'box'>
  readonly tasks: TaskService
  readonly logger: Logger
}

export interface OnlineInit {
  readonly network: string
  readonly listen: readonly string[]
  readonly bootstrap: readonly string[]
  readonly mdns: boolean
  readonly dht: boolean
  readonly verification: { readonly rate: number; readonly onNodes: boolean }
  readonly relay: boolean
  readonly announce: readonly string[]
  readonly upnp: boolean
  /** File with the key of a private network; empty for none. */
  readonly networkKeyFile: string
  /** File that tells requesters of the same data folder how this node is reached. */
  readonly runningNodePath: string
  /** File that tells how it is reached in full, for `driad network status`. */
  readonly reachabilityPath: string
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
    const { host, mail } = await startHost(components, init, followed.rules)
    cleanUps.push(() => host.stop())
    cleanUps.push(() => mail.stop())
    cleanUps.push(await serveDescription(host, () => describeNode(components, init.network)))

    const announce = () => host.announceModels(models.served().map((model) => model.name))
    cleanUps.push(models.onChange(announce))
    announce()

    // What this node asked for before it was stopped is asked for again.
    const requester = createRequester(
      { store, identity, network: host, ledger, logger: logger.scope('requester') },
      {
        recover: true,
        catalogue: () => catalogue.current(),
        verification: {
          ...init.verification,
          own: new OwnModelChecker({
            engine: components.engine,
            models: nodeModels(models),
            parseWorkflow: createWorkflowParser(),
          }),
        },
      },
    )
    cleanUps.push(() => requester.stop())
    await requester.start()
    await tasks.start(host)

    cleanUps.push(tellOthers(host, init, logger.scope('network')))
    return { host, requester, close: (options = {}) => close(options.drainMs) }
  } catch (error) {
    await close(0)
    throw error
  }
}

interface StartedHost {
  readonly host: NetworkHost
  readonly mail: MailService
}

/** Writes down how this node is reached, for other processes of the folder. Returns a function that ends it. */
function tellOthers(
  host: NetworkHost,
  { runningNodePath, reachabilityPath }: OnlineInit,
  logger: Logger,
): () => void {
  let timer: NodeJS.Timeout | undefined
  let told = ''
  let logged: ReachabilityLevel | undefined
  const tell = () => {
    timer = undefined
    const view = host.reachability()
    if (JSON.stringify(view) === told) return
    told = JSON.stringify(view)
    writeRunningNode(runningNodePath, { peerId: host.peerId, addresses: view.addresses })
    writeReachability(reachabilityPath, view)
  }
  tell()
  const stop = host.onPeersChanged(() => {
    timer ??= setTimeout(tell, TELL_INTERVAL_MS).unref()
  })
  const refresh = setInterval(() => {
    // What peers tell of the clock, or a relay of its places, changes without a connection.
    tell()
    // Here, for on the way to a place on a relay it is other things for a moment.
    const { level, summary, advice } = host.reachability()
    if (level !== logged) logger.info(summary, { level, advice })
    logged = level
  }, REFRESH_MS).unref()
  return () => {
    stop()
    clearTimeout(timer)
    clearInterval(refresh)
    removeRunningNode(runningNodePath)
    removeRunningNode(reachabilityPath)
  }
}

/** Listens where it did the last time, so that others find it again; elsewhere where that is taken by now. */
async function startHost(
  components: OnlineComponents,
  init: OnlineInit,
  rules: PeerRules,
): Promise<StartedHost> {
  const ports = readKeptPorts(init.keptPortsPath)
  const listen = withKeptPorts(init.listen, ports)
  try {
    const started = await startHostAt(listen, components, init, rules)
    writeKeptPorts(init.keptPortsPath, init.listen, started.host.addresses())
    return started
  } catch (cause) {
    const isKept = listen.some((address, index) => address !== init.listen[index])
    if (!isKept || DriadError.from(cause).code !== 'port_in_use') throw cause
    const started = await startHostAt(init.listen, components, init, rules)
    writeKeptPorts(init.keptPortsPath, init.listen, started.host.addresses())
    return started
  }
}

async function startHostAt(
  listen: readonly string[],
  { identity, logger, store, settings }: OnlineComponents,
  init: OnlineInit,
  rules: PeerRules,
): Promise<StartedHost> {
  const host = await createNetworkHost({
    privateKey: identity.privateKey,
    networkName: init.network,
    listen,
    bootstrap: init.bootstrap,
    mdns: init.mdns,
    dht: init.dht,
    relay: init.relay,
    announce: init.announce,
    upnp: init.upnp,
    ...(init.networkKeyFile !== '' && { networkKey: readNetworkKey(init.networkKeyFile) }),
    agent: `driad/${version}`,
    rules,
    records: new PeerRecords({ store, logger }),
    logger: logger.scope('network'),
  })
  const letters = new LetterStore(store)
  const mail = new MailService(
    {
      letters,
      identity,
      network: host,
      capacityBytes: () => settings.get().mailboxBytes,
      logger: logger.scope('mailbox'),
    },
    mailLimits,
  )
  try {
    // One that was turned off gives out what it has.
    if (settings.get().mailboxBytes > 0 || letters.use().letters > 0) await mail.start()
    await host.start()
    return { host, mail }
  } catch (error) {
    await mail.stop()
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

/** What this node tells others of itself, signed. */
export function describeNode(
  { identity, models, tasks, tools, settings }: OnlineComponents,
  network: string,
) {
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
    // Of no use to anybody now, while it is paused.
    slots: tasks.paused ? 0 : served.reduce((sum, model) => sum + model.slots, 0),
    running: tasks.stats().running,
    payoutAddress: settings.get().payoutAddress,
    tools: [...tools.box.available()],
    issuedAtMs: Date.now(),
  }
  return signMessage('node-description', description, identity)
}
