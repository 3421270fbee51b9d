import { DriadError } from '../../protocol/errors.ts'
import { checkFromRequester } from '../../protocol/wire/checks.ts'
import { decodeChecked } from '../../protocol/wire/codec.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { SEALED_REPLY_BYTES } from '../../protocol/wire/limits.ts'
import { FromRequester, MailAnswer, MailRequest, type Signed } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { NetworkHost, PeerTarget } from '../network/contract.ts'
import type { StoredTask, TaskStore } from '../tasks/task-store.ts'
import type { LeftLetter, LeftLetters } from './left-letters.ts'
import type { MailLimits } from './limits.ts'
import { MailExchange } from './mail-exchange.ts'
import { openSealed } from './seal.ts'

export interface LetterCollectorComponents {
  readonly network: Pick<NetworkHost, 'openStream' | 'peers' | 'onPeersChanged'>
  readonly identity: Identity
  readonly tasks: Pick<TaskStore, 'get'>
  readonly left: LeftLetters
  /** Writes the credit. Throws what `takeReceipt` throws. */
  readonly takeReceipt: (signed: Signed) => Promise<unknown>
  /** Keeps what the requester has against the result. Throws what `takeDispute` throws. */
  readonly takeDispute: (signed: Signed) => Promise<unknown>
  /** The requester took another node's result. */
  readonly superseded: (taskId: string) => Promise<void>
  readonly logger: Logger
}

/**
 * Asks the mailboxes what became of the letters that were left with them: takes the receipts and the disputes, and clears
 * what is done.
 * Ever less often, until no letter is out.
 */
export class LetterCollector {
  readonly #components: LetterCollectorComponents
  readonly #limits: MailLimits
  readonly #stopping = new AbortController()
  /** Mailboxes that did not answer in the last round. */
  readonly #missed = new Set<string>()
  #unsubscribe: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined
  #delayMs: number

  constructor(components: LetterCollectorComponents, limits: MailLimits) {
    this.#components = components
    this.#limits = limits
    this.#delayMs = limits.collectMinMs
  }

  start(): void {
    this.#unsubscribe = this.#components.network.onPeersChanged(() => this.#peersChanged())
    this.#arm(0)
  }

  /** There are letters out that were not before. */
  letterLeft(): void {
    this.#delayMs = this.#limits.collectMinMs
    this.#arm(this.#delayMs)
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The node is being stopped'))
    this.#unsubscribe?.()
    clearTimeout(this.#timer)
    await this.#round
  }

  #arm(delayMs: number): void {
    if (this.#stopping.signal.aborted) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#round ??= this.#collect()
        .catch((error: unknown) => {
          if (!this.#stopping.signal.aborted)
            this.#components.logger.error('Asking for receipts failed', { error })
        })
        .finally(() => {
          this.#round = undefined
        })
    }, delayMs)
    this.#timer.unref()
  }

