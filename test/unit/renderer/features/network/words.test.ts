import { describe, expect, it } from 'vitest'
import { misdeedPoints } from '../../../../../src/node/network/misdeeds.ts'
import type { NetworkPeerView, PeerConductView } from '../../../../../src/protocol/network-views.ts'
import {
  misdeedWords,
  quarantineWords,
} from '../../../../../src/renderer/features/network/kept-out/misdeed-words.ts'
import {
  markOf,
  peerSentence,
  ringWords,
} from '../../../../../src/renderer/features/network/map/peer-mark.ts'
import {
  byteRate,
  clockWords,
  shareWords,
} from '../../../../../src/renderer/features/network/network-words.ts'
import {
  conductCount,
  protocolWord,
  reputationWords,
} from '../../../../../src/renderer/features/network/peers/peer-words.ts'

const peer: NetworkPeerView = {
  peerId: '12D3KooWAbqQtLTbBVxxnAqPqQCJgEpoLgxwgcDYkMdK98Kc1AQW',
  address: '/ip4/192.0.2.7/tcp/4001',
  direction: 'inbound',
  connectedAtMs: 0,
  agent: 'driad/0.1.0',
  way: 'direct',
  roundTripMs: 24.3,
  receivedBytes: 0,
  sentBytes: 0,
  receivedPerSecond: 1_234,
  sentPerSecond: 0.2,
  verdict: 'neither',
  misdeedPoints: 0,
}

const conduct: PeerConductView = {
  score: 0.84,
  trusted: false,
  succeeded: 3,
  failed: 0,
  checkedRight: 0,
  checkedWrong: 0,
  lastMs: 0,
}

describe('words about the network', () => {
  it('have a sign for each kind of peer; trouble goes before all', () => {
    expect(markOf(peer)).toBe('direct')
    expect(markOf({ ...peer, help: 'carries-us' })).toBe('relay')
    expect(markOf({ ...peer, way: 'relayed' })).toBe('relayed')
    expect(markOf({ ...peer, help: 'carries-us', misdeedPoints: 20 })).toBe('trouble')
  })

  it('tell a peer in a sentence', () => {
    expect(peerSentence(peer)).toBe('12D3…Kc1AQW, direct, 24 ms, 1.23 kB/s in, 0 B/s out')
    expect(peerSentence({ ...peer, roundTripMs: 0 })).toContain('< 1 ms')
    const { roundTripMs: _, ...unmeasured } = peer
    expect(peerSentence(unmeasured)).toContain('round trip not measured yet')
  })

  it('stand at the rings of the map', () => {
    expect([10, 100, 1_000, undefined].map(ringWords)).toEqual(['10 ms', '100 ms', '1 s', 'not measured yet'])
  })

  it('say how a clock stands, in which direction, and beside how many', () => {
    expect(clockWords(undefined)).toBe('not compared yet')
    expect(clockWords({ aheadMs: -800, peers: 1, wrong: false })).toBe('right, by 1 peer')
    expect(clockWords({ aheadMs: -124_000, peers: 7, wrong: true })).toBe('2 min 04 s behind 7 peers')
    expect(clockWords({ aheadMs: 61_000, peers: 2, wrong: true })).toBe('1 min 01 s ahead of 2 peers')
  })

  it('have words for every misdeed that the node knows', () => {
    for (const misdeed of Object.keys(misdeedPoints))
      expect(misdeedWords(misdeed), misdeed).not.toBe(misdeed.replaceAll('_', ' '))
    expect(misdeedWords('something_new')).toBe('something new')
  })

  it('say until when somebody is kept out, and the how-manieth time it is', () => {
    const quarantine = { peerId: 'x', beganAtMs: 0, untilMs: 0, times: 1, misdeed: 'bad_signature' }
    expect(quarantineWords(quarantine)).toMatch(/^Kept out until .+: Sent an offer with a wrong signature\.$/)
    expect(quarantineWords({ ...quarantine, times: 2 })).toContain(', for the second time:')
    expect(quarantineWords({ ...quarantine, times: 23 })).toContain(', for time 23:')
  })

  it('round counts that have faded', () => {
    expect([3, 2.36, 0.01, 0].map(conductCount)).toEqual(['3', '2.4', '< 0.1', '0'])
    expect(reputationWords(conduct)).toBe('0.84 of 1, good')
    expect(reputationWords({ ...conduct, trusted: true })).toContain('trusted')
    expect(reputationWords({ ...conduct, score: 0.1, checkedWrong: 1 })).toContain('found wrong')
    expect(reputationWords({ ...conduct, score: 0.2 })).toContain('others are asked first')
  })

  it('name what streams are for', () => {
    expect(protocolWord('/driad/main/work/1')).toBe('for tasks')
    expect(protocolWord('/driad/main/kad/1.0.0')).toBe('for finding others')
    expect(protocolWord('/meshsub/1.2.0')).toBe('for offers')
    expect(protocolWord('/other/1')).toBe('/other/1')
  })

  it('name rates and parts', () => {
    expect(byteRate(0.3)).toBe('0 B/s')
    expect(byteRate(61_900)).toBe('61.9 kB/s')
    expect(shareWords({ parts: 1, part: 1 })).toBe('All of them')
    expect(shareWords({ parts: 8, part: 3 })).toBe('Part 3 of 8')
  })
})
