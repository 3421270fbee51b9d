import ipaddr from 'ipaddr.js'

/** Base58 of a peer id's multihash, of either kind of key that libp2p has. */
const PEER_ID = /^(?:12D3KooW|16Uiu2HA|Qm)[1-9A-HJ-NP-Za-km-z]{40,60}$/
/** A multiaddr: `/ip4/…`, `/dns4/…`. */
const MULTIADDR = /^\/(?:ip4|ip6|ip6zone|dns|dns4|dns6|dnsaddr|p2p|p2p-circuit|unix)(?:\/|$)/
const MAX_SEGMENTS = 32
const MAX_NAMES = 10_000

/**
 * Names in the place of peers, addresses and hosts: the same one has the same name in the whole bundle, and nobody can tell
 * from the name who it is.
 */
export class Pseudonyms {
  readonly #names = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  constructor(self: { readonly peerId?: string | undefined }) {
    if (self.peerId !== undefined) this.#names.set(self.peerId, 'this-node')
  }

  isPeer(text: string): boolean {
    return PEER_ID.test(text)
  }

  isAddress(text: string): boolean {
    return MULTIADDR.test(text) || ipaddr.isValid(text)
  }

  peer(peerId: string): string {
    return this.#name('peer', peerId)
  }

  /** Of a multiaddr its protocols and ports stay; addresses, names and peers get theirs. */
  address(address: string): string {
    if (ipaddr.isValid(address)) return this.#ip(address)
    const [, ...segments] = address.split('/')
    const kept: string[] = []
    for (let at = 0; at < segments.length && at < MAX_SEGMENTS; at++) {
      const protocol = segments[at] ?? ''
      const value = segments[at + 1] ?? ''
      switch (protocol) {
        case 'ip4':
        case 'ip6':
          kept.push(protocol, this.#ip(value))
          at++
          break
        case 'dns':
        case 'dns4':
        case 'dns6':
        case 'dnsaddr':
          kept.push(protocol, this.host(value))
          at++
          break
        case 'p2p':
          kept.push(protocol, this.peer(value))
          at++
          break
        case 'tcp':
        case 'udp':
          kept.push(protocol, /^\d{1,5}$/.test(value) ? value : '?')
          at++
          break
        case 'ws':
        case 'wss':
        case 'tls':
        case 'p2p-circuit':
          kept.push(protocol)
          break
        default:
          // What is not known may be anything.
          return `/${[...kept, '?'].join('/')}`
      }
    }
    return `/${kept.join('/')}`
  }

  host(name: string): string {
    return name === 'localhost' ? name : this.#name('host', name.toLowerCase())
  }

  /** Whether it is a local one tells much, and of nobody. */
  #ip(address: string): string {
    if (!ipaddr.isValid(address)) return '?'
    const range = ipaddr.process(address).range()
    if (range === 'loopback' || range === 'unspecified') return address
    return this.#name(range === 'unicast' ? 'public-ip' : `${range}-ip`, address)
  }

  #name(kind: string, of: string): string {
    const known = this.#names.get(of)
    if (known !== undefined) return known
    const number = (this.#counts.get(kind) ?? 0) + 1
    if (this.#names.size >= MAX_NAMES) return `${kind}-?`
    this.#counts.set(kind, number)
    const name = `${kind}-${number}`
    this.#names.set(of, name)
    return name
  }
}
