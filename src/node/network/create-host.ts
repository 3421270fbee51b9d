import type { PrivateKey } from '@libp2p/interface'
import { createLibp2p } from 'libp2p'
import { DriadError } from '../../protocol/errors.ts'
import { networkNameSchema } from '../../protocol/wire/checks.ts'
import type { Logger } from '../logs/contract.ts'
import {
  isLocalNetwork,
  parseAnnouncedAddress,
  parseBootstrapAddress,
  parseListenAddress,
  peerIdOf,
} from './addresses.ts'
import { LibP2PHost } from './host.ts'
import { defaultNetworkLimits, libp2pOptions, type NetworkLimits } from './libp2p-options.ts'
import { Misbehaviour } from './misbehaviour.ts'
import type { NetworkKey } from './network-key.ts'
import type { OfferExchange } from './offer-exchange.ts'
import { defaultPeerBudgets, type PeerBudgetLimits, PeerBudgets } from './peer-budgets.ts'
import { PeerGuard } from './peer-guard.ts'
import type { PeerRecords } from './peer-records.ts'
import { PeerRules } from './peer-rules.ts'
import { RELAY_CONNECTIONS } from './reach/limits.ts'
import { SharedPort } from './reach/shared-port-tcp.ts'

export interface NetworkHostInit {
  /** The transport key: the identity's for a node, a fresh one for a process that only asks. */
  readonly privateKey: PrivateKey
  readonly networkName: string
  /** Multiaddrs. None: it only dials, and peers can reach it only over connections that it opened. */
  readonly listen: readonly string[]
  /** Multiaddrs of peers to connect to, and to stay connected to. */
  readonly bootstrap: readonly string[]
  /** Finds peers on the local network. Where multicast does not work it finds nobody, and says so once. */
  readonly mdns: boolean
  readonly dht: boolean
  /** Serves others as a relay, and as a server of the DHT, at public addresses. */
  readonly relay?: boolean
  /** Multiaddrs at which others reach this host, besides those that it finds itself. */
  readonly announce?: readonly string[]
  /** Asks the router to forward our ports. Never in a local network. Off where absent. */
  readonly upnp?: boolean
  /** Of a private network: only who has it can connect. */
  readonly networkKey?: NetworkKey
  /** What peers are told: `driad/0.1.0`. */
  readonly agent?: string
  /** Whom the operator allows and denies. */
  readonly rules?: PeerRules
  /** Where it is kept what peers did wrong. Absent: only in memory. */
  readonly records?: PeerRecords
  readonly budgets?: PeerBudgetLimits
  readonly limits?: Partial<NetworkLimits>
  readonly logger: Logger
}

/**
 * Makes a host; `start` makes it listen. Throws `bad_setting` for a network name or address that is not one, naming it.
 */
export async function createNetworkHost(init: NetworkHostInit): Promise<LibP2PHost> {
  const name = networkNameSchema.safeParse(init.networkName)
  if (!name.success) {
    throw new DriadError(
      'bad_setting',
      `"${init.networkName}" is not a network name: lower-case letters, digits, dots and hyphens, at most 63`,
    )
  }
  const networkName = name.data
  const listen = init.listen.map(parseListenAddress)
  const bootstrap = init.bootstrap.map(parseBootstrapAddress)
  const announce = (init.announce ?? []).map(parseAnnouncedAddress)
  const relay = init.relay === true
  const limits = {
    ...defaultNetworkLimits,
    ...(relay && { maxConnections: RELAY_CONNECTIONS }),
    ...init.limits,
  }
  const local = isLocalNetwork([...listen, ...announce], bootstrap)
  const rules = init.rules ?? new PeerRules()
  const budgetLimits = init.budgets ?? defaultPeerBudgets
  // Who is started from is trusted by the operator; it is kept out only if he says so.
  const trusted = new Set(bootstrap.map(peerIdOf))

  // libp2p's parts ask the host's, and the host's are made of libp2p: both directions are bound here, once.
  let offers: OfferExchange | undefined
  let host: LibP2PHost | undefined
  const connections = () => host?.connections() ?? []
  const addressOf = (peerId: string) =>
    connections().find(({ remotePeer }) => remotePeer.toString() === peerId)?.remoteAddr
  const isAllowed = (peerId: string) => rules.of(peerId, addressOf(peerId)) === 'allowed'
  const misbehaviour = new Misbehaviour({
    logger: init.logger,
    records: init.records,
    isProtected: (peerId) => trusted.has(peerId) || isAllowed(peerId),
    onQuarantine: (peerId) => {
      const address = addressOf(peerId)
      if (address !== undefined) guard.quarantined(address)
      host?.disconnect(peerId)
    },
  })
  const budgets = new PeerBudgets({ misbehaviour, isExempt: isAllowed }, budgetLimits)
  const guard: PeerGuard = new PeerGuard(
    { rules, misbehaviour, connections },
    { connectionsPerPeer: budgetLimits.connections, maxConnections: limits.maxConnections },
  )
  const libp2p = await createLibp2p({
    ...libp2pOptions({
      privateKey: init.privateKey,
      networkName,
      agent: init.agent ?? 'driad',
      listen,
      mdns: init.mdns,
      dht: init.dht,
      local,
      relay,
      announce,
      // A process that only asks has no use for it.
      upnp: init.upnp === true && !local ? (await import('@libp2p/upnp-nat')).uPnPNAT : undefined,
      networkKey: init.networkKey,
      shared: local ? undefined : await SharedPort.open(),
      onReplaced: (relayed) => host?.replaced(relayed),
      logger: init.logger,
      limits,
      budgets,
      gater: guard.gater({ mayReserve: async (peer) => (await host?.mayReserve(peer)) === true }),
      scoreOf: (peerId) => misbehaviour.score(peerId),
      isOurTopic: (topic) => offers?.isOurTopic(topic) === true,
    }),
    start: false,
  })
  host = new LibP2PHost(
    { libp2p, misbehaviour, budgets, rules, logger: init.logger },
    { networkName, bootstrap, local, networkKey: init.networkKey, limits },
  )
  offers = host.offers
  rules.onChange(() => host?.disconnectWhere((peerId, address) => guard.isDenied(peerId, address)))
  return host
}
