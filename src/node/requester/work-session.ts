import { DriadError } from '../../protocol/errors.ts'
import { checkFromNode } from '../../protocol/wire/checks.ts'
import { clipText } from '../../protocol/wire/clip-text.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { REASON_BYTES } from '../../protocol/wire/limits.ts'
import {
  type Chunk,
  type Claim,
  type Credit,
  FromNode,
  FromRequester,
  type Signed,
} from '../../protocol/wire/messages.pb.ts'
import type { Logger } from '../logs/contract.ts'
import type { FramedStream } from '../network/contract.ts'
import { type MessageStream, messageStream } from '../network/message-stream.ts'
import { settledWithin } from '../tasks/abort.ts'

import type { RequesterLimits } from './limits.ts'

const CLOSE_TIMEOUT_MS = 1_000
/** Messages to one node that it has not read yet. */
const MAX_PENDING_MESSAGES = 8_192
/** Messages that leave in one write. */
const MAX_JOINED = 32
/** Receipts, which nobody waits for, leave after this, or along with the next assignment. */
const JOIN_MS = 3

/** What a node says on its stream. A promise, where one is given back, slows the node down until it settles. */
export interface WorkSessionHandler {
  claim(session: WorkSession, claim: Claim): void
  credit(session: WorkSession, credit: Credit): void
  accepted(session: WorkSession, taskId: string): void
  started(session: WorkSession, taskId: string): void
  rejected(session: WorkSession, taskId: string, errorCode: string, errorMessage: string): void
  chunk(session: WorkSession, chunk: Chunk): void
  step(session: WorkSession, taskId: string, reportJson: string): void
  outcome(session: WorkSession, signed: Signed): Promise<void>
  acknowledged(session: WorkSession, taskId: string): void
  /** The node wants no more tasks on this stream. */
  bye(session: WorkSession, reason: string): void
}

/** The requester's end of one work stream: a node opened it to answer our offers. Messages leave in order. */
export class WorkSession {
  /** Peer id of the node, proven by the connection's handshake; its key signs outcomes. */
  readonly node: string
  readonly nodeKey: Uint8Array
  readonly #stream: MessageStream<FromRequester, FromNode>
  readonly #logger: Logger
  readonly #limits: RequesterLimits
  readonly #out: FromRequester[] = []
  #sending = false
  #joining: NodeJS.Timeout | undefined
  #open = true
  #faults = 0
  #assigned = 0

  /** Throws `bad_message` if the peer's id has no Ed25519 key: it could sign nothing. */
  constructor(stream: FramedStream, { logger, limits }: { logger: Logger; limits: RequesterLimits }) {
    this.node = stream.remotePeerId
    this.nodeKey = publicKeyOfPeerId(stream.remotePeerId)
    this.#stream = messageStream(stream, { send: FromRequester, receive: FromNode, check: checkFromNode })
    this.#logger = logger
    this.#limits = limits
  }

  get open(): boolean {
    return this.#open
  }

  assign(signed: Signed): void {
    this.#assigned++
    this.#send({ assign: signed })
  }

