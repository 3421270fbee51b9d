import { ResultAnswer } from '../../protocol/wire/messages.pb.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { NetworkHost } from '../network/contract.ts'
import type { DisputeStore, WaitingDispute } from './dispute-store.ts'
import type { RequesterLimits } from './limits.ts'
import { ResultExchange } from './result-exchange.ts'

const { ACKNOWLEDGED, REFUSED, UNKNOWN } = ResultAnswer.Status

/** Disputes told in one round; the rest follow at once. */
const BATCH = 64

export interface DisputeDeliveryComponents {
  readonly disputes: DisputeStore
  readonly network: Pick<NetworkHost, 'openStream'>
  readonly identity: Identity
  readonly logger: Logger
}

/** Tells nodes what this identity has against their results, until they have it or its time is over. */
export class DisputeDelivery {
  readonly #components: DisputeDeliveryComponents
  readonly #limits: RequesterLimits
  readonly #stopping = new AbortController()
  #delayMs: number
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined
  #again = false

  constructor(components: DisputeDeliveryComponents, limits: RequesterLimits) {
    this.#components = components
    this.#limits = limits
    this.#delayMs = limits.receiptRetryMinMs
  }

  /** There may be something to tell. */
  kick(): void {
    if (this.#stopping.signal.aborted) return
    if (this.#round !== undefined) {
      this.#again = true
      return
    }
    clearTimeout(this.#timer)
    this.#round = this.#tellAll()
      .catch((error: unknown) => this.#components.logger.error('Telling disputes failed', { error }))
      .finally(() => {
        this.#round = undefined
        if (!this.#again) return
        this.#again = false
        this.kick()
      })
  }

  /** Resolves when the round that is going on is over. */
  async idle(): Promise<void> {
    while (this.#round !== undefined) await this.#round
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.idle()
  }

  async #tellAll(): Promise<void> {
    const { disputes } = this.#components
    const waiting = disputes.waiting(Date.now() - this.#limits.receiptRetentionMs, BATCH)
    const byNode = Map.groupBy(waiting, ({ target }) => target.peerId)
    let failed = false
    for (const ofNode of byNode.values()) {
      if (this.#stopping.signal.aborted) return
      if (!(await this.#tell(ofNode))) failed = true
    }
    if (failed) {
      this.#timer = setTimeout(() => this.kick(), this.#delayMs)
      this.#timer.unref()
      this.#delayMs = Math.min(this.#delayMs * 2, this.#limits.receiptRetryMaxMs)
      return
    }
    this.#delayMs = this.#limits.receiptRetryMinMs
    if (waiting.length === BATCH) this.#again = true
  }

  /** All that one node is to be told. False if it could not be reached, or has no time. */
  async #tell(waiting: readonly WaitingDispute[]): Promise<boolean> {
    const [first] = waiting
    if (first === undefined) return true
    const { disputes, logger } = this.#components
    const node = first.target.peerId
    let exchange: ResultExchange | undefined
    try {
      exchange = await ResultExchange.open(this.#components, first.target, { signal: this.#signal() })
      for (const { taskId, signed } of waiting) {
        const answer = await exchange.dispute(signed, { signal: this.#signal() })
        if (answer.status === REFUSED && answer.errorCode === 'no_capacity') return false
        if (answer.status === REFUSED || answer.status === UNKNOWN) {
          logger.warn('A node does not take a dispute', { taskId, node, reason: answer.errorMessage })
        }
        const state = answer.status === ACKNOWLEDGED ? 'delivered' : 'refused'
        await disputes.store.write((tx) => disputes.end(tx, taskId, node, state))
      }
      return true
    } catch (error) {
      logger.debug('A node cannot be told of a dispute', { node, error })
      return false
    } finally {
      await exchange?.close()
    }
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(this.#limits.pollTimeoutMs)])
  }
}
