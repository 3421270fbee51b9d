import { networkInterfaces } from 'node:os'
import { peerIdFromString } from '@libp2p/peer-id'
import { isLinkLocal, isLoopback, isPrivate } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { DriadError } from '../../protocol/errors.ts'
import { ADDRESS_LENGTH, ADDRESSES_PER_PEER } from '../../protocol/wire/limits.ts'

const HOSTS = ['ip4', 'ip6', 'dns', 'dns4', 'dns6', 'dnsaddr']

/** The peer id that an address ends in, if it does. */
export function peerIdOf(address: Multiaddr): string | undefined {
  const components = address.getComponents()
  // What comes before is the relay.
  const circuit = components.findLastIndex(({ name }) => name === 'p2p-circuit')
  return components.slice(circuit + 1).findLast(({ name }) => name === 'p2p')?.value
}

/** Reads an address to listen on. Throws `bad_setting` naming it. */
export function parseListenAddress(text: string): Multiaddr {
  const address = parse(text, 'listen on', '/ip4/0.0.0.0/tcp/4001 or /ip4/0.0.0.0/tcp/4002/ws')
  const [host] = address.getComponents()
  if (
    !isTcpOrWebSocket(address) ||
    (host?.name !== 'ip4' && host?.name !== 'ip6') ||
    peerIdOf(address) !== undefined
  ) {
    throw badAddress(text, 'listen on', '/ip4/0.0.0.0/tcp/4001 or /ip4/0.0.0.0/tcp/4002/ws')
  }
  return address
}

/** Reads the address of a peer to connect to, with or without its peer id. Throws `bad_setting` naming it. */
export function parseBootstrapAddress(text: string): Multiaddr {
  const example = '/ip4/192.0.2.1/tcp/4001/p2p/12D3KooW…'
  const address = parse(text, 'bootstrap from', example)
  const isDnsaddr = address.getComponents()[0]?.name === 'dnsaddr'
  if (!isTcpOrWebSocket(address) && !isDnsaddr && !isOverRelay(address))
    throw badAddress(text, 'bootstrap from', example)
  try {
    const peerId = peerIdOf(address)
    if (peerId !== undefined) peerIdFromString(peerId)
  } catch (cause) {
    throw badAddress(text, 'bootstrap from', example, cause)
  }
  return address
}

/** Reads an address to tell others. Throws `bad_setting` naming it. */
export function parseAnnouncedAddress(text: string): Multiaddr {
  const example = '/ip4/192.0.2.1/tcp/4001 or /dns4/node.example.org/tcp/443/wss'
  const address = parse(text, 'announce', example)
  if (!isTcpOrWebSocket(address) || peerIdOf(address) !== undefined) {
    throw badAddress(text, 'announce', example)
  }
  return address
}

/**
 * The addresses of a peer that can be tried. They come from the network, so what cannot be dialled, or names another
 * peer, is left out.
 */
export function dialableAddresses(peerId: string, texts: readonly string[]): Multiaddr[] {
  const result: Multiaddr[] = []
  for (const text of texts.slice(0, ADDRESSES_PER_PEER)) {
    if (text.length > ADDRESS_LENGTH) continue
    try {
      const address = multiaddr(text)
      if (!isTcpOrWebSocket(address) && !isOverRelay(address)) continue
      const named = peerIdOf(address)
      if (named === undefined) result.push(address.encapsulate(`/p2p/${peerId}`))
      else if (named === peerId) result.push(address)
    } catch {
      // Not an address of a form that we know.
    }
  }
  return result
}

/** At most as many as an offer or a claim may carry, the most widely reachable first. */
export function bestAddresses(addresses: readonly Multiaddr[]): string[] {
  return addresses
    .filter((address) => !isLinkLocal(address))
    .sort((one, other) => reach(one) - reach(other))
    .map(String)
    .filter((address) => address.length <= ADDRESS_LENGTH)
    .slice(0, ADDRESSES_PER_PEER)
}

function reach(address: Multiaddr): number {
  if (isCircuit(address)) return isPrivateAddress(address) ? 4 : 1
  if (isLoopback(address)) return 3
  return isPrivateAddress(address) ? 2 : 0
}

/** True for an address by way of a relay. */
export function isCircuit(address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => name === 'p2p-circuit')
}

/** True for loopback and local networks; false for public addresses and for names. */
export function isPrivateAddress(address: Multiaddr): boolean {
  try {
    return isPrivate(address)
  } catch {
    return false
  }
}

/**
 * True if this host cannot be on the public internet and does not look for anybody there: then private addresses are
 * what the DHT must carry, and every node of it must serve it, or there would be none.
 */
export function isLocalNetwork(listen: readonly Multiaddr[], bootstrap: readonly Multiaddr[]): boolean {
  if (bootstrap.some((address) => !isPrivateAddress(address))) return false
  return listen.every((address) => {
    const host = address.getComponents()[0]?.value
    if (host !== '0.0.0.0' && host !== '::') return isPrivateAddress(address)
    return Object.values(networkInterfaces()).every((all) =>
      (all ?? []).every(({ address: ip, family }) => {
        const plain = ip.split('%')[0]
        return isPrivateAddress(multiaddr(`/${family === 'IPv4' ? 'ip4' : 'ip6'}/${plain}`))
      }),
    )
  })
}

/** `/ip4/…/tcp/…/p2p/<relay>/p2p-circuit`, with or without the peer at its end. Never a relay behind a relay. */
function isOverRelay(address: Multiaddr): boolean {
  const text = address.toString()
  const [before = '', after, ...rest] = text.split('/p2p-circuit')
  if (after === undefined || rest.length > 0 || !/^(\/p2p\/[^/]+)?$/.test(after)) return false
  const relay = multiaddr(before)
  return peerIdOf(relay) !== undefined && isTcpOrWebSocket(relay)
}

function isTcpOrWebSocket(address: Multiaddr): boolean {
  const names = address.getComponents().map((component) => component.name)
  if (names.at(-1) === 'p2p') names.pop()
  const [host = '', tcp, ...rest] = names
  return (
    HOSTS.includes(host) &&
    tcp === 'tcp' &&
    ['', 'ws', 'wss', 'tls/ws'].includes(rest.filter((name) => name !== 'sni').join('/'))
  )
}

function parse(text: string, use: string, example: string): Multiaddr {
  try {
    return multiaddr(text)
  } catch (cause) {
    throw badAddress(text, use, example, cause)
  }
}

function badAddress(text: string, use: string, example: string, cause?: unknown): DriadError {
  const why = cause instanceof Error ? ` (${cause.message})` : ''
  return new DriadError('bad_setting', `Cannot ${use} "${text}"${why}. An address looks like ${example}`, {
    cause,
  })
}