  #peersChanged(): void {
    if (this.#missed.size === 0 || this.#round !== undefined) return
    if (!this.#components.network.peers().some((peer) => this.#missed.has(peer.peerId))) return
    this.#missed.clear()
    this.#delayMs = this.#limits.collectMinMs
    this.#arm(0)
  }

  async #collect(): Promise<void> {
    const { left } = this.#components
    this.#missed.clear()
    await left.store.write((tx) => left.removeExpired(tx, Date.now()))
    let last: LeftLetter | undefined
    let any = false
    let progress = false
    for (;;) {
      const letters = left.after(last?.mailbox.peerId ?? '', last?.taskId ?? '', this.#limits.maxCollected)
      any ||= letters.length > 0
      for (const ofMailbox of Map.groupBy(letters, (letter) => letter.mailbox.peerId).values()) {
        const [first] = ofMailbox
        if (first === undefined || this.#missed.has(first.mailbox.peerId)) continue
        if (await this.#askMailbox(first.mailbox, ofMailbox)) progress = true
        if (this.#stopping.signal.aborted) return
      }
      last = letters.at(-1)
      if (last === undefined || letters.length < this.#limits.maxCollected) break
    }
    if (!any) return
    this.#delayMs = progress
      ? this.#limits.collectMinMs
      : Math.min(this.#delayMs * 2, this.#limits.collectMaxMs)
    this.#arm(this.#delayMs)
  }

  /** True if something came of it. */
  async #askMailbox(mailbox: PeerTarget, letters: readonly LeftLetter[]): Promise<boolean> {
    let exchange: MailExchange | undefined
    let progress = false
    try {
      exchange = await MailExchange.open(this.#components, mailbox, { signal: this.#bound() })
      for (const { taskId } of letters) {
        if (await this.#ask(exchange, mailbox.peerId, taskId)) progress = true
      }
    } catch (error) {
      this.#missed.add(mailbox.peerId)
      this.#components.logger.debug('A mailbox does not answer', { mailbox: mailbox.peerId, error })
    } finally {
      await exchange?.close()
    }
    return progress
  }

  /** Throws where the mailbox has no time for more. */
  async #ask(exchange: MailExchange, mailbox: string, taskId: string): Promise<boolean> {
    const { tasks, left, identity } = this.#components
    const name = { taskId, depositor: identity.peerId }
    const task = tasks.get(taskId)
    if (task !== undefined && !isDone(task)) {
      const answer = await exchange.fetch(name, { signal: this.#bound() })
      if (answer.status === MailAnswer.Status.REFUSED) throw refusal(answer)
      if (answer.status === MailAnswer.Status.UNKNOWN) {
        // It lost the letter, or did not keep it as long as it was asked to. It can be left anew.
        await left.store.write((tx) => left.remove(tx, taskId, mailbox))
        return true
      }
      if (answer.status !== MailAnswer.Status.REPLIED || answer.reply === undefined) return false
      if (!(await this.#take(task, answer.reply))) return false
    }
    const answer = await exchange.clear(name, { signal: this.#bound() })
    if (answer.status === MailAnswer.Status.REFUSED) throw refusal(answer)
    await left.store.write((tx) => left.remove(tx, taskId, mailbox))
    return true
  }

  /** False for a reply that is not what the requester would say. The mailbox may have made it up. */
  async #take(task: StoredTask, signed: Signed): Promise<boolean> {
    const { taskId } = task
    const { identity, takeReceipt, takeDispute, superseded, logger } = this.#components
    try {
      const { message, publicKey } = openSigned('mail-request', signed)
      const isOfTask =
        message.taskId === taskId &&
        message.action === MailRequest.Action.REPLY &&
        Buffer.from(message.depositor).equals(identity.publicKey)
      if (!isOfTask || peerIdOfPublicKey(publicKey) !== task.requester)
        throw new DriadError('bad_signature', 'The reply is not of the requester, or of another letter')
      const content = openSealed(message.sealed, identity, { kind: 'reply', taskId })
      const reply = decodeChecked(FromRequester, checkFromRequester, content, SEALED_REPLY_BYTES)
      if (reply.receipt !== undefined) await takeReceipt(reply.receipt)
      else if (reply.dispute !== undefined) await takeDispute(reply.dispute)
      else if (reply.cancel?.taskId === taskId) await superseded(taskId)
      else throw new DriadError('bad_message', 'The reply is neither a receipt nor a dispute nor a refusal')
      return true
    } catch (error) {
      logger.warn('A reply to a letter could not be taken', { taskId, error })
      return false
    }
  }

  #bound(): AbortSignal {
    return AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(this.#limits.exchangeTimeoutMs)])
  }
}

function isDone({ receiptState }: StoredTask): boolean {
  return receiptState === 'acknowledged' || receiptState === 'superseded'
}

function refusal({ errorMessage }: MailAnswer): DriadError {
  return new DriadError('no_capacity', `The mailbox refused: ${errorMessage}`)
}
