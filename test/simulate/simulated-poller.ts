import type { PeerTarget } from '../../src/node/network/contract.ts'
import type { RequesterLimits } from '../../src/node/requester/limits.ts'
import type { PollerEvents } from '../../src/node/requester/node-poller.ts'
import type { Place, SimulatedNetwork } from './simulated-network.ts'
import type { SimulatedNode } from './simulated-node.ts'

interface Polled {
  delayMs: number
  unreachableSince: number | undefined
  lost: boolean
  /** The newest of its rounds; earlier ones do nothing. */
  round: number
}

/** A question or an answer with the outcome in it, framed. */
const POLL_BYTES = 400

/** Asks nodes for tasks in the real poller's rhythm, and tells the real desk what they say. */
export class SimulatedPoller {
  readonly #network: SimulatedNetwork
  readonly #place: Place
  readonly #limits: RequesterLimits
  readonly #nodeOf: (peerId: string) => SimulatedNode | undefined
  readonly #events: () => PollerEvents
  readonly #tasks = new Map<string, Map<string, Polled>>()

  constructor(
    network: SimulatedNetwork,
    init: {
      place: Place
      limits: RequesterLimits
      nodeOf: (peerId: string) => SimulatedNode | undefined
      events: () => PollerEvents
    },
  ) {
    this.#network = network
    this.#place = init.place
    this.#limits = init.limits
    this.#nodeOf = init.nodeOf
    this.#events = init.events
  }

  follow({ peerId }: PeerTarget, taskId: string, delayMs = this.#limits.pollMinMs): void {
    const tasks = this.#tasks.get(peerId) ?? new Map<string, Polled>()
    this.#tasks.set(peerId, tasks)
    if (tasks.has(taskId)) return
    const polled = { delayMs: this.#limits.pollMinMs, unreachableSince: undefined, lost: false, round: 0 }
    tasks.set(taskId, polled)
    this.#askIn(delayMs, peerId, taskId, polled)
  }

  forget(taskId: string, node?: string): void {
    for (const [peerId, tasks] of this.#tasks) {
      if (node !== undefined && node !== peerId) continue
      tasks.delete(taskId)
      if (tasks.size === 0) this.#tasks.delete(peerId)
    }
  }

  reachable(node: string): void {
    for (const [taskId, polled] of this.#tasks.get(node) ?? []) {
      polled.unreachableSince = undefined
      this.#askIn(0, node, taskId, polled)
    }
  }

  /** Brings a receipt, again and again until the node is there. */
  owe(
    { peerId }: { readonly peerId: string },
    taskId: string,
    delayMs = this.#limits.receiptRetryMinMs,
  ): void {
    const node = this.#nodeOf(peerId)
    if (node === undefined) return
    this.#network.clock.setTimeout(() => {
      this.#network.count('poll', () => POLL_BYTES)
      if (!node.online) this.owe({ peerId }, taskId, Math.min(2 * delayMs, this.#limits.receiptRetryMaxMs))
      else {
        node.paid(taskId)
        this.#events().receiptTaken(peerId, taskId)
      }
    }, delayMs)
  }

  /** To tell it to stop, which is all that the desk asks here. */
  askOnce({ peerId }: PeerTarget, taskId: string): Promise<void> {
    const node = this.#nodeOf(peerId)
    this.#network.count('poll', () => POLL_BYTES)
    if (node !== undefined)
      this.#network.clock.setTimeout(
        () => {
          if (node.online) node.cancelled(taskId)
        },
        this.#network.connectMs(this.#place, node.place),
      )
    return Promise.resolve()
  }

  #askIn(delayMs: number, peerId: string, taskId: string, polled: Polled): void {
    const round = ++polled.round
    this.#network.clock.setTimeout(() => {
      if (polled.round === round && this.#tasks.get(peerId)?.get(taskId) === polled)
        this.#ask(peerId, taskId, polled)
    }, delayMs)
  }

  #ask(peerId: string, taskId: string, polled: Polled): void {
    const node = this.#nodeOf(peerId)
    if (node === undefined) return
    const { clock } = this.#network
    this.#network.count('poll', () => POLL_BYTES)
    const answer = node.ask(taskId)
    const waitMs =
      answer === undefined ? this.#limits.pollTimeoutMs : this.#network.connectMs(this.#place, node.place)
    clock.setTimeout(() => {
      if (this.#tasks.get(peerId)?.get(taskId) !== polled) return
      this.#heard(node, taskId, polled, answer)
      if (this.#tasks.get(peerId)?.get(taskId) !== polled) return
      polled.delayMs = polled.lost
        ? this.#limits.lostPollMs
        : Math.min(polled.delayMs * 2, this.#limits.pollMaxMs)
      this.#askIn(polled.delayMs, peerId, taskId, polled)
    }, waitMs)
  }

  #heard(
    node: SimulatedNode,
    taskId: string,
    polled: Polled,
    answer: ReturnType<SimulatedNode['ask']>,
  ): void {
    const events = this.#events()
    const { clock } = this.#network
    const { peerId } = node
    if (answer === undefined) {
      polled.unreachableSince ??= clock.now()
      events.notReached(peerId)
      if (polled.lost || clock.now() - polled.unreachableSince < this.#limits.lostNodeGraceMs) return
      polled.lost = true
      events.lost(peerId, taskId)
      return
    }
    polled.unreachableSince = undefined
    this.#network.count('poll', () => POLL_BYTES)
    if ('outcome' in answer) {
      clock.promised()
      this.forget(taskId, peerId)
      void events.outcome(peerId, answer.outcome).then((receipt) => {
        if (receipt !== undefined && node.online) node.paid(taskId)
      })
    } else if (answer.state === 'unknown') events.hasNot(peerId, taskId, 'The node does not know the task')
    else events.has(peerId, taskId, answer.state === 'running')
  }
}
