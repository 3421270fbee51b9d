import type { Placed } from '../../../components/nearest-node.ts'

/** Side of the square that is drawn in; this node is in its middle. */
export const MAP_SIZE = 400
const MIDDLE = MAP_SIZE / 2
/** Where a round trip of 1 ms is, and the outermost ring. In between, each factor of ten is as far as the other. */
const NEAREST = 60
const FARTHEST = 160
/** Whose round trip nobody knows yet stands outside of all that is known. */
const UNKNOWN = 183
/** Of a factor of ten: a ping that took a little longer moves nobody. */
const STEPS = 8
/** 10 ms, 100 ms, 1 s; what is slower stands on the last one. */
const MAX_DECADES = 3
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
  readonly rings: readonly Ring[]
}

export interface Ring {
  readonly radius: number
  /** Absent of the ring on which those stand whose round trip is not known. */
  readonly roundTripMs?: number
}

export interface PeerAt {
  readonly peerId: string
  /** See `stepOf`; absent where the round trip is not known. */
  readonly step?: number
  /** The peer id of the relay that carries its connection. */
  readonly relay?: string
}

/**
 * Places peers around the middle: the way out is their round trip, the direction comes from their id, or their relay's, so
 * that it stays the same. Who comes later gives way; those that are there already do not move for him.
 * @param peers the longest connected first.
 */
export function placePeers(peers: readonly PeerAt[]): PeerMap {
  const drawn = peers.slice(0, DRAWN_PEERS)
  const isNamed = drawn.length <= NAMED_PEERS
  const radius = isNamed ? 9 : drawn.length <= 60 ? 7 : 5
  const side = 2 * radius + 3
  const room = isNamed ? { width: 62, height: 36 } : { width: side, height: side }
  const steps = drawn.flatMap(({ step }) => step ?? [])
  const decades = Math.max(1, Math.ceil(Math.max(0, ...steps) / STEPS))
  const rings = ringsOf(decades, { known: steps.length > 0, unknown: steps.length < drawn.length })
  const taken = new TakenPlaces(
    room,
    rings.map(({ radius: distance }) => ({ x: MIDDLE, y: MIDDLE - distance - 6 })),
  )
  const placed = drawn.map(({ peerId, step, relay }): PlacedPeer => {
    const at = freePlace(distanceOf(step, decades), directionOf(peerId, relay), taken)
    taken.add(at)
    return { id: peerId, ...at, radius }
  })
  return { peers: placed, isNamed, rings }
}

/** How many steps of the drawing a round trip is long. */
export function stepOf(roundTripMs: number): number {
  return Math.min(MAX_DECADES * STEPS, Math.round(Math.log10(Math.max(1, roundTripMs)) * STEPS))
}

function distanceOf(step: number | undefined, decades: number): number {
  if (step === undefined) return UNKNOWN
  return NEAREST + ((FARTHEST - NEAREST) * step) / (STEPS * decades)
}

function ringsOf(decades: number, { known, unknown }: { known: boolean; unknown: boolean }): readonly Ring[] {
  const rings = Array.from({ length: known ? decades : 0 }, (_, index) => ({
    radius: distanceOf((index + 1) * STEPS, decades),
    roundTripMs: 10 ** (index + 1),
  }))
  return unknown ? [...rings, { radius: UNKNOWN }] : rings
}

/** Room for the words above a ring. */
const LABEL = { width: 50, height: 12 }

/** Of who is behind a relay: its line must not seem to come from the middle. Radians. */
const RELAYED_SPREAD = 1.2

/** Radians out of the id; who is behind a relay stands near it. */
function directionOf(peerId: string, relay: string | undefined): number {
  if (relay === undefined) return fractionOf(peerId) * 2 * Math.PI
  return directionOf(relay, undefined) + (fractionOf(peerId) - 0.5) * RELAYED_SPREAD
}

/** From 0 to 1: FNV-1a, which spreads ids that begin alike. */
function fractionOf(peerId: string): number {
  let hash = 0x811c9dc5
  for (const character of peerId) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0) / 2 ** 32
}

interface Point {
  readonly x: number
  readonly y: number
}

interface Room {
  readonly width: number
  readonly height: number
}

/** Where something stands already. Peers are found by the square that they are in: two hundred ask for thousands of places. */
class TakenPlaces {
  readonly room: Room
  readonly #labels: readonly Point[]
  readonly #side: number
  readonly #squares = new Map<number, Point[]>()

  constructor(room: Room, labels: readonly Point[]) {
    this.room = room
    this.#labels = labels
    this.#side = Math.max(room.width, room.height)
  }

  add(at: Point): void {
    const square = this.#squareOf(at)
    this.#squares.set(square, [...(this.#squares.get(square) ?? []), at])
  }

  isFree(at: Point): boolean {
    const { room } = this
    if (!isInside(at, room) || this.#labels.some((label) => overlap(at, room, label, LABEL))) return false
    const square = this.#squareOf(at)
    return neighbours.every((offset) =>
      (this.#squares.get(square + offset) ?? []).every((other) => !overlap(at, room, other, room)),
    )
  }

  #squareOf({ x, y }: Point): number {
    return Math.floor(x / this.#side) + COLUMNS * Math.floor(y / this.#side)
  }
}

/** More columns than there ever are, so that neighbours of the last one are not the first ones of the next row. */
const COLUMNS = 1_000
const neighbours = [-1, 0, 1].flatMap((row) => [-1, 0, 1].map((column) => row * COLUMNS + column))

/**
 * How far to look: a little around the middle and a little out or in, and only then all around. `shifts` are alternately
 * outwards and inwards, `turn` is in radians to each side.
 */
const SEARCHES = [
  { shifts: 7, turn: Math.PI / 3 },
  { shifts: 24, turn: Math.PI },
]

/** A free place near the wanted one. */
function freePlace(distance: number, direction: number, taken: TakenPlaces): Point {
  const { room } = taken
  const step = Math.min(room.width, room.height) / 2
  for (const { shifts, turn } of SEARCHES) {
    for (let shift = 0; shift < shifts; shift += 1) {
      const radius = distance + alternating(shift) * step
      if (radius < NEAREST - 2 * step || radius > MIDDLE - MARGIN) continue
      const turns = Math.ceil((2 * turn * radius) / step)
      for (let index = 0; index <= turns; index += 1) {
        const at = pointAt(radius, direction + (alternating(index) * step) / radius)
        if (taken.isFree(at)) return at
      }
    }
  }
  return pointAt(Math.min(distance, MIDDLE - room.width / 2), direction)
}

/** 0, 1, -1, 2, -2… */
function alternating(index: number): number {
  return index % 2 === 1 ? (index + 1) / 2 : -index / 2
}

function pointAt(radius: number, direction: number): Point {
  return { x: MIDDLE + radius * Math.cos(direction), y: MIDDLE + radius * Math.sin(direction) }
}

function isInside({ x, y }: Point, { width, height }: Room): boolean {
  return x >= width / 2 && x <= MAP_SIZE - width / 2 && y >= height / 2 && y <= MAP_SIZE - height / 2
}

function overlap(one: Point, room: Room, other: Point, otherRoom: Room): boolean {
  return (
    Math.abs(one.x - other.x) < (room.width + otherRoom.width) / 2 &&
    Math.abs(one.y - other.y) < (room.height + otherRoom.height) / 2
  )
}
