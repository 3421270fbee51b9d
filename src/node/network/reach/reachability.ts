import {
  CLOCK_WARNING_MS,
  type ClockView,
  type ReachAdvice,
  type ReachabilityLevel,
  type ReachabilityView,
} from '../../../protocol/network-views.ts'

/** What is known of how this node is reached. */
export interface ReachabilityFacts extends Omit<ReachabilityView, 'level' | 'summary' | 'advice'> {
  /** Addresses that peers confirmed or the operator set, other than relays'. */
  readonly publicAddresses: readonly string[]
  /** Nothing of the network is on the public internet. */
  readonly local: boolean
  readonly hasBootstrap: boolean
  /** Whether this computer can punch holes at all. */
  readonly canPunch: boolean
}

/** Puts what is known into one level, a sentence and advice. */
export function reachabilityView(facts: ReachabilityFacts): ReachabilityView {
  const { publicAddresses: _, local: __, hasBootstrap: ___, canPunch: ____, ...rest } = facts
  const level = levelOf(facts)
  return { level, summary: summaryOf(level, facts), advice: adviceOf(level, facts), ...rest }
}

function levelOf(facts: ReachabilityFacts): ReachabilityLevel {
  const { connections, publicAddresses, relays, local, nat, canPunch } = facts
  if (publicAddresses.length > 0) return 'public'
  if (connections.direct + connections.relayed === 0) return 'offline'
  if (relays.length > 0) return !local && canPunch && nat !== 'port-per-peer' ? 'hole-punching' : 'relayed'
  if (!local) return 'outgoing'
  return facts.addresses.length > 0 && facts.addresses.every(isLoopbackAddress) ? 'this-computer' : 'local'
}

/** Of a multiaddr as text. */
function isLoopbackAddress(address: string): boolean {
  return /^\/ip4\/127\.|^\/ip6\/::1\//.test(address)
}

function summaryOf(level: ReachabilityLevel, { relays, connections }: ReachabilityFacts): string {
  const over = relays.length === 1 ? 'a relay' : `${relays.length} relays`
  switch (level) {
    case 'public':
      return connections.direct + connections.relayed === 0
        ? 'Others can reach this node directly, but nobody is connected.'
        : 'Others reach this node directly.'
    case 'hole-punching':
      return `This node is behind a router. Others find it over ${over}, then connect directly where both routers allow it.`
    case 'relayed':
      return `This node is reached over ${over} only. Tasks work, with longer ways and limits.`
    case 'outgoing':
      return 'Others cannot reach this node; it works with those that it connects to itself.'
    case 'local':
      return 'This node is reached from its local network.'
    case 'this-computer':
      return 'Only programs on this computer reach this node.'
    case 'offline':
      return 'This node is connected to nobody.'
  }
}

function adviceOf(level: ReachabilityLevel, facts: ReachabilityFacts): ReachAdvice[] {
  const advice: ReachAdvice[] = []
  if (facts.clock?.wrong === true) advice.push({ code: 'set_clock', aheadMs: facts.clock.aheadMs })
  const forward = { code: 'forward_ports', ports: portsOf(facts.addresses), portPerPeer: false } as const
  switch (level) {
    case 'offline':
      advice.push({ code: facts.hasBootstrap ? 'check_connection' : 'set_bootstrap' })
      break
    case 'outgoing':
      advice.push(forward, { code: 'add_relay' })
      break
    case 'relayed':
      advice.push({ ...forward, portPerPeer: facts.nat === 'port-per-peer' })
      break
    case 'this-computer':
      advice.push({ code: 'listen_everywhere' })
      break
    case 'hole-punching':
    case 'public':
    case 'local':
      break
  }
  return advice
}

/** The warning of a clock that is wrong, for the log. */
export function clockAdvice({ aheadMs }: ClockView): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  const side = aheadMs > 0 ? 'ahead of' : 'behind'
  return `Set this computer's clock by a time server: it is ${seconds} s ${side} the clocks of other nodes, and they may ignore this one.`
}

/** The TCP ports that are listened on. */
function portsOf(addresses: readonly string[]): number[] {
  const ports = addresses
    .filter((address) => !address.includes('/p2p-circuit'))
    .flatMap((address) => /\/tcp\/(\d+)/.exec(address)?.[1] ?? [])
  return [...new Set(ports.map(Number))]
}

/** The median of how far peers' clocks are behind ours. Undefined without any. */
export function clockView(aheadMs: readonly number[]): ClockView | undefined {
  if (aheadMs.length === 0) return undefined
  const sorted = aheadMs.toSorted((one, other) => one - other)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  const median = Math.round((upper + lower) / 2)
  return { aheadMs: median, peers: sorted.length, wrong: Math.abs(median) > CLOCK_WARNING_MS }
}
