import { BlockList, isIP } from 'node:net'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Rules by peer id, and by address: of a computer (`192.0.2.7`) or of a network (`192.0.2.0/24`, `2001:db8::/32`). */
interface PeerSet {
  readonly peers: ReadonlySet<string>
  readonly networks: BlockList
}

/** Whether a text is a rule: a peer id, an IP address, or a network in CIDR notation. */
export function isPeerRule(text: string): boolean {
  return network(text) !== undefined || isPeerId(text)
}

/**
 * Whom the operator allows and denies. A rule that names a peer counts more than one of its address, and of two
 * alike the denial. May be changed while connections are open: listeners are told.
 */
export class PeerRules {
  #allowed: PeerSet
  #denied: PeerSet
  readonly #listeners = new Set<() => void>()

  /** Texts that are no rules are left out; the settings refuse them. */
  constructor(allowed: readonly string[] = [], denied: readonly string[] = []) {
    this.#allowed = peerSet(allowed)
    this.#denied = peerSet(denied)
  }

  set(allowed: readonly string[], denied: readonly string[]): void {
    this.#allowed = peerSet(allowed)
    this.#denied = peerSet(denied)
    for (const listener of this.#listeners) listener()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Either may be unknown: an address before the handshake, a peer without a connection. */
  of(peerId: string | undefined, address: Multiaddr | undefined): 'allowed' | 'denied' | undefined {
    if (peerId !== undefined && this.#denied.peers.has(peerId)) return 'denied'
    if (peerId !== undefined && this.#allowed.peers.has(peerId)) return 'allowed'
    const ip = address === undefined ? undefined : ipOf(address)
    if (ip === undefined) return undefined
    if (contains(this.#denied.networks, ip)) return 'denied'
    return contains(this.#allowed.networks, ip) ? 'allowed' : undefined
  }
}

/** The IP address at the other end. Undefined for names, and behind a relay, whose address says nothing of the peer. */
export function ipOf(address: Multiaddr): string | undefined {
  const components = address.getComponents()
  if (components.some(({ name }) => name === 'p2p-circuit')) return undefined
  const [host] = components
  return host?.name === 'ip4' || host?.name === 'ip6' ? host.value : undefined
}

function peerSet(rules: readonly string[]): PeerSet {
  const peers = new Set<string>()
  const networks = new BlockList()
  for (const rule of rules) {
    const found = network(rule)
    if (found !== undefined) networks.addSubnet(found.ip, found.bits, found.family)
    else if (isPeerId(rule)) peers.add(rule)
  }
  return { peers, networks }
}

function network(text: string): { ip: string; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [ip = '', bitsText, ...rest] = text.split('/')
  const version = isIP(ip)
  if (version === 0 || rest.length > 0 || ip.includes('%')) return undefined
  const most = version === 4 ? 32 : 128
  if (bitsText !== undefined && !/^\d{1,3}$/.test(bitsText)) return undefined
  const bits = bitsText === undefined ? most : Number(bitsText)
  return bits <= most ? { ip, bits, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined
}

function contains(networks: BlockList, ip: string): boolean {
  return networks.check(ip, isIP(ip) === 4 ? 'ipv4' : 'ipv6')
}

function isPeerId(text: string): boolean {
  try {
    return peerIdFromString(text).toString() === text
  } catch {
    return false
  }
}
