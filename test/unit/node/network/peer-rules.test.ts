import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { PeerGuard } from '../../../../src/node/network/peer-guard.ts'
import { isPeerRule, PeerRules } from '../../../../src/node/network/peer-rules.ts'

const peer = '12D3KooWAbqQtLTbBVxxnAqPqQCJgEpoLgxwgcDYkMdK98Kc1AQW'
const other = '12D3KooWRwpd1BZtaCt4Lfz3nKqMHB4rzaTZ98wxoYsBgwsjJXRP'
const at = (ip: string) => multiaddr(`/${ip.includes(':') ? 'ip6' : 'ip4'}/${ip}/tcp/4001`)

describe('isPeerRule', () => {
  it.each([peer, '192.0.2.7', '192.0.2.0/24', '2001:db8::1', '2001:db8::/32', '0.0.0.0/0'])(
    'takes %s',
    (text) => {
      expect(isPeerRule(text)).toBe(true)
    },
  )
  it.each([
    '',
    'nobody',
    '192.0.2',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/8/8',
    '::/129',
    'fe80::1%eth0',
    '/ip4/1.2.3.4',
    `${peer} `,
  ])('refuses %j', (text) => {
    expect(isPeerRule(text)).toBe(false)
  })
})

describe('PeerRules', () => {
  it('knows peers, addresses and networks of both families', () => {
    const rules = new PeerRules(['198.51.100.0/24'], [peer, '192.0.2.7', '2001:db8::/32'])
    expect(rules.of(peer, undefined)).toBe('denied')
    expect(rules.of(other, at('192.0.2.7'))).toBe('denied')
    expect(rules.of(other, at('192.0.2.8'))).toBeUndefined()
    expect(rules.of(undefined, at('2001:db8:1::9'))).toBe('denied')
    expect(rules.of(undefined, at('2001:db9::9'))).toBeUndefined()
    expect(rules.of(other, at('198.51.100.200'))).toBe('allowed')
    // An IPv4 address in IPv6's clothes is the same computer.
    expect(rules.of(undefined, at('::ffff:192.0.2.7'))).toBe('denied')
  })

  it('puts a rule for a peer before one for its address, and a denial before a permission', () => {
    const rules = new PeerRules([peer, '192.0.2.7'], ['192.0.2.0/24'])
    expect(rules.of(peer, at('192.0.2.9'))).toBe('allowed')
    expect(rules.of(other, at('192.0.2.7'))).toBe('denied')
    expect(new PeerRules([peer], [peer]).of(peer, undefined)).toBe('denied')
  })

  it('does not take a relay’s address for that of the peer behind it', () => {
    const rules = new PeerRules([], ['192.0.2.7'])
    const relayed = multiaddr(`/ip4/192.0.2.7/tcp/4001/p2p/${other}/p2p-circuit/p2p/${peer}`)
    expect(rules.of(peer, relayed)).toBeUndefined()
  })
})

describe('PeerGuard', () => {
  const remote = (ip: string, id = other) =>
    ({ remoteAddr: at(ip), remotePeer: { toString: () => id } }) as unknown as Connection
  const guardWith = (connections: Connection[], rules = new PeerRules()) =>
    new PeerGuard(
      { rules, misbehaviour: { isQuarantined: () => false }, connections: () => connections },
      { connectionsPerPeer: 4, maxConnections: 200 },
    )
  const arrives = (guard: PeerGuard, ip: string) =>
    guard.gater().denyInboundConnection?.({ remoteAddr: at(ip) } as never) === true

  it('bounds the connections of one public address, not those of a local network', () => {
    const many = (ip: string) => Array.from({ length: 32 }, (_, index) => remote(ip, `peer-${index}`))
    expect(arrives(guardWith(many('8.8.8.8').slice(1)), '8.8.8.8')).toBe(false)
    expect(arrives(guardWith(many('8.8.8.8')), '8.8.8.8')).toBe(true)
    expect(arrives(guardWith(many('8.8.8.8')), '8.8.4.4')).toBe(false)
    expect(arrives(guardWith(many('192.168.1.2')), '192.168.1.2')).toBe(false)
    expect(arrives(guardWith(many('8.8.8.8'), new PeerRules(['8.8.8.8'])), '8.8.8.8')).toBe(false)
  })

  it('bounds the connections of one peer', () => {
    const secured = (count: number) =>
      guardWith(Array.from({ length: count }, () => remote('8.8.8.8')))
        .gater()
        .denyInboundEncryptedConnection?.(
          { toString: () => other } as never,
          { remoteAddr: at('8.8.8.8') } as never,
        )
    expect([secured(3), secured(4)]).toEqual([false, true])
  })

  it('leaves room for those whom the operator allowed when strangers take all the rest', () => {
    const all = Array.from({ length: 200 }, (_, index) => remote('192.168.1.2', `peer-${index}`))
    const arrival = (rules: PeerRules) =>
      guardWith(all, rules)
        .gater()
        .denyInboundEncryptedConnection?.(
          { toString: () => peer } as never,
          { remoteAddr: at('8.8.8.8') } as never,
        )
    expect([arrival(new PeerRules()), arrival(new PeerRules([peer]))]).toEqual([true, false])
  })

  it('refuses an address after several of its peers were kept out, whatever their new names', () => {
    const guard = guardWith([])
    for (let peers = 0; peers < 3; peers++) guard.quarantined(at('2001:db8::1'))
    expect(arrives(guard, '2001:db8::1')).toBe(false)
    guard.quarantined(at('2001:db8:0:0:1::1'))
    expect(arrives(guard, '2001:db8::7')).toBe(true) // the same /64
    expect(arrives(guard, '2001:db8:0:1::7')).toBe(false)
    expect(arrives(guardWith([], new PeerRules(['2001:db8::/32'])), '2001:db8::7')).toBe(false)
  })
})
