import { createHash } from 'node:crypto'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import type { ConnectionGater, Libp2p, PrivateKey, ServiceMap } from '@libp2p/interface'
import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht'
import { mdns } from '@libp2p/mdns'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Libp2pInit } from 'libp2p'
import { ADDRESSES_PER_PEER, OFFER_MESSAGE_BYTES } from '../../protocol/wire/limits.ts'
import { BoundedDatastore } from './bounded-datastore.ts'
import { ConnectionMeter } from './connection-meter.ts'
import { gossipScoring, meteredGossip } from './gossip-score.ts'
import { offerMessageId } from './offer-exchange.ts'
import type { PeerBudgets } from './peer-budgets.ts'

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

export interface HostServices extends ServiceMap {
  readonly identify: Identify
  readonly ping: Ping
  readonly gossip: GossipSub
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
  const { limits } = init
  const prefix = protocolPrefix(init.networkName)
  const { budgets } = init
  const meter = budgets && new ConnectionMeter(budgets)
  const encrypter = noise()
  const muxer = yamux({
    maxInboundStreams: limits.maxStreamsPerConnection,
    maxOutboundStreams: limits.maxStreamsPerConnection,
    streamOptions: { maxStreamWindowSize: STREAM_WINDOW_BYTES },
    // The connection monitor does the same, and ends what does not answer.
    enableKeepAlive: false,
  })
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
    // A KiB a topic; a node listens to 64 at most.
    maxTopicBytesPerPeer: 128 * 1024,
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
    addresses: { listen: init.listen.map(String) },
    transports: [
      // The sockets' own time-out is not used to end idle connections: the monitor below pings them.
      tcp({
        maxConnections: limits.maxConnections + RESERVED_CONNECTIONS + limits.maxPendingInbound,
      }),
      webSockets(),
    ],
    connectionEncrypters: [meter?.encrypter(encrypter) ?? encrypter],
    streamMuxers: [meter?.muxer(muxer) ?? muxer],
    connectionManager: {
      // Strangers are refused before; what is above is for those whom the operator allowed.
      maxConnections: limits.maxConnections + RESERVED_CONNECTIONS,
      maxParallelDials: limits.maxParallelDials,
      maxIncomingPendingConnections: limits.maxPendingInbound,
      inboundConnectionThreshold: limits.inboundConnectionsPerSecond,
      maxDialQueueLength: 256,
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
      ? [mdns({ serviceTag: mdnsServiceTag(init.networkName), interval: MDNS_INTERVAL_MS })]
      : [],
    services: {
      // Run by the host, which has to know when it fails.
      identify: identify({
        protocolPrefix: prefix,
        runOnConnectionOpen: false,
        runOnLimitedConnection: true,
      }),
      ping: ping({ protocolPrefix: prefix, runOnLimitedConnection: true }),
      gossip: budgets === undefined ? gossip : meteredGossip(gossip, budgets),
      ...(init.dht
        ? {
            dht: kadDHT({
              protocol: `/${prefix}/kad/1.0.0`,
              peerInfoMapper: init.local ? passthroughMapper : removePrivateAddressesMapper,
              // On the internet it serves once it has a public address; in a local network there is no such thing.
              ...(init.local ? { clientMode: init.listen.length === 0 } : {}),
              allowQueryWithZeroPeers: true,
            }),
          }
        : {}),
    },
  }
}

/** A DNS label has at most 63 bytes and no dots; a network's name may have both. */
function mdnsServiceTag(networkName: string): string {
  const hash = createHash('sha256').update(networkName).digest('hex').slice(0, 16)
  return `_driad-${hash}._udp.local`
}
