import type { Credit, FromNode, FromRequester, Signed } from '../../src/protocol/wire/messages.pb.ts'
import { Pipe, type Place, type SimulatedNetwork } from './simulated-network.ts'

/** What a link needs of either side. */
export interface LinkEnd<Message> {
  readonly peerId: string
  readonly place: Place
  received(link: Link, message: Message): void
  /** The stream has ended, as far as this side can tell. */
  lost(link: Link): void
}

/** After which a silent connection counts as dead. */
const UNNOTICED_MS = 20_000
const done = Promise.resolve(true)

/** A work stream between a node and a requester: what both ends of it look like to the real code. */
export class Link {
  readonly network: SimulatedNetwork
  readonly node: LinkEnd<FromRequester>
  readonly requester: LinkEnd<FromNode>
  readonly #up = new Pipe()
  readonly #down = new Pipe()
  nodeOpen = true
  requesterOpen = true
  /** The node's end, as a ClaimStream; it is one per link, for it is used as a key. */
  readonly nodeEnd: NodeEnd
  readonly requesterEnd: RequesterEnd

  constructor(network: SimulatedNetwork, node: LinkEnd<FromRequester>, requester: LinkEnd<FromNode>) {
    this.network = network
    this.node = node
    this.requester = requester
    this.nodeEnd = new NodeEnd(this)
    this.requesterEnd = new RequesterEnd(this)
  }

  toRequester(message: FromNode): void {
    if (!this.nodeOpen) return
    this.network.fromNode(message)
    this.#up.deliver(this.network, this.node.place, this.requester.place, () => {
      if (this.requesterOpen) this.requester.received(this, message)
    })
  }

  toNode(message: FromRequester): void {
    if (!this.requesterOpen) return
    this.network.fromRequester(message)
    this.#down.deliver(this.network, this.requester.place, this.node.place, () => {
      if (!this.nodeOpen) return
      if (message.assign !== undefined) this.nodeEnd.assigned++
      this.node.received(this, message)
    })
  }

  /** Broken in the middle, or by the node's end: noticed there at once, and on the other side soon or after a while. */
  cut({ noticed }: { noticed: boolean }): void {
    if (this.nodeOpen) {
      this.nodeOpen = false
      this.node.lost(this)
    }
    const afterMs = noticed ? this.network.delayMs(this.node.place, this.requester.place) : UNNOTICED_MS
    this.network.clock.setTimeout(() => {
      if (!this.requesterOpen) return
      this.requesterOpen = false
      this.requester.lost(this)
    }, afterMs)
  }
}

class NodeEnd {
  readonly #link: Link
  assigned = 0

  constructor(link: Link) {
    this.#link = link
  }

  get peerId(): string {
    return this.#link.requester.peerId
  }

  get open(): boolean {
    return this.#link.nodeOpen
  }

  send(message: FromNode): Promise<boolean> {
    this.#link.toRequester(message)
    return done
  }
}

class RequesterEnd {
  readonly #link: Link
  #assigned = 0
  faults = 0

  constructor(link: Link) {
    this.#link = link
  }

  get node(): string {
    return this.#link.node.peerId
  }

  get open(): boolean {
    return this.#link.requesterOpen
  }

  assign(signed: Signed): void {
    this.#assigned++
    this.#link.toNode({ assign: signed })
  }

  creditsLeft({ credits, assigned = this.#assigned }: Credit): number {
    return Math.max(0, credits - (this.#assigned - assigned))
  }

  cancel(taskId: string): void {
    this.#link.toNode({ cancel: { taskId } })
  }

  receipt(signed: Signed): void {
    this.#link.toNode({ receipt: signed })
  }

  deny(offerId: string, reason: string): void {
    this.#link.toNode({ denied: { offerId, reason } })
  }

  fault(): void {
    this.faults++
  }
}