  /** What is left of credits that the node gave when it had seen so many of our assignments; all, where it does not say. */
  creditsLeft({ credits, assigned = this.#assigned }: Pick<Credit, 'credits' | 'assigned'>): number {
    return Math.max(0, credits - Math.max(0, this.#assigned - assigned))
  }

  cancel(taskId: string): void {
    this.#send({ cancel: { taskId } })
  }

  receipt(signed: Signed): void {
    this.#send({ receipt: signed })
  }

  /** Frees the credits that the node holds for an offer. */
  deny(offerId: string, reason: string): void {
    this.#send({ denied: { offerId, reason: clipText(reason, REASON_BYTES) } })
  }

  /** The node sent something wrong. Too much of it cuts the stream. */
  fault(code: DriadError['code'], reason: string): void {
    this.#faults++
    this.#logger.warn('A node sent something wrong', { peer: this.node, code, reason, faults: this.#faults })
    if (this.#faults >= this.#limits.maxFaults) this.abort(new DriadError(code, reason))
  }

  /** Reads until the stream ends, for whatever reason; never rejects. */
  async run(handler: WorkSessionHandler): Promise<void> {
    const outcomes = new Set<Promise<void>>()
    try {
      for await (const message of this.#stream.messages()) {
        const settling = this.#dispatch(message, handler)
        if (settling !== undefined) {
          const tracked = settling.finally(() => outcomes.delete(tracked))
          outcomes.add(tracked)
          // Many outcomes share a commit; a flood of them waits here.
          if (outcomes.size >= this.#limits.maxOutcomesInFlight) await Promise.race(outcomes)
        }
        if (!this.#open) break
      }
    } catch (error) {
      this.#logger.debug('A work stream broke', { peer: this.node, error })
    }
    await Promise.allSettled(outcomes)
    await this.close()
  }

  /** Sends what is queued and closes, within two seconds. */
  async close(): Promise<void> {
    this.#flush()
    await settledWithin(this.#drained(), CLOSE_TIMEOUT_MS)
    this.#end()
    const closed = this.#stream.close().then(() => this.#stream.ended)
    if (await settledWithin(closed, CLOSE_TIMEOUT_MS)) return
    this.#stream.abort(new DriadError('network_unreachable', 'The node did not close its side'))
  }

  abort(error: Error): void {
    this.#end()
    this.#stream.abort(error)
  }

  #dispatch(message: FromNode, handler: WorkSessionHandler): Promise<void> | undefined {
    if (message.chunk !== undefined) handler.chunk(this, message.chunk)
    else if (message.step !== undefined) handler.step(this, message.step.taskId, message.step.reportJson)
    else if (message.outcome !== undefined) return handler.outcome(this, message.outcome)
    else if (message.claim !== undefined) handler.claim(this, message.claim)
    else if (message.credit !== undefined) handler.credit(this, message.credit)
    else if (message.accepted !== undefined) handler.accepted(this, message.accepted.taskId)
    else if (message.started !== undefined) handler.started(this, message.started.taskId)
    else if (message.acknowledged !== undefined) handler.acknowledged(this, message.acknowledged.taskId)
    else if (message.bye !== undefined) handler.bye(this, message.bye.reason)
    else if (message.rejected !== undefined) {
      const { taskId, errorCode, errorMessage } = message.rejected
      handler.rejected(this, taskId, errorCode, errorMessage)
    }
    return undefined
  }

  #send(message: FromRequester): void {
    if (!this.#open) return
    if (this.#out.length >= MAX_PENDING_MESSAGES) {
      this.abort(new DriadError('no_capacity', 'The node does not read what it is sent'))
      return
    }
    this.#out.push(message)
    if (message.receipt === undefined) this.#flush()
    else if (!this.#sending) this.#joining ??= setTimeout(() => this.#flush(), JOIN_MS)
  }

  #flush(): void {
    clearTimeout(this.#joining)
    this.#joining = undefined
    if (this.#sending || this.#out.length === 0) return
    this.#sending = true
    this.#idle = Promise.withResolvers<void>()
    // What else is said in this turn goes along.
    queueMicrotask(() => void this.#pump())
  }

  #idle = Promise.withResolvers<void>()

  #drained(): Promise<void> {
    return this.#sending ? this.#idle.promise : Promise.resolve()
  }

  async #pump(): Promise<void> {
    const stall = setTimeout(() => {
      this.abort(new DriadError('deadline_exceeded', 'The node did not read what it was sent'))
    }, this.#limits.sendStallMs)
    try {
      while (this.#out.length > 0 && this.#open) {
        await this.#stream.sendAll(this.#out.splice(0, MAX_JOINED))
        stall.refresh()
      }
    } catch (error) {
      this.#logger.debug('A work stream broke', { peer: this.node, error })
      this.abort(error instanceof Error ? error : new Error(String(error)))
    } finally {
      clearTimeout(stall)
      this.#sending = false
      this.#idle.resolve()
    }
  }

  #end(): void {
    this.#open = false
    clearTimeout(this.#joining)
    this.#out.length = 0
  }
}
