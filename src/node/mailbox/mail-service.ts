import { DriadError } from '../../protocol/errors.ts'
import { checkToMail } from '../../protocol/wire/checks.ts'
import { clipText } from '../../protocol/wire/clip-text.ts'
import { peerIdOfPublicKey, publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { ERROR_MESSAGE_BYTES } from '../../protocol/wire/limits.ts'
import { MailAnswer, MailRequest, type Signed, ToMail } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { type FramedStream, MAIL_PROTOCOL, type NetworkHost } from '../network/contract.ts'
import { type MessageStream, messageStream } from '../network/message-stream.ts'
import { RateLimiter } from '../network/rate-limiter.ts'
import type { LetterState, LetterStore } from './letter-store.ts'
import type { MailLimits } from './limits.ts'

const { UNKNOWN, KEPT, LETTER, REPLIED, CLEARED, REFUSED } = MailAnswer.Status

const ANNOUNCED_AT_START = 1_024
const SWEEP_BATCH = 500

export interface MailServiceComponents {
  readonly letters: LetterStore
  readonly identity: Identity
  readonly network: Pick<NetworkHost, 'handle' | 'announceLetter'>
  /** Bytes that letters may take here, all together. 0 takes no more, and gives out what is there. */
  readonly capacityBytes: () => number
  readonly logger: Logger
}

type Answer = Partial<MailAnswer> & Pick<MailAnswer, 'status'>

/** Keeps sealed results for requesters that are away, and their replies for nodes that are. Reads neither. */
export class MailService {
  readonly #components: MailServiceComponents
  readonly #limits: MailLimits
  readonly #rate: RateLimiter
  readonly #streams = new Map<MessageStream<MailAnswer, ToMail>, string>()
  #unhandle: (() => Promise<void>) | undefined
  #sweeper: NodeJS.Timeout | undefined
  #sweeping: Promise<void> | undefined

  constructor(components: MailServiceComponents, limits: MailLimits) {
    this.#components = components
    this.#limits = limits
    this.#rate = new RateLimiter({
      perSecond: limits.ratePerSecond,
      burst: limits.burst,
      keys: limits.maxStreams * 4,
    })
  }

  /** To be called before the network listens: peers learn when they connect what others answer. */
  async start(): Promise<void> {
    const { network, letters } = this.#components
    this.#unhandle = await network.handle(MAIL_PROTOCOL, (stream) => this.#serve(stream))
    this.#sweepSoon()
    this.#sweeper = setInterval(() => this.#sweepSoon(), this.#limits.sweepMs)
    this.#sweeper.unref()
    for (const taskId of letters.unfetched(ANNOUNCED_AT_START)) network.announceLetter(taskId, true)
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweeper)
    await this.#unhandle?.()
    this.#unhandle = undefined
    for (const stream of this.#streams.keys())
      stream.abort(new DriadError('stopping', 'The mailbox is being closed'))
    await this.#sweeping
  }

  async #serve(framed: FramedStream): Promise<void> {
    const stream = messageStream(framed, { send: MailAnswer, receive: ToMail, check: checkToMail })
    const ofPeer = [...this.#streams.values()].filter((peer) => peer === stream.remotePeerId).length
    if (this.#streams.size >= this.#limits.maxStreams || ofPeer >= this.#limits.maxStreamsPerPeer) {
      stream.abort(new DriadError('no_capacity', 'Too many mail streams are open'))
      return
    }
    this.#streams.set(stream, stream.remotePeerId)
    const idle = setTimeout(
      () => stream.abort(new DriadError('deadline_exceeded', 'Nothing came on the stream for too long')),
      this.#limits.streamIdleMs,
    )
    try {
      for await (const message of stream.messages()) {
        idle.refresh()
        const answer = await this.#answer(stream.remotePeerId, message)
        await stream.send({ sealed: new Uint8Array(0), errorCode: '', errorMessage: '', ...answer })
        idle.refresh()
      }
    } finally {
      clearTimeout(idle)
      this.#streams.delete(stream)
    }
  }

  async #answer(peerId: string, message: ToMail): Promise<Answer> {
    if (!this.#rate.take(peerId)) return refused(new DriadError('no_capacity', 'Too often. Wait a second'))
    try {
      if (message.deposit !== undefined) return await this.#deposit(peerId, message.deposit)
      if (message.request !== undefined) return await this.#request(message.request)
      throw new DriadError('bad_message', 'Neither a deposit nor a request')
    } catch (cause) {
      const error = DriadError.from(cause)
      if (error.code === 'internal') this.#components.logger.error('A letter failed', { error: cause })
      return refused(error)
    }
  }

  async #deposit(peerId: string, signed: Signed): Promise<Answer> {
    const { message: deposit, publicKey } = openSigned('mail-deposit', signed)
    this.#checkAddressed(deposit)
    const depositor = peerIdOfPublicKey(publicKey)
    // Whoever fills a mailbox does it by connections of its own, and these are limited.
    if (depositor !== peerId)
      throw new DriadError('bad_signature', 'A letter is left by the node that signed it')
    const { letters, network } = this.#components
    const nowMs = Date.now()
    const letter = {
      taskId: deposit.taskId,
      depositor,
      recipient: peerIdOfPublicKey(deposit.recipient),
      sealed: deposit.sealed,
      leftAtMs: nowMs,
      expiresAtMs: Math.min(deposit.expiresAtMs, nowMs + this.#limits.retentionMs),
    }
    if (letter.expiresAtMs <= nowMs) throw new DriadError('deadline_exceeded', 'The letter has expired')
    const status = await letters.store.write((tx) => {
      const before = letters.state(letter.taskId, depositor, tx)
      if (before !== undefined) return before.reply === undefined ? KEPT : REPLIED
      const { byteLength: bytes } = letter.sealed
      this.#checkRoom('This mailbox', bytes, letters.use({}, tx), 1)
      this.#checkRoom('The depositor', bytes, letters.use({ depositor }, tx), this.#limits.shareOfOne)
      const { recipient } = letter
      this.#checkRoom('The requester', bytes, letters.use({ recipient }, tx), this.#limits.shareOfOne)
      letters.insert(tx, letter)
      return KEPT
    })
    network.announceLetter(letter.taskId, true)
    return { status }
  }

  #checkRoom(whose: string, bytes: number, use: { letters: number; bytes: number }, share: number): void {
    const maxBytes = this.#components.capacityBytes() * share
    if (use.bytes + bytes <= maxBytes && use.letters < this.#limits.maxLetters * share) return
    throw new DriadError('no_capacity', `${whose} has as many letters here as this node keeps`)
  }

  async #request(signed: Signed): Promise<Answer> {
    const { message: request, publicKey, payload } = openSigned('mail-request', signed)
    this.#checkAddressed(request)
    const { letters, network } = this.#components
    const { taskId, action } = request
    const depositor = peerIdOfPublicKey(request.depositor)
    const letter = letters.state(taskId, depositor)
    if (letter === undefined) return { status: UNKNOWN }
    const who = peerIdOfPublicKey(publicKey)
    if (who === depositor) {
      if (action === MailRequest.Action.REPLY)
        throw new DriadError('bad_message', 'The recipient replies, not the depositor')
      if (action === MailRequest.Action.FETCH) return stateOf(letter)
      await letters.store.write((tx) => letters.delete(tx, taskId, depositor))
      network.announceLetter(taskId, false)
      return { status: CLEARED }
    }
    // Who is neither is not told that there is one.
    if (who !== letter.recipient) return { status: UNKNOWN }
    if (action === MailRequest.Action.CLEAR)
      throw new DriadError('bad_message', 'The depositor clears a letter; the recipient replies')
    if (letter.reply !== undefined) return { status: REPLIED }
    if (action === MailRequest.Action.FETCH) {
      const sealed = letters.sealed(taskId, depositor)
      return sealed === undefined ? { status: UNKNOWN } : { status: LETTER, sealed }
    }
    await letters.store.write((tx) =>
      letters.reply(tx, taskId, depositor, { payload, signature: signed.signature }),
    )
    network.announceLetter(taskId, false)
    return { status: REPLIED }
  }

  #checkAddressed({ mailbox, issuedAtMs }: { mailbox: Uint8Array; issuedAtMs: number }): void {
    if (!Buffer.from(mailbox).equals(this.#components.identity.publicKey))
      throw new DriadError('bad_message', 'It is addressed to another mailbox')
    const offMs = Math.abs(Date.now() - issuedAtMs)
    if (offMs > this.#limits.maxRequestAgeMs) {
      const minutes = Math.round(offMs / 60_000)
      throw new DriadError('bad_message', `The clocks differ by ${minutes} minutes. Set the clock`)
    }
  }

  #sweepSoon(): void {
    this.#sweeping ??= this.#sweep()
      .catch((error: unknown) => this.#components.logger.warn('Old letters could not be removed', { error }))
      .finally(() => {
        this.#sweeping = undefined
      })
  }

  async #sweep(): Promise<void> {
    const { letters, network } = this.#components
    for (;;) {
      const gone = await letters.store.write((tx) => letters.deleteExpired(tx, Date.now(), SWEEP_BATCH))
      for (const taskId of gone) network.announceLetter(taskId, false)
      if (gone.length < SWEEP_BATCH) return
    }
  }
}

/** What a depositor is told of its letter. */
function stateOf({ recipient, reply }: LetterState): Answer {
  if (reply === undefined) return { status: KEPT }
  return {
    status: REPLIED,
    reply: { ...reply, publicKey: new Uint8Array(publicKeyOfPeerId(recipient)) },
  }
}

function refused(error: DriadError): Answer {
  return {
    status: REFUSED,
    errorCode: error.code,
    errorMessage: clipText(error.message, ERROR_MESSAGE_BYTES),
  }
}
