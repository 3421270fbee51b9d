/** From how far away other computers can call this one, judged by the addresses it listens on. */
export type Reach = 'nowhere' | 'this-computer' | 'local-network' | 'relay' | 'public'

const order: readonly Reach[] = ['nowhere', 'this-computer', 'local-network', 'relay', 'public']

export const reachWords: Readonly<Record<Reach, { readonly title: string; readonly meaning: string }>> = {
  nowhere: { title: 'Not listening', meaning: 'No address is open, so nobody can call this computer.' },
  'this-computer': {
    title: 'Only here',
    meaning: 'Only programs on this computer can call it. Others are still reached by calling them.',
  },
  'local-network': {
    title: 'Local network',
    meaning: 'Computers in your network can call it. Others further away are reached by calling them.',
  },
  relay: { title: 'By relay', meaning: 'Others reach it through a relay: a little slower, but it earns.' },
  public: { title: 'Public address', meaning: 'It has an address that the whole internet can call.' },
}

/** The best of what the multiaddrs offer. */
export function reachOf(addresses: readonly string[]): Reach {
  let best = 0
  for (const address of addresses) best = Math.max(best, order.indexOf(reachOfAddress(address)))
  return order[best] ?? 'nowhere'
}

function reachOfAddress(address: string): Reach {
  if (address.includes('/p2p-circuit')) return 'relay'
  const [, family, host = ''] = address.split('/')
  if (family === 'ip4') return reachOfIp4(host)
  if (family === 'ip6') return reachOfIp6(host.toLowerCase())
  if (family === 'dns' || family === 'dns4' || family === 'dns6' || family === 'dnsaddr') {
    return host === 'localhost' ? 'this-computer' : 'public'
  }
  return 'this-computer' // memory and unix sockets
}

function reachOfIp4(host: string): Reach {
  const [a = 0, b = 0] = host.split('.').map(Number)
  if (a === 127 || a === 0) return 'this-computer'
  const isPrivate = a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168)
  const isShared = a === 100 && b >= 64 && b <= 127 // carrier-grade NAT, and overlay networks
  const isLinkLocal = a === 169 && b === 254
  return isPrivate || isShared || isLinkLocal ? 'local-network' : 'public'
}

function reachOfIp6(host: string): Reach {
  if (host === '::1' || host === '::') return 'this-computer'
  return /^(fe[89ab]|f[cd])/.test(host) ? 'local-network' : 'public'
}
