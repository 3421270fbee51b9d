import type { Pseudonyms } from './pseudonyms.ts'
import type { SafeText } from './safe-text.ts'
import type { DiagnosticsSources } from './sources.ts'

const MAX_PEERS = 300

/** How this node is reached, whom it is connected to, and how many bytes went where: without who and where. */
export function networkFacts(
  { status, reachability, network, store }: DiagnosticsSources,
  { safe, pseudonyms }: { readonly safe: SafeText; readonly pseudonyms: Pseudonyms },
): unknown {
  return {
    phase: status?.phase ?? null,
    failure:
      status?.error === undefined
        ? null
        : { code: status.error.code, message: safe.text(status.error.message) },
    reachability:
      reachability === undefined
        ? null
        : {
            level: reachability.level,
            nat: reachability.nat,
            connections: reachability.connections,
            relays: reachability.relays.map((relay) => pseudonyms.peer(relay)),
            serving: reachability.serving ?? null,
            private: reachability.networkKey !== undefined,
            clock: reachability.clock ?? null,
            addresses: reachability.addresses.map((address) => pseudonyms.address(address)),
          },
    peers: (network?.peers() ?? []).slice(0, MAX_PEERS).map((peer) => ({
      peer: pseudonyms.peer(peer.peerId),
      address: pseudonyms.address(peer.address),
      direction: peer.direction,
      way: peer.way,
      connectedAtMs: peer.connectedAtMs,
      // Others' programs may call themselves anything.
      agent: /^driad(?:\/\d{1,3}(?:\.\d{1,3}){0,2})?$/.test(peer.agent) ? peer.agent : 'other',
      roundTripMs: peer.roundTripMs ?? null,
      help: peer.help ?? null,
      verdict: peer.verdict,
      misdeedPoints: peer.misdeedPoints,
      receivedBytes: peer.receivedBytes,
      sentBytes: peer.sentBytes,
    })),
    traffic: network === undefined ? null : trafficOf(network),
    offers: network?.topics() ?? [],
    keptOut: store.get<{ peers: number }>('SELECT count(*) AS peers FROM quarantines')?.peers ?? 0,
  }
}

function trafficOf(network: NonNullable<DiagnosticsSources['network']>): unknown {
  const { receivedBytes, sentBytes, receivedPerSecond, sentPerSecond } = network.traffic()
  return { receivedBytes, sentBytes, receivedPerSecond, sentPerSecond }
}
