import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { PeerTarget } from '../network/contract.ts'
import { SHARED_COMMIT } from '../store/shared-commit.ts'
import type { RequestEvents } from './events.ts'
import type { RequestStore } from './request-store.ts'
import type { ResultPoller } from './result-poller.ts'

export interface ReceiptDeliveryComponents {
  readonly requests: RequestStore
  readonly identity: Identity
  readonly events: RequestEvents
  readonly poller: () => Pick<ResultPoller, 'owe' | 'paid'>
  readonly logger: Logger
}

const MAX_ON_THE_WAY = 16_384

/** Receipts between their signature and their acknowledgement. What is not acknowledged stays in the store as owed. */
export class ReceiptDelivery {
  readonly #components: ReceiptDeliveryComponents
  /** Receipts of this run that are on their way to a node that can be reached, by task. `stop` waits for these. */
  readonly #onTheWay = new Map<string, string>()
  #noneLeft: (() => void)[] = []

  constructor(components: ReceiptDeliveryComponents) {
    this.#components = components
  }

  receiptOf(taskId: string): Signed | undefined {
    return this.#components.requests.receipt(taskId, this.#components.identity.publicKey)
  }

  /** The receipt is being sent to its node, for the first time in this run. */
  sent(node: string, taskId: string): void {
    this.#onTheWay.set(taskId, node)
    // Of nodes that do not acknowledge: the store has it as owed.
    const oldest = this.#onTheWay.keys().next()
    if (this.#onTheWay.size > MAX_ON_THE_WAY && !oldest.done) this.#onTheWay.delete(oldest.value)
  }

  /** The stream that they went over is gone: they are brought to the node otherwise. */
  sessionLost(target: PeerTarget, delayMs: number): void {
    for (const [taskId, node] of this.#onTheWay) {
      if (node === target.peerId) this.#components.poller().owe(target, taskId, delayMs)
    }
  }

  notReached(node: string): void {
    for (const [taskId, owedTo] of [...this.#onTheWay]) if (owedTo === node) this.#done(taskId)
  }

  /** A mailbox keeps it for the node. It is owed still. */
  left(node: string, taskId: string): void {
    if (this.#onTheWay.get(taskId) === node) this.#done(taskId)
  }

  taken(node: string, taskId: string): void {
    const { requests, poller, events, logger } = this.#components
    poller().paid(node, taskId)
    const atMs = Date.now()
    requests.store
      .write((tx) => requests.acknowledge(tx, taskId, node, atMs), SHARED_COMMIT)
      .then((state) => {
        if (state === 'acknowledged') events.emit({ type: 'state', taskId, state, atMs, node })
      })
      .catch((error: unknown) => logger.error('The store did not take an acknowledgement', { taskId, error }))
      .finally(() => this.#done(taskId))
  }

  refused(node: string, taskId: string, reason: string): void {
    const { requests, logger } = this.#components
    logger.warn('A node refused the receipt for its work', { taskId, node, reason })
    requests.store
      .write((tx) => requests.refuseReceipt(tx, taskId, reason))
      .catch((error: unknown) => logger.error('The store did not take a refused receipt', { taskId, error }))
      .finally(() => this.#done(taskId))
  }

  /** Resolves when none is on its way any more. */
  delivered(): Promise<void> {
    if (this.#onTheWay.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#noneLeft.push(resolve))
  }

  #done(taskId: string): void {
    this.#onTheWay.delete(taskId)
    if (this.#onTheWay.size > 0) return
    for (const resolve of this.#noneLeft.splice(0)) resolve()
  }
}
