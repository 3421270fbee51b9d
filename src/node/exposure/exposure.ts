import type { ExposureView, RequesterExposureView } from '../../protocol/earnings-views.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import { offsetOf } from '../offset-cursor.ts'
import type { Reader } from '../store/contract.ts'
import {
  type Allowance,
  allowanceOf,
  type ExposureBounds,
  expectedMicro,
  isStranger,
} from './exposure-rule.ts'
import { accountsAtStake, readAccount, strangersOpenMicro } from './requester-accounts.ts'

/** What a stranger leaves unpaid weighs on all strangers for so long; then it weighs on itself alone. */
const STRANGERS_WINDOW_MS = 24 * 3_600_000

export interface ExposureComponents {
  readonly store: Reader
  /** As the settings are now. */
  readonly bounds: () => ExposureBounds
  /** Who pays for each task that was taken and has not ended. */
  readonly inFlight: () => Iterable<{ readonly requester: string }>
  /** Prices of the models that are served. */
  readonly prices: () => readonly Price[]
  readonly now?: () => number
}

export interface ExposureInit {
  /** A result that the requester no longer wanted counts against it for this long. */
  readonly supersededForMs: number
}

/** How much this node works for whom before it is paid. Reads what is on disk, and counts what runs. */
export class Exposure {
  readonly #components: ExposureComponents
  readonly #init: ExposureInit

  constructor(components: ExposureComponents, init: ExposureInit) {
    this.#components = components
    this.#init = init
  }

  allowance(requester: string): Allowance {
    const { store, bounds, prices, now = Date.now } = this.#components
    const supersededSinceMs = now() - this.#init.supersededForMs
    const dearest = dearestOf(prices())
    const account = readAccount(store, requester, supersededSinceMs)
    const expected = expectedMicro(account, dearest)
    const running = this.#inFlight()
    let openMicro = 0n
    let inFlightMicro = 0n
    if (isStranger(account)) {
      openMicro = strangersOpenMicro(store, now() - STRANGERS_WINDOW_MS)
      for (const [other, count] of running) {
        const found = other === requester ? account : readAccount(store, other, supersededSinceMs)
        if (isStranger(found)) inFlightMicro += BigInt(count) * expectedMicro(found, dearest)
      }
    }
    const pot = { openMicro, inFlightMicro }
    return allowanceOf(account, running.get(requester) ?? 0, expected, pot, bounds())
  }

  /** Throws `unpaid_limit` if no further task may be taken from the requester; it says which bound is reached. */
  require(requester: string): void {
    const { tasks, reached, limitMicro, openMicro } = this.allowance(requester)
    if (tasks > 0) return
    if (reached === 'strangers') {
      const message =
        'What this node does for requesters that have not paid yet is used up. Pay for a result, or try again later'
      throw new DriadError('unpaid_limit', message)
    }
    const message =
      limitMicro === 0n
        ? 'Too many results of this requester were never paid. Send their receipts'
        : `Results and tasks of this requester for ${openMicro} micro-credits have no receipt yet; this node leaves at most ${limitMicro} open`
    throw new DriadError('unpaid_limit', message)
  }

  /**
   * Requesters with most at stake first, and what strangers have used of what they share. Throws `bad_usage` for a cursor that
   * is not one of ours.
   */
  view(limit: number, cursor?: string): ExposureView {
    const { store, bounds, now = Date.now } = this.#components
    const offset = offsetOf(cursor)
    const found = accountsAtStake(store, limit + 1, offset)
    const requesters = found.slice(0, limit).map((requester): RequesterExposureView => {
      const account = readAccount(store, requester, now() - this.#init.supersededForMs)
      const { limitMicro, openMicro } = this.allowance(requester)
      return {
        requester,
        stranger: isStranger(account),
        limitMicro: String(limitMicro),
        openMicro: String(openMicro),
        lostMicro: String(account.lostMicro),
        acknowledgedMicro: String(account.acknowledgedMicro),
        results: account.results,
      }
    })
    return {
      strangersOpenMicro: String(strangersOpenMicro(store, now() - STRANGERS_WINDOW_MS)),
      strangersLimitMicro: String(bounds().strangersMicro),
      requesters,
      ...(found.length > limit && { nextCursor: String(offset + limit) }),
    }
  }

  #inFlight(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { requester } of this.#components.inFlight()) {
      counts.set(requester, (counts.get(requester) ?? 0) + 1)
    }
    return counts
  }
}

function dearestOf(prices: readonly Price[]): Price {
  const max = (a: bigint, b: bigint) => (a > b ? a : b)
  return prices.reduce(
    (dearest, price) => ({
      promptMicroPer1k: max(dearest.promptMicroPer1k, price.promptMicroPer1k),
      completionMicroPer1k: max(dearest.completionMicroPer1k, price.completionMicroPer1k),
    }),
    { promptMicroPer1k: 0n, completionMicroPer1k: 0n },
  )
}
