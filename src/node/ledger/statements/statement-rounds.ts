import { DriadError } from '../../../protocol/errors.ts'
import type { Logger } from '../../logs/contract.ts'
import type { SettlementAdapter } from './contract.ts'
import type { Statements } from './statements.ts'

const DAY_MS = 86_400_000
const ROUND_MS = 3_600_000

export interface StatementRoundsComponents {
  readonly statements: Pick<Statements, 'debtors' | 'stated' | 'issue' | 'lines' | 'settle'>
  readonly adapter: SettlementAdapter
  /** Length of a period; 0 for no statements. */
  readonly days: () => number
  readonly logger: Logger
  readonly now?: () => number
}

/** Once an hour: takes the settlements that came in, and states what is owed of the periods that are over. */
export class StatementRounds {
  readonly #components: StatementRoundsComponents
  #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined

  constructor(components: StatementRoundsComponents) {
    this.#components = components
  }

  start(): void {
    this.#stopping = new AbortController()
    this.#timer = setInterval(() => void this.run(), ROUND_MS)
    this.#timer.unref()
    void this.run()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopping.abort(new DriadError('stopping', 'The node is being stopped'))
    await this.#round
  }

  /** One round; resolves when it is over, and never rejects. A round that goes on is waited for. */
  run(): Promise<void> {
    this.#round ??= this.#run()
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted)
          this.#components.logger.error('Stating what is owed failed', { error })
      })
      .finally(() => {
        this.#round = undefined
      })
    return this.#round
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    await this.#takeSettlements(signal).catch((error: unknown) => {
      signal.throwIfAborted()
      this.#components.logger.warn('Settlements could not be taken; it will be tried again', { error })
    })
    const periodMs = this.#components.days() * DAY_MS
    if (periodMs > 0) await this.#state(periodMs, signal)
  }

  async #takeSettlements(signal: AbortSignal): Promise<void> {
    const { statements, adapter, logger } = this.#components
    for await (const received of adapter.settlements({ signal })) {
      signal.throwIfAborted()
      try {
        const { settled } = await statements.settle(received.text)
        await received.taken(undefined)
        const { requester, entries, totalMicro } = settled.statement
        logger.info('A statement is settled', { requester, entries, totalMicro: String(totalMicro) })
      } catch (cause) {
        const error = DriadError.from(cause)
        // Our own trouble, as a full disk: it comes again.
        if (!['bad_message', 'bad_signature', 'bad_usage', 'too_large'].includes(error.code)) throw cause
        logger.warn('A settlement was refused', { reason: error.message })
        await received.taken(error.message)
      }
    }
  }

  /**
   * States all that was earned before the last period ended and is not settled: what an earlier statement had and nobody paid
   * is in the next one, too.
   */
  async #state(periodMs: number, signal: AbortSignal): Promise<void> {
    const { statements, adapter, logger, now = Date.now } = this.#components
    const toMs = Math.floor(now() / periodMs) * periodMs
    for (const { requester, sinceMs } of statements.debtors(toMs)) {
      signal.throwIfAborted()
      const statement =
        statements.stated(requester, toMs) ?? (await statements.issue(requester, { fromMs: sinceMs, toMs }))
      if (statement === undefined) continue
      try {
        await adapter.submit(statement, statements.lines(statement), { signal })
      } catch (error) {
        signal.throwIfAborted()
        logger.warn('A statement could not be handed over; it will be tried again', { requester, error })
      }
    }
  }
}
