import { checkMailAnswer } from '../../protocol/wire/checks.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { MailAnswer, MailRequest, ToMail } from '../../protocol/wire/messages.pb.ts'
import { signMessage } from '../../protocol/wire/signing.ts'
import type { Identity } from '../identity/contract.ts'
import { AnsweredStream } from '../network/answered-stream.ts'
import { MAIL_PROTOCOL, type NetworkHost, type PeerTarget } from '../network/contract.ts'
import { messageStream } from '../network/message-stream.ts'

export interface MailExchangeComponents {
  readonly network: Pick<NetworkHost, 'openStream'>
  readonly identity: Identity
}

/** Which letter: a node leaves at most one of a task. */
export interface LetterName {
  readonly taskId: string
  /** Peer id of the node that left it. */
  readonly depositor: string
}

/** Letters to and from one mailbox over one stream, one at a time. One that fails breaks the stream: open another. */
export class MailExchange {
  readonly #mailbox: Uint8Array<ArrayBuffer>
  readonly #identity: Identity
  readonly #stream: AnsweredStream<ToMail, MailAnswer>

  private constructor(target: PeerTarget, identity: Identity, stream: AnsweredStream<ToMail, MailAnswer>) {
    this.#mailbox = new Uint8Array(publicKeyOfPeerId(target.peerId))
    this.#identity = identity
    this.#stream = stream
  }

  /** Throws `network_unreachable`, or the signal's reason. */
  static async open(
    { network, identity }: MailExchangeComponents,
    target: PeerTarget,
    options: { signal: AbortSignal },
  ): Promise<MailExchange> {
    const framed = await network.openStream(MAIL_PROTOCOL, target, options)
    const stream = messageStream(framed, { send: ToMail, receive: MailAnswer, check: checkMailAnswer })
    return new MailExchange(target, identity, new AnsweredStream(stream))
  }

  /** Leaves a letter. `recipient` is a raw public key. */
  deposit(
    letter: {
      readonly taskId: string
      readonly recipient: Uint8Array
      readonly sealed: Uint8Array<ArrayBuffer>
      readonly expiresAtMs: number
    },
    options: { signal: AbortSignal },
  ): Promise<MailAnswer> {
    const deposit = signMessage(
      'mail-deposit',
      {
        mailbox: this.#mailbox,
        taskId: letter.taskId,
        recipient: new Uint8Array(letter.recipient),
        issuedAtMs: Date.now(),
        expiresAtMs: letter.expiresAtMs,
        sealed: letter.sealed,
      },
      this.#identity,
    )
    return this.#stream.ask({ deposit }, options)
  }

  fetch(letter: LetterName, options: { signal: AbortSignal }): Promise<MailAnswer> {
    return this.#request(MailRequest.Action.FETCH, letter, new Uint8Array(0), options)
  }

  reply(
    letter: LetterName & { readonly sealed: Uint8Array<ArrayBuffer> },
    options: { signal: AbortSignal },
  ): Promise<MailAnswer> {
    return this.#request(MailRequest.Action.REPLY, letter, letter.sealed, options)
  }

  clear(letter: LetterName, options: { signal: AbortSignal }): Promise<MailAnswer> {
    return this.#request(MailRequest.Action.CLEAR, letter, new Uint8Array(0), options)
  }

  close(): Promise<void> {
    return this.#stream.close()
  }

  #request(
    action: MailRequest.Action,
    { taskId, depositor }: LetterName,
    sealed: Uint8Array<ArrayBuffer>,
    options: { signal: AbortSignal },
  ): Promise<MailAnswer> {
    const request = signMessage(
      'mail-request',
      {
        mailbox: this.#mailbox,
        taskId,
        depositor: new Uint8Array(publicKeyOfPeerId(depositor)),
        issuedAtMs: Date.now(),
        action,
        sealed,
      },
      this.#identity,
    )
    return this.#stream.ask({ request }, options)
  }
}
