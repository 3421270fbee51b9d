import { FromNode, FromRequester, Signed, type TaskOffer } from '../../src/protocol/wire/messages.pb.ts'
import type { SimulationOptions } from './options.ts'
import { type NatClass, natClasses } from './options.ts'
import type { Random } from './random.ts'
import type { VirtualClock } from './virtual-clock.ts'

export interface Place {
  /** On a map of a thousand by a thousand, where a unit is 0.12 ms one way. */
  readonly x: number
  readonly y: number
  /** From the computer to the backbone. */
  readonly accessMs: number
  readonly nat: NatClass
}

/** Length prefix, multiplexer, encryption, TCP and IP. */
const FRAME_OVERHEAD_BYTES = 2 + 12 + 18 + 40
const MS_PER_UNIT = 0.12
/** A lost packet is noticed after this, and then sent again. */
const RESEND_MS = 200
/** Messages of a kind whose size is measured; they differ little. */
const MEASURED = 64

export type MessageKind = keyof FromNode | keyof FromRequester | 'poll'

interface Counter {
  messages: number
  bytes: number
}

/** How long messages take, and what they add up to. Streams keep their order. */
export class SimulatedNetwork {
  readonly clock: VirtualClock
  readonly random: Random
  readonly #loss: number
  readonly sent = new Map<MessageKind, Counter>()
  readonly #sizes = new Map<MessageKind, { count: number; sum: number }>()

  constructor(clock: VirtualClock, random: Random, { loss }: Pick<SimulationOptions, 'loss'>) {
    this.clock = clock
    this.random = random
    this.#loss = loss
  }

  place(): Place {
    // People live in a few regions.
    const region = this.random.below(5)
    const spread = () => this.random.logNormal(30, 0.7)
    const drawn = this.random.next()
    let sum = 0
    const nat = natClasses.find(({ often }) => {
      sum += often
      return drawn < sum
    })
    return {
      x: (region % 3) * 400 + spread(),
      y: Math.floor(region / 3) * 500 + spread(),
      accessMs: this.random.logNormal(8, 0.5),
      nat: nat ?? natClasses[0],
    }
  }

  /** One way, with a little chance in it, and without loss. */
  delayMs(a: Place, b: Place): number {
    const distance = Math.hypot(a.x - b.x, a.y - b.y) * MS_PER_UNIT
    const detour = a.nat.detour === 2 && b.nat.detour === 2 ? 2 : 1
    return (a.accessMs + b.accessMs + distance) * detour * (1 + this.random.next() * 0.1)
  }

  /** The same where lost packets have to be sent again. */
  deliveryMs(a: Place, b: Place): number {
    let delay = this.delayMs(a, b)
    while (this.random.chance(this.#loss)) delay += RESEND_MS
    return delay
  }

  connectMs(a: Place, b: Place): number {
    const roundTrips = Math.max(a.nat.connectRoundTrips, b.nat.connectRoundTrips)
    return this.deliveryMs(a, b) * 2 * roundTrips
  }

  fromNode(message: FromNode): void {
    const kind = Object.keys(message)[0] as keyof FromNode
    this.count(kind, () => FromNode.encode(message).byteLength)
  }

  fromRequester(message: FromRequester): void {
    const kind = Object.keys(message)[0] as keyof FromRequester
    this.count(kind, () => FromRequester.encode(message).byteLength)
  }

  count(kind: MessageKind, size: () => number): void {
    const measured = this.#sizes.get(kind) ?? { count: 0, sum: 0 }
    if (measured.count < MEASURED) {
      this.#sizes.set(kind, measured)
      measured.count++
      measured.sum += size()
    }
    const counter = this.sent.get(kind) ?? { messages: 0, bytes: 0 }
    this.sent.set(kind, counter)
    counter.messages++
    counter.bytes += measured.sum / measured.count + FRAME_OVERHEAD_BYTES
  }
}

/** What gossip sends for an offer to each neighbour: the offer, the topic, and what frames them. */
export function gossipBytes(signed: Signed, offer: TaskOffer): number {
  return Signed.encode(signed).byteLength + (offer.models[0]?.length ?? 0) + 32 + FRAME_OVERHEAD_BYTES
}

/** One direction of a stream: nothing overtakes what was sent before it. */
export class Pipe {
  #lastAt = 0

  deliver(network: SimulatedNetwork, from: Place, to: Place, arrive: () => void): void {
    const { clock } = network
    const at = Math.max(this.#lastAt, clock.now() + network.deliveryMs(from, to))
    this.#lastAt = at
    clock.setTimeout(arrive, at - clock.now())
  }
}
