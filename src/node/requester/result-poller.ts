import type { ResultAnswer } from '../../protocol/wire/messages.pb.ts'
import type { PeerTarget } from '../network/contract.ts'
import type { RequesterLimits } from './limits.ts'
import { NodePoller, type NodePollerComponents } from './node-poller.ts'
import { ResultExchange } from './result-exchange.ts'
import { Turns } from './turns.ts'

/** Follows the tasks of nodes whose work stream is gone, and delivers receipts that were not acknowledged. */
export class ResultPoller {
  readonly #components: Omit<NodePollerComponents, 'turn' | 'searchTurn'>
  readonly #limits: RequesterLimits
  readonly #nodes = new Map<string, NodePoller>()
  readonly #turns: Turns
  readonly #searchTurns: Turns
  #stopped = false

  constructor(components: Omit<NodePollerComponents, 'turn' | 'searchTurn'>, limits: RequesterLimits) {
    this.#components = components
    this.#limits = limits
    this.#turns = new Turns(limits.maxPolledNodes)
    this.#searchTurns = new Turns(limits.maxSearches)
  }

  /** Asks for the task, again and again, until it is forgotten. */
  follow(target: PeerTarget, taskId: string, delayMs: number = this.#limits.pollMinMs): void {
    this.#node(target)?.add(taskId, delayMs)
  }

  /** Hands over the stored receipt, again and again, until the node has it or does not want it. */
  owe(target: PeerTarget, taskId: string, delayMs = 0): void {
    this.#node(target)?.owe(taskId, delayMs)
  }

  /** The task has ended, or the node has nothing to do with it any more. */
  forget(taskId: string, node?: string): void {
    if (node !== undefined) this.#nodes.get(node)?.forget(taskId)
    else for (const poller of this.#nodes.values()) poller.forget(taskId)
  }

  paid(node: string, taskId: string): void {
    this.#nodes.get(node)?.paid(taskId)
  }

  reachable(node: string, addresses: readonly string[]): void {
    this.#nodes.get(node)?.reachable(addresses)
  }

  /** One question outside of the rounds. Throws `network_unreachable`, or the signal's reason. */
  async askOnce<T>(
    target: PeerTarget,
    taskId: string,
    options: { cancel: boolean; signal?: AbortSignal },
    then: (answer: ResultAnswer, exchange: ResultExchange, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const timeout = AbortSignal.timeout(this.#limits.pollTimeoutMs)
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout])
    const exchange = await ResultExchange.open(this.#components, target, { signal })
    try {
      return await then(await exchange.ask(taskId, { cancel: options.cancel, signal }), exchange, signal)
    } finally {
      await exchange.close()
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const poller of this.#nodes.values()) poller.stop()
    await Promise.allSettled([...this.#nodes.values()].map((poller) => poller.done))
  }

  #node(target: PeerTarget): NodePoller | undefined {
    if (this.#stopped) return undefined
    const existing = this.#nodes.get(target.peerId)
    if (existing !== undefined && !existing.finished) return existing
    const poller = new NodePoller(
      {
        ...this.#components,
        turn: (signal) => this.#turns.take(signal),
        searchTurn: (signal) => this.#searchTurns.take(signal),
      },
      target,
      this.#limits,
    )
    this.#nodes.set(target.peerId, poller)
    void poller.done.finally(() => {
      if (this.#nodes.get(target.peerId) === poller) this.#nodes.delete(target.peerId)
    })
    return poller
  }
}
