import { DriadError } from '../../protocol/errors.ts'
import { checkResultAnswer } from '../../protocol/wire/checks.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { ResultAnswer, type Signed, ToResult } from '../../protocol/wire/messages.pb.ts'
import { signMessage } from '../../protocol/wire/signing.ts'
import type { Identity } from '../identity/contract.ts'
import { type NetworkHost, type PeerTarget, RESULT_PROTOCOL } from '../network/contract.ts'
import { type MessageStream, messageStream } from '../network/message-stream.ts'

/** Questions to one node over one stream, one at a time. A question that fails breaks the stream: open another. */
export class ResultExchange {
  readonly #node: string
  readonly #identity: Identity
  readonly #stream: MessageStream<ToResult, ResultAnswer>
  readonly #answers: AsyncIterator<ResultAnswer>

  private constructor(node: string, identity: Identity, stream: MessageStream<ToResult, ResultAnswer>) {
    this.#node = node
    this.#identity = identity
    this.#stream = stream
    this.#answers = stream.messages()[Symbol.asyncIterator]()
  }

  /** Throws `network_unreachable`, or the signal's reason. */
  static async open(
    { network, identity }: { network: Pick<NetworkHost, 'openStream'>; identity: Identity },
    target: PeerTarget,
    options: { signal: AbortSignal },
  ): Promise<ResultExchange> {
    const framed = await network.openStream(RESULT_PROTOCOL, target, options)
    const stream = messageStream(framed, { send: ToResult, receive: ResultAnswer, check: checkResultAnswer })
    return new ResultExchange(target.peerId, identity, stream)
  }

  /** Asks for a task's outcome; with `cancel`, also that it be stopped. Throws what the stream throws, or the signal's reason. */
  ask(taskId: string, { cancel, signal }: { cancel: boolean; signal: AbortSignal }): Promise<ResultAnswer> {
    const request = signMessage(
      'result-request',
      { taskId, node: new Uint8Array(publicKeyOfPeerId(this.#node)), issuedAtMs: Date.now(), cancel },
      this.#identity,
    )
    return this.#exchange({ request }, signal)
  }

  /** Hands over a receipt. The answer is ACKNOWLEDGED once it is in the node's ledger. */
  deliver(receipt: Signed, { signal }: { signal: AbortSignal }): Promise<ResultAnswer> {
    return this.#exchange({ receipt }, signal)
  }

  /** Says why a result is not paid. The answer is ACKNOWLEDGED once the node has stored it. */
  dispute(signed: Signed, { signal }: { signal: AbortSignal }): Promise<ResultAnswer> {
    return this.#exchange({ dispute: signed }, signal)
  }

  async close(): Promise<void> {
    await this.#stream.close().catch(() => undefined)
    this.#stream.abort(new DriadError('stopping', 'The requester has no more questions'))
  }

  async #exchange(message: ToResult, signal: AbortSignal): Promise<ResultAnswer> {
    const onAbort = () =>
      this.#stream.abort(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      signal.throwIfAborted()
      await this.#stream.send(message, { signal })
      const next = await this.#answers.next()
      if (!next.done) return next.value
      throw new DriadError('network_unreachable', 'The node closed the stream without an answer')
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
}
