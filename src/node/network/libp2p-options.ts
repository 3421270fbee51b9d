import { createHash } from 'node:crypto'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { type AutoNATv2Components, autoNATv2 } from '@libp2p/autonat-v2'
import { type CircuitRelayService, circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { type Identify, identify, identifyPush } from '@libp2p/identify'
import type { Connection, ConnectionGater, Libp2p, PrivateKey, ServiceMap } from '@libp2p/interface'
import type { RandomWalk } from '@libp2p/interface-internal'
import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht'
import { mdns } from '@libp2p/mdns'
import { type Ping, ping } from '@libp2p/ping'
import { preSharedKey } from '@libp2p/pnet'
import { tcp } from '@libp2p/tcp'
import type { uPnPNAT } from '@libp2p/upnp-nat'
import { webSockets } from '@libp2p/websockets'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Libp2pInit } from 'libp2p'
import { ADDRESSES_PER_PEER, OFFER_MESSAGE_BYTES } from '../../protocol/wire/limits.ts'
import type { Logger } from '../logs/contract.ts'
import { isCircuit, isPrivateAddress } from './addresses.ts'
import { BoundedDatastore } from './bounded-datastore.ts'
import { ConnectionMeter } from './connection-meter.ts'
import { gossipScoring, meteredGossip } from './gossip-score.ts'
import { greetingCheck } from './greeting-check.ts'
import { joinedMuxer, wholeWrites } from './joined-sends.ts'
import type { NetworkKey } from './network-key.ts'
import { offerMessageId } from './offer-exchange.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import { holePunching } from './reach/hole-punching.ts'
import { RELAY_DATA_BYTES, RELAY_DURATION_MS, RELAY_RESERVATIONS, RELAYED_STREAMS } from './reach/limits.ts'
import { type ReachComponents, ReachService } from './reach/reach-service.ts'
import { type SharedPort, sharedPortTcp } from './reach/shared-port-tcp.ts'

/** What a host may hold at once, however many peers there are. */
export interface NetworkLimits {
  readonly maxConnections: number
  readonly maxParallelDials: number
  /** New connections from one IP address a second. Homes and offices share an address. */
  readonly inboundConnectionsPerSecond: number
  /** Connections that have not finished their handshake. */
  readonly maxPendingInbound: number
  /** For the handshake of a connection that arrives, and for the choice of a stream's protocol. */
  readonly handshakeTimeoutMs: number
  /** Streams of all protocols on one connection, in each direction. */
  readonly maxStreamsPerConnection: number
  /** Discovered peers are dialled while there are fewer connections than this. */
  readonly wantedConnections: number
}

export const defaultNetworkLimits: NetworkLimits = {
  maxConnections: 200,
  maxParallelDials: 16,
  inboundConnectionsPerSecond: 20,
  maxPendingInbound: 32,
  handshakeTimeoutMs: 10_000,
  maxStreamsPerConnection: 256,
  wantedConnections: 32,
}

/**
 * A stream's window, which is what it can hold while nobody reads. Below libp2p's own bound of 4 MiB, at which it would
 * abort a stream that is merely slow; 1 MiB still carries 5 MiB/s over a round trip of 200 ms.
 */
export const STREAM_WINDOW_BYTES = 1024 * 1024

/** Connections for peers that the operator allowed, when there are as many of strangers as there may be. */
const RESERVED_CONNECTIONS = 8

/** An answer to a request for missed offers may hold many of them. */
const GOSSIP_RPC_BYTES = 64 * OFFER_MESSAGE_BYTES

/** A peer that is gone without a word is noticed after the sum of the two; one that is merely busy is not given up. */
const PING_INTERVAL_MS = 15_000
const PING_TIMEOUT_MS = 15_000

/** Who joins asks at once and is answered; asking again is for datagrams that were lost. */
const MDNS_INTERVAL_MS = 20_000

/** One address that does not answer must not use up the time for the others, of which a relay's is the last. */
const ADDRESS_DIAL_TIMEOUT_MS = 4_000
const DIAL_TIMEOUT_MS = 15_000

export interface HostServices extends ServiceMap {
  readonly identify: Identify
  readonly ping: Ping
  readonly gossip: GossipSub
  readonly reach: ReachService
  readonly relay?: CircuitRelayService
}
export type HostLibp2p = Libp2p<HostServices>

