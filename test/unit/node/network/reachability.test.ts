import { describe, expect, it } from 'vitest'
import {
  clockView,
  type ReachabilityFacts,
  reachabilityView,
} from '../../../../src/node/network/reach/reachability.ts'

const alone: ReachabilityFacts = {
  addresses: ['/ip4/192.168.1.2/tcp/4001/p2p/x', '/ip4/192.168.1.2/tcp/4002/ws/p2p/x'],
  publicAddresses: [],
  nat: 'unknown',
  relays: [],
  connections: { direct: 0, relayed: 0, inbound: 0, outbound: 0 },
  local: false,
  hasBootstrap: true,
  canPunch: true,
}
const connected = { ...alone, connections: { direct: 2, relayed: 1, inbound: 1, outbound: 2 } }

describe('how a node is reached', () => {
  it.each([
    ['offline', alone],
    ['outgoing', connected],
    ['local', { ...connected, local: true }],
    ['local', { ...connected, local: true, addresses: ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.2/tcp/1'] }],
    ['this-computer', { ...connected, local: true, addresses: ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1'] }],
    ['relayed', { ...connected, relays: ['r'], nat: 'port-per-peer' as const }],
    ['relayed', { ...connected, relays: ['r'], canPunch: false }],
    ['relayed', { ...connected, relays: ['r'], local: true }],
    ['hole-punching', { ...connected, relays: ['r'], nat: 'one-port' as const }],
    ['public', { ...connected, relays: ['r'], publicAddresses: ['/ip4/1.2.3.4/tcp/4001'] }],
    ['public', { ...alone, publicAddresses: ['/ip4/1.2.3.4/tcp/4001'] }],
  ])('is %s', (level, facts) => {
    expect(reachabilityView(facts).level).toBe(level)
  })

  it('comes with what to do, naming the ports', () => {
    const forward = { code: 'forward_ports', ports: [4001, 4002], portPerPeer: false }
    expect(reachabilityView(connected).advice).toEqual([forward, { code: 'add_relay' }])
    expect(reachabilityView({ ...alone, hasBootstrap: false }).advice).toEqual([{ code: 'set_bootstrap' }])
    expect(reachabilityView({ ...connected, relays: ['r'], nat: 'port-per-peer' }).advice).toEqual([
      { ...forward, portPerPeer: true },
    ])
    expect(reachabilityView({ ...connected, publicAddresses: ['/ip4/1.2.3.4/tcp/1'] }).advice).toEqual([])
  })

  it('tells of the clock first, whatever else there is', () => {
    const clock = { aheadMs: 61_000, peers: 3, wrong: true }
    expect(reachabilityView({ ...connected, clock }).advice[0]).toEqual({
      code: 'set_clock',
      aheadMs: 61_000,
    })
  })
})

describe('the median of clocks', () => {
  it.each([
    [[5], 5, false],
    [[1, 100_000, 2], 2, false],
    [[-31_000, -32_000, 900], -31_000, true],
    [[40_000, 20_000], 30_000, false],
    [[40_000, 20_002], 30_001, true],
  ])('of %j is %i', (aheadMs, median, wrong) => {
    expect(clockView(aheadMs)).toEqual({ aheadMs: median, peers: aheadMs.length, wrong })
  })

  it('is nothing without peers', () => {
    expect(clockView([])).toBeUndefined()
  })
})
