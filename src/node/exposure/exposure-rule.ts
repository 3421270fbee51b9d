import { amountMicro, type Price } from '../../protocol/money.ts'

/** What the operator is ready to lose, in micro-credits. */
export interface ExposureBounds {
  /** That a requester may leave unpaid before it has paid anything, and what its own bound grows from. */
  readonly startMicro: bigint
  /** That no requester's bound grows beyond. */
  readonly maxMicro: bigint
  /** That all requesters without a history may leave unpaid together. */
  readonly strangersMicro: bigint
}

export const defaultExposureBounds: ExposureBounds = {
  startMicro: 2_000_000n,
  maxMicro: 200_000_000n,
  strangersMicro: 20_000_000n,
}

/** Of what a requester signed for, so much is added to its bound. */
const GROWTH_PERCENT = 25n
/** Of what it never paid, so much is taken off. */
const LOSS_PERCENT = 200n
/** Each result counts with at least this (as in the table `requester_accounts`): free ones cannot be left unpaid for ever. */
export const LEAST_COUNTED_MICRO = 10_000n
/** And at most with this, so that no sum overflows. */
export const MOST_COUNTED_MICRO = 1_000_000_000_000n
/** What a task is expected to cost while nothing of the requester has ended, by the dearest model that is served. */
const USUAL_TOKENS = { promptTokens: 1_000, completionTokens: 1_000 }

/** What is known of one requester. Amounts count as in the table `requester_accounts`. */
export interface RequesterAccount {
  readonly results: number
  readonly resultsMicro: bigint
  /** Receipts are due. */
  readonly waitingMicro: bigint
  /** Not wanted any more after they were done, not long ago. */
  readonly supersededMicro: bigint
  /** Given up, or disputed. */
  readonly lostMicro: bigint
  readonly acknowledgedMicro: bigint
}

export const noAccount: RequesterAccount = {
  results: 0,
  resultsMicro: 0n,
  waitingMicro: 0n,
  supersededMicro: 0n,
  lostMicro: 0n,
  acknowledgedMicro: 0n,
}

/** Has never signed for anything: one of many that cost nothing to make up. */
export function isStranger(account: RequesterAccount): boolean {
  return account.acknowledgedMicro === 0n
}

/** What a requester may leave unpaid: it grows with what it paid, and shrinks with what it did not, to nothing if need be. */
export function exposureLimitMicro(account: RequesterAccount, bounds: ExposureBounds): bigint {
  const grown = (account.acknowledgedMicro * GROWTH_PERCENT) / 100n
  const lost = (account.lostMicro * LOSS_PERCENT) / 100n
  const limit = bounds.startMicro + grown - lost
  if (limit < 0n) return 0n
  return limit < bounds.maxMicro ? limit : bounds.maxMicro
}

/** What a task that has not ended counts with: what this requester's came to so far, on average. */
export function expectedMicro(account: RequesterAccount, dearest: Price): bigint {
  const expected =
    account.results > 0 ? account.resultsMicro / BigInt(account.results) : amountMicro(dearest, USUAL_TOKENS)
  return expected > LEAST_COUNTED_MICRO ? expected : LEAST_COUNTED_MICRO
}

/** What requesters without a history have in common. */
export interface StrangersPot {
  /** Of results of the last day that are not paid. */
  readonly openMicro: bigint
  /** Of tasks that have not ended. */
  readonly inFlightMicro: bigint
}

export interface Allowance {
  /** How many more tasks may be taken from it now. */
  readonly tasks: number
  /** Which bound is reached, where `tasks` is 0. */
  readonly reached?: 'requester' | 'strangers'
  readonly limitMicro: bigint
  readonly openMicro: bigint
}

const MOST_TASKS = 1_000_000n

/**
 * How many more tasks may be taken from a requester. While anything is left of its bound and it has no task here, it may have one,
 * whatever that is expected to cost: or a dear model would never be asked for anything.
 */
export function allowanceOf(
  account: RequesterAccount,
  inFlight: number,
  expected: bigint,
  pot: StrangersPot,
  bounds: ExposureBounds,
): Allowance {
  const limitMicro = exposureLimitMicro(account, bounds)
  const openMicro = account.waitingMicro + account.supersededMicro + BigInt(inFlight) * expected
  const own = limitMicro - openMicro
  const common = isStranger(account) ? bounds.strangersMicro - pot.openMicro - pot.inFlightMicro : own
  const left = common < own ? common : own
  const least = left > 0n && inFlight === 0 ? 1n : 0n
  const fitting = left > 0n ? left / expected : 0n
  const tasks = fitting > least ? fitting : least
  const facts = { limitMicro, openMicro }
  if (tasks > 0n) return { ...facts, tasks: Number(tasks < MOST_TASKS ? tasks : MOST_TASKS) }
  return { ...facts, tasks: 0, reached: common < own ? 'strangers' : 'requester' }
}
