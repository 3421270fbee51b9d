import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import {
  bestAddresses,
  dialableAddresses,
  isLocalNetwork,
  parseAnnouncedAddress,
  parseBootstrapAddress,
  parseListenAddress,
  peerIdOf,
} from '../../../../src/node/network/addresses.ts'

const peerId = '12D3KooWAbqQtLTbBVxxnAqPqQCJgEpoLgxwgcDYkMdK98Kc1AQW'
const other = '12D3KooWRwpd1BZtaCt4Lfz3nKqMHB4rzaTZ98wxoYsBgwsjJXRP'

describe('addresses', () => {
  it.each(['/ip4/0.0.0.0/tcp/4001', '/ip6/::/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'])('listens on %s', (text) => {
    expect(parseListenAddress(text).toString()).toBe(text)
  })

  it.each([
    '',
    '4001',
    'localhost:4001',
    '/ip4/127.0.0.1',
    '/ip4/127.0.0.1/tcp/70000',
    '/ip4/1.2.3.4/udp/1/quic-v1',
  ])('does not listen on %j, and says so by name', (text) => {
    expect(() => parseListenAddress(text)).toThrow(
      expect.objectContaining({ code: 'bad_setting', message: expect.stringContaining(`"${text}"`) }),
    )
  })

  it.each([
    '/dns4/node.example/tcp/443/tls/ws',
    `/ip4/127.0.0.1/tcp/4001/p2p/${peerId}`,
    '/dnsaddr/driad.example',
  ])('bootstraps from %s', (text) => {
    expect(parseBootstrapAddress(text).toString()).toBe(text)
  })

  it.each(['nonsense', '/ip4/127.0.0.1/tcp/1/p2p/nobody', '/unix/tmp/socket'])(
    'does not bootstrap from %j',
    (text) => {
      expect(() => parseBootstrapAddress(text)).toThrow(expect.objectContaining({ code: 'bad_setting' }))
    },
  )

  it('dials of a peer only what names that peer, or nobody', () => {
    const texts = [
      '/ip4/127.0.0.1/tcp/1',
      `/ip4/127.0.0.1/tcp/2/p2p/${peerId}`,
      `/ip4/127.0.0.1/tcp/3/p2p/${other}`,
      'nonsense',
      '/ip4/127.0.0.1/udp/4',
      `/dns4/${'x'.repeat(400)}/tcp/1`,
    ]
    expect(dialableAddresses(peerId, texts).map(String)).toEqual([
      `/ip4/127.0.0.1/tcp/1/p2p/${peerId}`,
      `/ip4/127.0.0.1/tcp/2/p2p/${peerId}`,
    ])
  })

  it('announces the most widely reachable addresses, and no more than an offer holds', () => {
    const all = [
      '/ip4/127.0.0.1/tcp/1',
      ...Array.from({ length: 9 }, (_, index) => `/ip4/10.0.0.${index}/tcp/1`),
      '/ip4/8.8.8.8/tcp/1',
    ].map((text) => multiaddr(text))
    const best = bestAddresses(all)
    expect(best).toHaveLength(8)
    expect(best[0]).toBe('/ip4/8.8.8.8/tcp/1')
    expect(best).not.toContain('/ip4/127.0.0.1/tcp/1')
  })

  it('goes over a relay to the peer at the end, and to no relay behind a relay', () => {
    const relay = `/ip4/127.0.0.1/tcp/1/p2p/${other}/p2p-circuit`
    const texts = [
      relay,
      `${relay}/p2p/${peerId}`,
      `${relay}/p2p/${other}`,
      `${relay}/p2p/${other}/p2p-circuit/p2p/${peerId}`,
      '/ip4/127.0.0.1/tcp/1/p2p-circuit',
      '/p2p-circuit',
    ]
    expect(dialableAddresses(peerId, texts).map(String)).toEqual([
      `${relay}/p2p/${peerId}`,
      `${relay}/p2p/${peerId}`,
    ])
    expect(peerIdOf(multiaddr(relay))).toBeUndefined()
    expect(peerIdOf(multiaddr(`${relay}/p2p/${peerId}`))).toBe(peerId)
    expect(parseBootstrapAddress(`${relay}/p2p/${peerId}`).toString()).toBe(`${relay}/p2p/${peerId}`)
  })

  it('prefers a public address to a relay, a relay to a private address, and leaves out link-local ones', () => {
    const relay = `/ip4/8.8.8.8/tcp/1/p2p/${other}/p2p-circuit/p2p/${peerId}`
    const all = [
      '/ip6/fe80::1/tcp/1',
      '/ip4/127.0.0.1/tcp/1',
      '/ip4/10.0.0.1/tcp/1',
      relay,
      '/dns4/a.example/tcp/1',
    ]
    expect(bestAddresses(all.map((text) => multiaddr(text)))).toEqual([
      '/dns4/a.example/tcp/1',
      relay,
      '/ip4/10.0.0.1/tcp/1',
      '/ip4/127.0.0.1/tcp/1',
    ])
  })

  it('announces what it is told to, without a peer id', () => {
    expect(parseAnnouncedAddress('/dns4/node.example/tcp/443/wss').toString()).toBe(
      '/dns4/node.example/tcp/443/wss',
    )
    for (const text of [`/ip4/1.2.3.4/tcp/1/p2p/${peerId}`, '/ip4/1.2.3.4', 'x'])
      expect(() => parseAnnouncedAddress(text)).toThrow(expect.objectContaining({ code: 'bad_setting' }))
  })

  it('takes a network for local if nothing of it is public', () => {
    const local = [multiaddr('/ip4/127.0.0.1/tcp/0')]
    expect(isLocalNetwork(local, [])).toBe(true)
    expect(isLocalNetwork(local, [multiaddr('/ip4/192.168.1.2/tcp/1')])).toBe(true)
    expect(isLocalNetwork(local, [multiaddr('/ip4/8.8.8.8/tcp/1')])).toBe(false)
    expect(isLocalNetwork(local, [multiaddr('/dns4/node.example/tcp/1')])).toBe(false)
    expect(isLocalNetwork([multiaddr('/ip4/8.8.4.4/tcp/1')], [])).toBe(false)
  })
})
