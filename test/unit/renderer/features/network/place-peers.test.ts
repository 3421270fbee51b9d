import { describe, expect, it } from 'vitest'
import {
  DRAWN_PEERS,
  MAP_SIZE,
  type PlacedPeer,
  placePeers,
  stepOf,
} from '../../../../../src/renderer/features/network/map/place-peers.ts'

const peer = (index: number, roundTripMs?: number) => ({
  peerId: `12D3KooW${String(index).padStart(6, '0')}`,
  ...(roundTripMs !== undefined && { step: stepOf(roundTripMs) }),
})
const many = (count: number, roundTripMs: (index: number) => number | undefined) =>
  Array.from({ length: count }, (_, index) => peer(index, roundTripMs(index)))

const distance = ({ x, y }: PlacedPeer) => Math.hypot(x - MAP_SIZE / 2, y - MAP_SIZE / 2)

function collisions(placed: readonly PlacedPeer[]): [string, string][] {
  return placed.flatMap((one, index) =>
    placed
      .slice(index + 1)
      .filter((other) => Math.hypot(one.x - other.x, one.y - other.y) < one.radius + other.radius)
      .map((other): [string, string] => [one.id, other.id]),
  )
}

describe('placePeers', () => {
  it.each([
    ['on one ring', () => 40],
    ['all unknown', () => undefined],
    ['all next door', () => 0.2],
    ['of all kinds', (index: number) => (index % 9 === 0 ? undefined : (index * 37) % 1_500)],
  ])('draws two hundred peers apart from each other and inside: %s', (_, roundTripMs) => {
    const { peers } = placePeers(many(DRAWN_PEERS, roundTripMs))
    expect(collisions(peers)).toEqual([])
    for (const { x, y, radius } of peers) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(radius)
      expect(Math.max(x, y)).toBeLessThanOrEqual(MAP_SIZE - radius)
    }
  })

  it('puts who answers sooner nearer, and who has not answered yet outside', () => {
    const { peers } = placePeers([peer(1, 2), peer(2, 20), peer(3, 200), peer(4, 900), peer(5)])
    const distances = peers.map(distance)
    expect(distances).toEqual(distances.toSorted((one, other) => one - other))
    expect(new Set(distances).size).toBe(5)
  })

  it('puts who is behind a relay near it, and not on the other side of the middle', () => {
    const relay = peer(1, 20)
    const behind = many(8, (index) => 40 + index * 20).map((each) => ({ ...each, relay: relay.peerId }))
    const [at, ...others] = placePeers([relay, ...behind]).peers
    const side = ({ x, y }: { x: number; y: number }) => {
      const [toX, toY] = [(at?.x ?? 0) - MAP_SIZE / 2, (at?.y ?? 0) - MAP_SIZE / 2]
      return toX * (x - MAP_SIZE / 2) + toY * (y - MAP_SIZE / 2)
    }
    expect(others).toHaveLength(8)
    for (const other of others) expect(side(other)).toBeGreaterThan(0)
  })

  it('moves nobody for one who comes later, nor for a ping that took a little longer', () => {
    const { peers } = placePeers(many(30, (index) => 5 + index * 6))
    const later = many(30, (index) => (5 + index * 6) * 1.001)
    expect(placePeers([...later, peer(99, 100)]).peers.slice(0, 30)).toEqual(peers)
  })

  it('uses the whole square where all are near, and says by rings how near', () => {
    expect(placePeers([peer(1, 3)]).rings.map(({ roundTripMs }) => roundTripMs)).toEqual([10])
    expect(placePeers([peer(1, 3), peer(2, 45)]).rings.map(({ roundTripMs }) => roundTripMs)).toEqual([
      10, 100,
    ])
    expect(placePeers([peer(1, 3), peer(2)]).rings.map(({ roundTripMs }) => roundTripMs)).toEqual([
      10,
      undefined,
    ])
    expect(placePeers([]).rings).toEqual([])
  })

  it('names a few, and leaves out whom nobody could see', () => {
    expect(placePeers(many(12, () => 9)).isNamed).toBe(true)
    expect(placePeers(many(13, () => 9)).isNamed).toBe(false)
    expect(placePeers(many(900, () => 9)).peers).toHaveLength(DRAWN_PEERS)
  })
})
