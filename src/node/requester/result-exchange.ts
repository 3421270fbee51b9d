import { checkResultAnswer } from '../../protocol/wire/checks.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { ResultAnswer, type Signed, ToResult } from '../../protocol/wire/messages.pb.ts'
import { signMessage } from '../../protocol/wire/signing.ts'
import type { Identity } from '../identity/contract.ts'
import { AnsweredStream } from '../network/answered-stream.ts'
import { type NetworkHost, type PeerTarget, RESULT_PROTOCOL } from '../network/contract.ts'
import { messageStream } from '../network/message-stream.ts'

/** Questions to one node over one stream, one at a time. A question that fails breaks the stream: open another. */
export class ResultExchange {
  readonly #node: string
  readonly #identity: Identity
  readonly #stream: AnsweredStream<ToResult, ResultAnswer>

  private constructor(node: string, identity: Identity, stream: AnsweredStream<ToResult, ResultAnswer>) {
    this.#node = node
    this.#identity = identity
    this.#stream = stream
  }

  /** Throws `network_unreachable`, or the signal's reason. */
  static async open(
    { network, identity }: { network: Pick<NetworkHost, 'openStream'>; identity: Identity },
    target: PeerTarget,
    options: { signal: AbortSignal },
  ): Promise<ResultExchange> {
    const framed = await network.openStream(RESULT_PROTOCOL, target, options)
    const stream = messageStream(framed, { send: ToResult, receive: ResultAnswer, check: checkResultAnswer })
    return new ResultExchange(target.peerId, identity, new AnsweredStream(stream))
  }

  /** Asks for a task's outcome; with `cancel`, also that it be stopped. Throws what the stream throws, or the signal's reason. */
  ask(taskId: string, { cancel, signal }: { cancel: boolean; signal: AbortSignal }): Promise<ResultAnswer> {
    const request = signMessage(
      'result-request',
      { taskId, node: new Uint8Array(publicKeyOfPeerId(this.#node)), issuedAtMs: Date.now(), cancel },
      this.#identity,
    )
    return this.#stream.ask({ request }, { signal })
  }

  /** Hands over a receipt. The answer is ACKNOWLEDGED once it is in the node's ledger. */
  deliver(receipt: Signed, options: { signal: AbortSignal }): Promise<ResultAnswer> {
    return this.#stream.ask({ receipt }, options)
  }

  /** Says why a result is not paid. The answer is ACKNOWLEDGED once the node has stored it. */
  dispute(signed: Signed, options: { signal: AbortSignal }): Promise<ResultAnswer> {
    return this.#stream.ask({ dispute: signed }, options)
  }

  close(): Promise<void> {
    return this.#stream.close()
  }
}