export interface Libp2pOptionsInit {
  readonly privateKey: PrivateKey
  readonly networkName: string
  readonly agent: string
  readonly listen: readonly Multiaddr[]
  readonly mdns: boolean
  readonly dht: boolean
  /** Nothing of the network is on the public internet: see `isLocalNetwork`. */
  readonly local: boolean
  /** Serves others as a relay, and as a server of the DHT, on addresses that are public. */
  readonly relay: boolean
  /** Addresses at which others reach this node, besides those that it finds itself. */
  readonly announce: readonly Multiaddr[]
  /** Asks the router to forward our ports, where given. Never in a local network. */
  readonly upnp: typeof uPnPNAT | undefined
  readonly networkKey: NetworkKey | undefined
  /** Undefined where connections cannot leave from one port: then there is no hole punching. */
  readonly shared: SharedPort | undefined
  /** Called for a relayed connection that a direct one replaces. */
  readonly onReplaced: (relayed: Connection) => void
  readonly logger: Logger
  readonly limits: NetworkLimits
  /** Counts what peers use. Absent: nobody does. */
  readonly budgets?: PeerBudgets
  readonly gater: ConnectionGater
  /** Our own part of a peer's gossip score, 0 or below. */
  readonly scoreOf: (peerId: string) => number
  readonly isOurTopic: (topic: string) => boolean
}

/**
 * Prefix of every protocol name of a network. Identify carries it too, so peers of another network cannot even learn
 * what the other speaks, and neither gossip nor the DHT begins between them.
 */
export function protocolPrefix(networkName: string): string {
  return `driad/${networkName}`
}

