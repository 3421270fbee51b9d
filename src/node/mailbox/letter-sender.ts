import { taskNoteStarts } from '../../protocol/task-notes.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { MAILBOXES_PER_CLAIM } from '../../protocol/wire/limits.ts'
import { FromNode, MailAnswer } from '../../protocol/wire/messages.pb.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { MAIL_PROTOCOL, type NetworkHost, type PeerTarget } from '../network/contract.ts'
import { signedBy, type TaskStore } from '../tasks/task-store.ts'
import type { LeftLetter, LeftLetters, OwedLetter } from './left-letters.ts'
import type { MailLimits } from './limits.ts'
import { MailExchange } from './mail-exchange.ts'
import { addressesOf, inMailboxOrder } from './mailbox-order.ts'
import { seal } from './seal.ts'

export interface LetterSenderComponents {
  readonly network: Pick<NetworkHost, 'openStream' | 'peersWith'>
  readonly identity: Identity
  readonly tasks: Pick<TaskStore, 'outcome' | 'setUnpaidReason'>
  readonly left: LeftLetters
  readonly logger: Logger
}

/** Leaves results that could not be delivered, sealed to their requesters, with nodes that stay. */
export class LetterSender {
  readonly #components: LetterSenderComponents
  readonly #limits: MailLimits

  constructor(components: LetterSenderComponents, limits: MailLimits) {
    this.#components = components
    this.#limits = limits
  }

  /** Where results for a requester would be left now, for a claim. */
  mailboxAddresses(requester: string): string[] {
    return addressesOf(this.#mailboxes(requester), MAILBOXES_PER_CLAIM)
  }

  /**
   * Leaves what is owed, to all or to one contact, with as many mailboxes as it takes, until the signal aborts. Never rejects:
   * what could not be left is still in the outbox. Resolves with how many letters were left.
   */
  async leave(of: { readonly contact?: string }, { signal }: { signal: AbortSignal }): Promise<number> {
    const { left, logger } = this.#components
    const { copies, maxLeft } = this.#limits
    const owed = left.owed(copies, maxLeft, of.contact)
    const byRequester = Map.groupBy(owed, (letter) => letter.requester)
    const exchanges = new Map<string, Promise<MailExchange | undefined>>()
    let count = 0
    try {
      for (const [requester, letters] of byRequester) {
        if (signal.aborted) break
        count += await this.#leaveWithSome(requester, letters, exchanges, signal)
      }
    } catch (error) {
      logger.warn('Results could not be left with other nodes', { error })
    } finally {
      await Promise.all([...exchanges.values()].map(async (exchange) => (await exchange)?.close()))
    }
    if (count > 0) logger.info('Results were left with other nodes', { letters: count })
    return count
  }

  /** Mailbox after mailbox, until each letter is with enough of them. */
  async #leaveWithSome(
    requester: string,
    letters: readonly OwedLetter[],
    exchanges: Map<string, Promise<MailExchange | undefined>>,
    signal: AbortSignal,
  ): Promise<number> {
    const missing = new Map(letters.map(({ taskId, left }) => [taskId, this.#limits.copies - left]))
    let count = 0
    for (const mailbox of this.#mailboxes(requester)) {
      const todo = letters.filter(({ taskId, contact }) => missing.has(taskId) && contact !== mailbox.peerId)
      if (todo.length === 0) continue
      if (signal.aborted) break
      let opening = exchanges.get(mailbox.peerId)
      if (opening === undefined) {
        opening = this.#open(mailbox, signal)
        exchanges.set(mailbox.peerId, opening)
      }
      const exchange = await opening
      if (exchange === undefined) continue
      for (const taskId of await this.#leaveWith(exchange, mailbox, requester, todo, signal)) {
        count++
        const still = (missing.get(taskId) ?? 0) - 1
        if (still > 0) missing.set(taskId, still)
        else missing.delete(taskId)
      }
    }
    return count
  }

  /** Returns the tasks of the letters that the mailbox took. It may be full, or gone, at any of them. */
  async #leaveWith(
    exchange: MailExchange,
    mailbox: PeerTarget,
    requester: string,
    letters: readonly OwedLetter[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { tasks, identity, left, logger } = this.#components
    const recipient = publicKeyOfPeerId(requester)
    const taken: LeftLetter[] = []
    try {
      for (const { taskId } of letters) {
        const outcome = tasks.outcome(taskId)
        if (outcome === undefined || left.has(taskId, mailbox.peerId)) continue
        const content = FromNode.encode({ outcome: signedBy(identity.publicKey, outcome) })
        const sealed = seal(content, recipient, { kind: 'outcome', taskId })
        const expiresAtMs = Date.now() + this.#limits.retentionMs
        const { status, errorMessage } = await exchange.deposit(
          { taskId, recipient, sealed, expiresAtMs },
          { signal: this.#bound(signal) },
        )
        if (status !== MailAnswer.Status.KEPT && status !== MailAnswer.Status.REPLIED) {
          logger.debug('A mailbox takes no more letters', { mailbox: mailbox.peerId, reason: errorMessage })
          break
        }
        taken.push({ taskId, mailbox, expiresAtMs })
      }
    } catch (error) {
      logger.debug('A mailbox does not answer', { mailbox: mailbox.peerId, error })
    }
    // In one go: a letter that is not noted down because of a crash is found out by leaving it again.
    await left.store.write((tx) => {
      for (const letter of taken) {
        left.add(tx, letter)
        tasks.setUnpaidReason(tx, letter.taskId, 'requester_gone', reasonOf(letter))
      }
    })
    return taken.map(({ taskId }) => taskId)
  }

  async #open(mailbox: PeerTarget, signal: AbortSignal): Promise<MailExchange | undefined> {
    try {
      return await MailExchange.open(this.#components, mailbox, { signal: this.#bound(signal) })
    } catch (error) {
      this.#components.logger.debug('A mailbox cannot be reached', { mailbox: mailbox.peerId, error })
      return undefined
    }
  }

  #bound(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, AbortSignal.timeout(this.#limits.exchangeTimeoutMs)])
  }

  #mailboxes(requester: string): PeerTarget[] {
    const connected = this.#components.network.peersWith(MAIL_PROTOCOL)
    return inMailboxOrder(connected, requester).slice(0, this.#limits.maxMailboxes)
  }
}

/** For the operator, who wonders why it is not paid. */
function reasonOf({ expiresAtMs }: LeftLetter): string {
  const until = new Date(expiresAtMs).toISOString().slice(0, 10)
  return `${taskNoteStarts.inMailboxes}${until}`
}
