import type { NetworkPeerView } from '../../../../protocol/network-views.ts'
import type { Placed } from '../../../components/nearest-node.ts'

/** Side of the square that is drawn in; this node is in its middle. */
export const MAP_SIZE = 400
const MIDDLE = MAP_SIZE / 2
/** Where a round trip of 1 ms is, and one of 1 s. In between, each factor of ten is as far as the other. */
const NEAREST = 60
const FARTHEST = 166
/** Whose round trip nobody knows yet stands outside of all that is known. */
const UNKNOWN = 182
const SLOWEST_MS = 1_000
const MARGIN = 8
/** Fewer than that have their names written beside them, which takes room. */
const NAMED_PEERS = 12
/** More than that are too small to be seen: the table has them all. */
export const DRAWN_PEERS = 200

export interface PlacedPeer extends Placed {
  /** Half its width. */
  readonly radius: number
}

export interface PeerMap {
  readonly peers: readonly PlacedPeer[]
  /** Whether there is room for names. */
  readonly isNamed: boolean
  /** Distances that have a ring, and what round trip each stands for; only such as somebody is near. */
  readonly rings: readonly { readonly radius: number; readonly label: string }[]
}

type Peer = Pick<NetworkPeerView, 'peerId' | 'roundTripMs'>

/**
 * Places peers around the middle: the way out is their round trip, the direction comes from their id, so that it stays
 * the same. Who comes later gives way; those that are there already do not move for him.
 * @param peers the longest connected first.
 */
export function placePeers(peers: readonly Peer[]): PeerMap {
  const drawn = peers.slice(0, DRAWN_PEERS)
  const isNamed = drawn.length <= NAMED_PEERS
  const radius = isNamed ? 9 : drawn.length <= 60 ? 7 : 5
  const room = isNamed ? { x: 62, y: 36 } : { x: 2 * radius + 3, y: 2 * radius + 3 }
  const placed: PlacedPeer[] = []
  for (const { peerId, roundTripMs } of drawn) {
    const { x, y } = freePlace(distanceOf(roundTripMs), directionOf(peerId), room, placed)
    placed.push({ id: peerId, x, y, radius })
  }
  return { peers: placed, isNamed, rings: ringsFor(drawn) }
}

/** A step of it is a third of the time and more: a ping that took a little longer moves nobody. */
export function distanceOf(roundTripMs: number | undefined): number {
  if (roundTripMs === undefined) return UNKNOWN
  const decades = Math.log10(Math.min(SLOWEST_MS, Math.max(1, roundTripMs)))
  return NEAREST + ((FARTHEST - NEAREST) / 3) * (Math.round(decades * 8) / 8)
}

/** Radians out of the id: FNV-1a, which spreads ids that begin alike. */
function directionOf(peerId: string): number {
  let hash = 0x811c9dc5
  for (const character of peerId) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return ((hash >>> 0) / 2 ** 32) * 2 * Math.PI
}

interface Point {
  readonly x: number
  readonly y: number
}

/** The free place nearest to the wanted one: first around the middle, then a little further out or in. */
function freePlace(distance: number, direction: number, room: Point, taken: readonly Point[]): Point {
  const step = Math.min(room.x, room.y) / 2
  for (let shift = 0; shift < 24; shift += 1) {
    const radius = distance + alternating(shift) * step
    if (radius < NEAREST - 2 * step || radius > MIDDLE - MARGIN) continue
    const turns = Math.ceil((2 * Math.PI * radius) / step)
    for (let turn = 0; turn <= turns; turn += 1) {
      const at = pointAt(radius, direction + (alternating(turn) * step) / radius)
      if (isInside(at, room) && !taken.some((other) => clash(at, other, room))) return at
    }
  }
  return pointAt(Math.min(distance, MIDDLE - room.x / 2), direction)
}

/** 0, 1, -1, 2, -2… */
function alternating(index: number): number {
  return index % 2 === 1 ? (index + 1) / 2 : -index / 2
}

function pointAt(radius: number, direction: number): Point {
  return { x: MIDDLE + radius * Math.cos(direction), y: MIDDLE + radius * Math.sin(direction) }
}

function isInside({ x, y }: Point, room: Point): boolean {
  const [left, top] = [room.x / 2, room.y / 2]
  return x >= left && x <= MAP_SIZE - left && y >= top && y <= MAP_SIZE - top
}

function clash(one: Point, other: Point, room: Point): boolean {
  return Math.abs(one.x - other.x) < room.x && Math.abs(one.y - other.y) < room.y
}

function ringsFor(peers: readonly Peer[]): PeerMap['rings'] {
  const known = peers.flatMap(({ roundTripMs }) => roundTripMs ?? [])
  const slowest = Math.max(0, ...known)
  // The ring that closes around the slowest is the last one.
  const within = (ms: number) => known.length > 0 && (ms === 10 || slowest > ms / 10)
  const rings = [10, 100, 1_000]
    .filter(within)
    .map((ms) => ({ radius: distanceOf(ms), label: ms === 1_000 ? '1 s' : `${ms} ms` }))
  return known.length === peers.length ? rings : [...rings, { radius: UNKNOWN, label: 'not measured yet' }]
}
