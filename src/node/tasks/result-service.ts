import { DriadError } from '../../protocol/errors.ts'
import { cancelReasons } from '../../protocol/task-actors.ts'
import { checkToResult } from '../../protocol/wire/checks.ts'
import { clipText } from '../../protocol/wire/clip-text.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { ERROR_MESSAGE_BYTES } from '../../protocol/wire/limits.ts'
import { ResultAnswer, type ResultRequest, type Signed, ToResult } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { FramedStream } from '../network/contract.ts'
import { type MessageStream, messageStream } from '../network/message-stream.ts'
import { RateLimiter } from '../network/rate-limiter.ts'
import { settledWithin } from './abort.ts'
import type { Deliveries } from './deliveries.ts'
import type { TakenDispute } from './disputes.ts'
import type { TaskLimits } from './limits.ts'
import type { TakenReceipt } from './receipts.ts'
import type { TaskExecutor } from './task-executor.ts'
import { signedBy, type TaskStore } from './task-store.ts'

const { UNKNOWN, PENDING, RUNNING, ENDED, ACKNOWLEDGED, REFUSED } = ResultAnswer.Status

export interface ResultServiceComponents {
  readonly tasks: TaskStore
  readonly executor: Pick<TaskExecutor, 'get' | 'cancel'>
  readonly deliveries: Deliveries
  readonly identity: Identity
  readonly takeReceipt: (signed: Signed) => Promise<TakenReceipt>
  readonly takeDispute: (signed: Signed) => Promise<TakenDispute>
  readonly logger: Logger
}

type Answer = Partial<ResultAnswer> & Pick<ResultAnswer, 'status'>

/** Answers requesters that ask for their results: one question, one answer, any number of times on a stream. */
export class ResultService {
  readonly #components: ResultServiceComponents
  readonly #limits: TaskLimits
  readonly #rate: RateLimiter
  readonly #streams = new Map<MessageStream<ResultAnswer, ToResult>, string>()

  constructor(components: ResultServiceComponents, limits: TaskLimits) {
    this.#components = components
    this.#limits = limits
    this.#rate = new RateLimiter({
      perSecond: limits.resultRatePerSecond,
      burst: limits.resultBurst,
      keys: limits.maxResultStreams * 4,
    })
  }

  /** Serves one stream until its other side closes it. */
  async serve(framed: FramedStream): Promise<void> {
    const stream = messageStream(framed, { send: ResultAnswer, receive: ToResult, check: checkToResult })
    const ofPeer = [...this.#streams.values()].filter((peer) => peer === stream.remotePeerId).length
    if (
      this.#streams.size >= this.#limits.maxResultStreams ||
      ofPeer >= this.#limits.maxResultStreamsPerPeer
    ) {
      stream.abort(new DriadError('no_capacity', 'Too many result streams are open'))
      return
    }
    this.#streams.set(stream, stream.remotePeerId)
    const idle = setTimeout(
      () => stream.abort(new DriadError('deadline_exceeded', 'Nothing was asked on the stream for too long')),
      this.#limits.resultStreamIdleMs,
    )
    try {
      for await (const message of stream.messages()) {
        idle.refresh()
        const answer = await this.#answer(stream.remotePeerId, message)
        await stream.send({ errorCode: '', errorMessage: '', ...answer })
        idle.refresh()
      }
      await stream.close({ signal: AbortSignal.timeout(this.#limits.cancelWaitMs) })
    } catch (error) {
      this.#components.logger.debug('A result stream broke', { peer: stream.remotePeerId, error })
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    } finally {
      clearTimeout(idle)
      this.#streams.delete(stream)
    }
  }

  stop(): void {
    for (const stream of this.#streams.keys())
      stream.abort(new DriadError('stopping', 'The node is being stopped'))
  }

  async #answer(peerId: string, message: ToResult): Promise<Answer> {
    if (!this.#rate.take(peerId))
      return refused(new DriadError('no_capacity', 'Asked too often. Wait a second'))
    try {
      if (message.receipt !== undefined) {
        await this.#components.takeReceipt(message.receipt)
        return { status: ACKNOWLEDGED }
      }
      if (message.dispute !== undefined) {
        await this.#components.takeDispute(message.dispute)
        return { status: ACKNOWLEDGED }
      }
      if (message.request === undefined)
        throw new DriadError('bad_message', 'Neither a request nor a receipt nor a dispute')
      return await this.#resultOf(message.request)
    } catch (cause) {
      const error = DriadError.from(cause)
      if (error.code === 'unknown_task') return { status: UNKNOWN }
      if (error.code === 'internal') this.#components.logger.error('A poll failed', { error: cause })
      return refused(error)
    }
  }

  async #resultOf(signed: Signed): Promise<Answer> {
    const { message: request, publicKey } = openSigned('result-request', signed)
    this.#checkAddressed(request)
    const { tasks, executor, identity, deliveries } = this.#components
    const { taskId } = request
    const owner = executor.get(taskId)?.requester ?? tasks.get(taskId)?.requester
    if (owner === undefined) return { status: UNKNOWN }
    if (owner !== peerIdOfPublicKey(publicKey)) {
      throw new DriadError('bad_signature', 'The task belongs to another identity')
    }
    const active = executor.get(taskId)
    if (active !== undefined) {
      if (!request.cancel) return { status: active.state === 'executing' ? RUNNING : PENDING }
      executor.cancel(taskId, new DriadError('cancelled', cancelReasons.requester))
      const ended = await settledWithin(active.ended, this.#limits.cancelWaitMs)
      if (!ended) return { status: RUNNING }
    }
    const task = tasks.get(taskId)
    if (task === undefined) return { status: UNKNOWN }
    if (task.receiptState === 'acknowledged') return { status: ACKNOWLEDGED }
    const outcome = tasks.outcome(taskId)
    // Stored and not active: the node is about to take it up, or could not write how it ended.
    if (outcome === undefined) return { status: PENDING }
    deliveries.note(taskId)
    return { status: ENDED, outcome: signedBy(identity.publicKey, outcome) }
  }

  #checkAddressed(request: ResultRequest): void {
    if (!Buffer.from(request.node).equals(this.#components.identity.publicKey)) {
      throw new DriadError('bad_message', 'The request is addressed to another node')
    }
    const offMs = Math.abs(Date.now() - request.issuedAtMs)
    if (offMs > this.#limits.maxRequestAgeMs) {
      throw new DriadError(
        'bad_message',
        `The clocks differ by ${Math.round(offMs / 60_000)} minutes. Set the clock`,
      )
    }
  }
}

function refused(error: DriadError): Answer {
  return {
    status: REFUSED,
    errorCode: error.code,
    errorMessage: clipText(error.message, ERROR_MESSAGE_BYTES),
  }
}
