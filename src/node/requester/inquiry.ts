import { ResultAnswer } from '../../protocol/wire/messages.pb.ts'
import type { PeerTarget } from '../network/contract.ts'
import { abandonable } from './abandonable.ts'
import type { RequestEvents } from './events.ts'
import type { ReceiptDelivery } from './receipt-delivery.ts'
import type { ResultPoller } from './result-poller.ts'
import type { TaskDesk } from './task-desk.ts'
import type { WorkSession } from './work-session.ts'

export interface InquiryComponents {
  readonly poller: ResultPoller
  readonly desk: TaskDesk
  readonly receipts: ReceiptDelivery
  readonly events: RequestEvents
  readonly sessionOf: (node: string) => WorkSession | undefined
}

/** Single questions to the node of a task, for somebody who wants to know, or to stop it, now. */
export class Inquiry {
  readonly #components: InquiryComponents

  constructor(components: InquiryComponents) {
    this.#components = components
  }

  /** What the node answers has been stored, and paid, when this resolves. Throws `network_unreachable`, or the signal's reason. */
  async ask(
    target: PeerTarget,
    taskId: string,
    options: { cancel: boolean; signal?: AbortSignal },
  ): Promise<void> {
    const { poller, desk, receipts } = this.#components
    const node = target.peerId
    await poller.askOnce(target, taskId, options, async (answer, exchange, signal) => {
      if (answer.status === ResultAnswer.Status.RUNNING) desk.has(node, taskId, true)
      if (answer.outcome === undefined) return
      const receipt = await desk.outcome(node, answer.outcome)
      if (receipt === undefined) return
      const { status } = await exchange.deliver(receipt, { signal })
      if (status === ResultAnswer.Status.ACKNOWLEDGED) receipts.taken(node, taskId)
    })
  }

  /** Asks the node to stop, and waits until it said how the task ended, or the signal aborts. Never rejects. */
  async cancel(target: PeerTarget, taskId: string, signal: AbortSignal): Promise<void> {
    const { sessionOf, events } = this.#components
    const session = sessionOf(target.peerId)
    if (session?.open !== true) {
      await this.ask(target, taskId, { cancel: true, signal }).catch(() => undefined)
      return
    }
    const ended = Promise.withResolvers<void>()
    const unwatch = events.watch(taskId, (event) => {
      // A node that rejects it, or does not know it, has nothing to stop.
      if (event.type === 'state' && event.state !== 'accepted' && event.state !== 'executing') ended.resolve()
    })
    try {
      session.cancel(taskId)
      await abandonable(ended.promise, signal).catch(() => undefined)
    } finally {
      unwatch()
    }
  }
}
