import { checkFromNode } from '../../protocol/wire/checks.ts'
import { decodeChecked } from '../../protocol/wire/codec.ts'
import { publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { SEALED_BYTES } from '../../protocol/wire/limits.ts'
import { FromNode, FromRequester, MailAnswer, type Signed } from '../../protocol/wire/messages.pb.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { MAIL_PROTOCOL, type NetworkHost, type PeerTarget } from '../network/contract.ts'
import type { MailLimits } from './limits.ts'
import { MailExchange } from './mail-exchange.ts'
import { inMailboxOrder, mailboxesOf, mergeMailboxes } from './mailbox-order.ts'
import { openSealed, seal } from './seal.ts'

/** Tasks of one search for which the DHT is asked; the mailboxes of one are most often those of all. */
const ASKED_OF_DHT = 4

export interface LetterSearchComponents {
  readonly network: Pick<NetworkHost, 'openStream' | 'peersWith' | 'findLetters'>
  readonly identity: Identity
  readonly logger: Logger
}

export interface Search {
  /** Peer id of the node that cannot be reached. */
  readonly node: string
  /** Tasks whose results it may have left. */
  readonly tasks: readonly string[]
  /** Receipts that it is owed, by task. */
  readonly receipts: ReadonlyMap<string, Signed>
  /** Multiaddrs of mailboxes that it named. */
  readonly named: readonly string[]
  /** Judges an outcome; returns what the node is to be told, if anything. Called once a task. */
  readonly outcome: (signed: Signed) => Promise<FromRequester | undefined>
}

/** What a search came to, by task. */
export interface Found {
  /** Their outcomes were here, and judged. */
  readonly tasks: ReadonlySet<string>
  /** The node's answer waits for it. */
  readonly answered: ReadonlySet<string>
}

/** Looks for what a node that is away left for us, and leaves it its receipts. */
export class LetterSearch {
  readonly #components: LetterSearchComponents
  readonly #limits: MailLimits

  constructor(components: LetterSearchComponents, limits: MailLimits) {
    this.#components = components
    this.#limits = limits
  }

  /** Rejects only with the signal's reason, or where the judgement of an outcome does. */
  async run(search: Search, { signal }: { signal: AbortSignal }): Promise<Found> {
    const bound = AbortSignal.any([signal, AbortSignal.timeout(this.#limits.searchTimeoutMs)])
    const round = new Round(this.#components, this.#limits, search, bound)
    const mailboxes = await this.#mailboxes(search, signal)
    await Promise.all(mailboxes.map((mailbox) => round.ask(mailbox)))
    signal.throwIfAborted()
    return { tasks: round.tasks, answered: round.answered }
  }

  async #mailboxes({ node, tasks, receipts, named }: Search, signal: AbortSignal): Promise<PeerTarget[]> {
    const { network, identity } = this.#components
    const some = [...tasks, ...receipts.keys()].slice(0, ASKED_OF_DHT)
    const recorded = await Promise.all(some.map((taskId) => network.findLetters(taskId, { signal })))
    const known = mergeMailboxes(mailboxesOf(named), ...recorded)
    // A node leaves letters with those that it is connected to, and in a small network these are ours, too.
    const connected = network.peersWith(MAIL_PROTOCOL).filter(({ peerId }) => peerId !== node)
    const order = (list: readonly PeerTarget[]) => inMailboxOrder(list, identity.peerId)
    const all = mergeMailboxes(order(known), order(connected))
    return all.filter(({ peerId }) => peerId !== node).slice(0, this.#limits.maxMailboxes)
  }
}

/** One search: several mailboxes may have the same letter. */
class Round {
  readonly tasks = new Set<string>()
  readonly answered = new Set<string>()
  readonly #judged = new Map<string, Promise<FromRequester | undefined>>()
  readonly #components: LetterSearchComponents
  readonly #limits: MailLimits
  readonly #search: Search
  readonly #signal: AbortSignal

  constructor(components: LetterSearchComponents, limits: MailLimits, search: Search, signal: AbortSignal) {
    this.#components = components
    this.#limits = limits
    this.#search = search
    this.#signal = signal
  }

  async ask(mailbox: PeerTarget): Promise<void> {
    let exchange: MailExchange | undefined
    try {
      exchange = await MailExchange.open(this.#components, mailbox, { signal: this.#bound() })
      for (const [taskId, receipt] of this.#search.receipts) await this.#reply(exchange, taskId, { receipt })
      for (const taskId of this.#search.tasks) await this.#fetch(exchange, taskId)
    } catch (error) {
      this.#components.logger.debug('A mailbox does not answer', { mailbox: mailbox.peerId, error })
    } finally {
      await exchange?.close()
    }
  }

  async #fetch(exchange: MailExchange, taskId: string): Promise<void> {
    const { node } = this.#search
    const { status, sealed } = await exchange.fetch({ taskId, depositor: node }, { signal: this.#bound() })
    if (status !== MailAnswer.Status.LETTER) return
    const outcome = this.#open(taskId, sealed)
    if (outcome === undefined) return
    let judged = this.#judged.get(taskId)
    if (judged === undefined) {
      judged = this.#search.outcome(outcome)
      this.#judged.set(taskId, judged)
    }
    const reply = await judged
    this.tasks.add(taskId)
    if (reply !== undefined) await this.#reply(exchange, taskId, reply)
  }

  /** Undefined for what the node cannot have meant for us. Anybody may leave a letter in its name at a bad mailbox. */
  #open(taskId: string, sealed: Uint8Array): Signed | undefined {
    try {
      const content = openSealed(sealed, this.#components.identity, { kind: 'outcome', taskId })
      return decodeChecked(FromNode, checkFromNode, content, SEALED_BYTES).outcome
    } catch (error) {
      this.#components.logger.warn('A letter could not be read', { taskId, node: this.#search.node, error })
      return undefined
    }
  }

  async #reply(exchange: MailExchange, taskId: string, reply: FromRequester): Promise<void> {
    const { node } = this.#search
    const sealed = seal(FromRequester.encode(reply), publicKeyOfPeerId(node), { kind: 'reply', taskId })
    const { status } = await exchange.reply({ taskId, depositor: node, sealed }, { signal: this.#bound() })
    if (status === MailAnswer.Status.REPLIED) this.answered.add(taskId)
  }

  #bound(): AbortSignal {
    return AbortSignal.any([this.#signal, AbortSignal.timeout(this.#limits.exchangeTimeoutMs)])
  }
}
