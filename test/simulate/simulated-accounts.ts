import {
  allowanceOf,
  type ExposureBounds,
  expectedMicro,
  isStranger,
  LEAST_COUNTED_MICRO,
  noAccount,
  type RequesterAccount,
} from '../../src/node/exposure/exposure-rule.ts'
import type { Price } from '../../src/protocol/money.ts'

/** What requesters left unpaid at one node: the real rule, over a map instead of a table. */
export class SimulatedAccounts {
  readonly #dearest: Price
  readonly #bounds: ExposureBounds
  readonly #accounts = new Map<string, RequesterAccount>()
  /** Of all that never paid. */
  #strangersMicro = 0n

  constructor(prices: readonly Price[], bounds: ExposureBounds) {
    const dearest = (part: keyof Price) =>
      prices
        .map((price) => price[part])
        .reduce((most, one) => {
          if (one > most) return one
          return most
        }, 0n)
    this.#dearest = {
      promptMicroPer1k: dearest('promptMicroPer1k'),
      completionMicroPer1k: dearest('completionMicroPer1k'),
    }
    this.#bounds = bounds
  }

  /** A result is ready. */
  done(payer: string, amountMicro: bigint): void {
    const counted = countedMicro(amountMicro)
    const account = this.#of(payer)
    if (isStranger(account)) this.#strangersMicro += counted
    this.#accounts.set(payer, {
      ...account,
      results: account.results + 1,
      resultsMicro: account.resultsMicro + counted,
      waitingMicro: account.waitingMicro + counted,
    })
  }

  paid(payer: string, amountMicro: bigint): void {
    const counted = countedMicro(amountMicro)
    const account = this.#of(payer)
    if (isStranger(account)) this.#strangersMicro -= account.waitingMicro
    this.#accounts.set(payer, {
      ...account,
      waitingMicro: account.waitingMicro - counted,
      acknowledgedMicro: account.acknowledgedMicro + counted,
    })
  }

  /** What it has not paid, with the least that each result counts with. */
  unpaidMicro(payer: string): bigint {
    return this.#of(payer).waitingMicro
  }

  /** How many more tasks may be taken from it, given the tasks of each payer that have not ended. */
  allowance(payer: string, inFlight: ReadonlyMap<string, number>): number {
    let inFlightMicro = 0n
    for (const [other, count] of inFlight) {
      const account = this.#of(other)
      if (isStranger(account)) inFlightMicro += BigInt(count) * expectedMicro(account, this.#dearest)
    }
    const account = this.#of(payer)
    const expected = expectedMicro(account, this.#dearest)
    const pot = { openMicro: this.#strangersMicro, inFlightMicro }
    return allowanceOf(account, inFlight.get(payer) ?? 0, expected, pot, this.#bounds).tasks
  }

  #of(payer: string): RequesterAccount {
    return this.#accounts.get(payer) ?? noAccount
  }
}

function countedMicro(amountMicro: bigint): bigint {
  return amountMicro > LEAST_COUNTED_MICRO ? amountMicro : LEAST_COUNTED_MICRO
}