export function libp2pOptions(init: Libp2pOptionsInit): Libp2pInit<HostServices> {
  const { limits, shared, networkKey, logger, budgets } = init
  const prefix = protocolPrefix(init.networkName)
  // The sockets' own time-out is not used to end idle connections: the monitor below pings them.
  const tcpOptions = {
    maxConnections: limits.maxConnections + RESERVED_CONNECTIONS + limits.maxPendingInbound,
  }
  let reach: ReachService | undefined
  const meter = budgets && new ConnectionMeter(budgets)
  const protector = wholeWrites(
    networkKey === undefined ? greetingCheck() : preSharedKey({ psk: networkKey.file }),
  )
  const encrypter = noise()
  const muxer = joinedMuxer(
    yamux({
      maxInboundStreams: limits.maxStreamsPerConnection,
      maxOutboundStreams: limits.maxStreamsPerConnection,
      streamOptions: { maxStreamWindowSize: STREAM_WINDOW_BYTES },
      // The connection monitor does the same, and ends what does not answer.
      enableKeepAlive: false,
    }),
  )
  const gossip = gossipsub({
    // Offers are signed by their requesters and checked by everybody who forwards them. A second signature, of
    // the publishing peer, would prove nothing more and cost a verification at each hop.
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: offerMessageId,
    fallbackToFloodsub: false,
    // To all subscribers that we know, not only to the mesh: an offer takes one hop to most nodes.
    floodPublish: true,
    // What nobody could take is not remembered as published, so the same bytes can be tried again.
    allowPublishToZeroTopicPeers: false,
    ignoreDuplicatePublishError: true,
    runOnLimitedConnection: true,
    doPX: false,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    maxInboundDataLength: GOSSIP_RPC_BYTES,
    maxOutboundBufferSize: 4 * GOSSIP_RPC_BYTES,
    // A KiB a topic; a node listens to three for each of at most 64 models.
    maxTopicBytesPerPeer: 256 * 1024,
    dataTransform: {
      // Before the message is cached: a topic that nobody here listens to would have no validator.
      inboundTransform: (topic, data) => {
        if (!init.isOurTopic(topic)) throw new Error('Not a topic of ours')
        return data
      },
      outboundTransform: (_, data) => data,
    },
    ...gossipScoring(init.scoreOf),
  })
  return {
    privateKey: init.privateKey,
    datastore: new BoundedDatastore(),
    nodeInfo: { name: 'driad', userAgent: init.agent },
    addresses: {
      listen: init.listen.map(String),
      appendAnnounce: init.announce.map(String),
      // A relay tells all its addresses, also those that only its own network reaches.
      announceFilter: (addresses) =>
        init.local
          ? addresses
          : addresses.filter((address) => !isCircuit(address) || !isPrivateAddress(address)),
    },
    transports: [
      shared === undefined ? tcp(tcpOptions) : sharedPortTcp(tcpOptions, shared),
      webSockets(),
      circuitRelayTransport({
        maxInboundStopStreams: RELAYED_STREAMS,
        maxOutboundStopStreams: RELAYED_STREAMS,
        // RelayKeeper chooses the relays.
        discoveryFilter: { has: () => true, add: () => {}, remove: () => {} },
      }),
    ],
    connectionProtector: meter?.protector(protector) ?? protector,
    connectionEncrypters: [meter?.encrypter(encrypter) ?? encrypter],
    streamMuxers: [meter?.muxer(muxer) ?? muxer],
    connectionManager: {
      // Strangers are refused before; what is above is for those whom the operator allowed.
      maxConnections: limits.maxConnections + RESERVED_CONNECTIONS,
      maxParallelDials: limits.maxParallelDials,
      maxIncomingPendingConnections: limits.maxPendingInbound,
      inboundConnectionThreshold: limits.inboundConnectionsPerSecond,
      maxDialQueueLength: 256,
      addressDialTimeout: ADDRESS_DIAL_TIMEOUT_MS,
      dialTimeout: DIAL_TIMEOUT_MS,
      maxPeerAddrsToDial: 2 * ADDRESSES_PER_PEER,
      inboundUpgradeTimeout: limits.handshakeTimeoutMs,
      inboundStreamProtocolNegotiationTimeout: limits.handshakeTimeoutMs,
      outboundStreamProtocolNegotiationTimeout: limits.handshakeTimeoutMs,
      // We re-dial ourselves, see BootstrapKeeper.
      reconnectRetries: 0,
    },
    connectionMonitor: {
      protocolPrefix: prefix,
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: { minTimeout: PING_TIMEOUT_MS },
    },
    connectionGater: init.gater,
    peerDiscovery: init.mdns
      ? [mdns({ serviceTag: mdnsServiceTag(init.networkName, networkKey), interval: MDNS_INTERVAL_MS })]
      : [],
    services: {
      // Run by the host, which has to know when it fails.
      identify: identify({
        protocolPrefix: prefix,
        runOnConnectionOpen: false,
        runOnLimitedConnection: true,
      }),
      // Peers that we met before we had our relay, or lost it, are told.
      identifyPush: identifyPush({ protocolPrefix: prefix, runOnLimitedConnection: true }),
      ping: ping({ protocolPrefix: prefix, runOnLimitedConnection: true }),
      reach: (components: ReachComponents) => {
        reach = new ReachService(components, { local: init.local, relay: init.relay, shared, logger })
        return reach
      },
      ...(init.relay && {
        relay: circuitRelayServer({
          maxInboundHopStreams: RELAYED_STREAMS,
          maxOutboundStopStreams: RELAYED_STREAMS,
          reservations: {
            maxReservations: RELAY_RESERVATIONS,
            defaultDurationLimit: RELAY_DURATION_MS,
            defaultDataLimit: RELAY_DATA_BYTES,
          },
        }),
      }),
      // What follows is about public addresses, of which a local network has none.
      ...(!init.local && {
        autoNat: (components: AutoNATv2Components) =>
          // Only peers that we are connected to anyway are asked: looking for others costs a walk through the DHT a minute.
          autoNATv2({ protocolPrefix: prefix })({ ...autoNatParts(components), randomWalk: noWalk }),
      }),
      ...(!init.local &&
        shared !== undefined && {
          dcutr: holePunching({
            shared,
            punchAddresses: () => reach?.punchAddresses() ?? [],
            replaced: init.onReplaced,
          }),
        }),
      ...(!init.local && init.upnp !== undefined && { upnp: init.upnp() }),
      gossip: budgets === undefined ? gossip : meteredGossip(gossip, budgets),
      ...(init.dht
        ? {
            dht: kadDHT({
              protocol: `/${prefix}/kad/1.0.0`,
              peerInfoMapper: init.local ? passthroughMapper : removePrivateAddressesMapper,
              // On the internet it serves once it has a public address; in a local network there is no such thing.
              ...(init.local || init.relay ? { clientMode: init.listen.length === 0 } : {}),
              allowQueryWithZeroPeers: true,
            }),
          }
        : {}),
    },
  }
}

const noWalk: RandomWalk = {
  async *walk() {},
}

/** The components are a proxy, which cannot be spread. */
function autoNatParts(components: AutoNATv2Components): Omit<AutoNATv2Components, 'randomWalk'> {
  const { registrar, addressManager, connectionManager, logger, peerStore } = components
  return { registrar, addressManager, connectionManager, logger, peerStore }
}

/**
 * A DNS label has at most 63 bytes and no dots; a network's name may have both. Networks of one name and different keys do
 * not see each other.
 */
function mdnsServiceTag(networkName: string, key: NetworkKey | undefined): string {
  const hash = createHash('sha256')
    .update(networkName)
    .update(key?.fingerprint ?? '')
    .digest('hex')
    .slice(0, 16)
  return `_driad-${hash}._udp.local`
}
