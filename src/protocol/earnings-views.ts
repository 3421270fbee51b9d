import type { UnpaidCode } from './payment.ts'

/** What the window sees of money; forms as in `views.ts`. */

export interface LedgerEntryView {
  readonly seq: number
  readonly taskId: string
  readonly direction: 'credit' | 'debit'
  readonly amountMicro: string
  readonly counterparty: string
  readonly state: 'acknowledged' | 'settled'
  readonly model: string
  readonly createdAtMs: number
  readonly hash: string
}

export interface EarningsView {
  readonly balanceMicro: string
  readonly earnedTodayMicro: string
  readonly pendingMicro: string
  readonly pendingTasks: number
  /** Credits whose payers signed for them and have not said that they paid. */
  readonly acknowledgedMicro: string
  /** Credits whose payers signed that they paid. */
  readonly settledMicro: string
  readonly disputedMicro: string
  readonly disputedTasks: number
  /** Given up; what is disputed is not in it. */
  readonly unpaidMicro: string
  readonly unpaidTasks: number
  /** Oldest first, local days, with empty days in between. */
  readonly byDay: readonly {
    readonly day: string
    readonly creditMicro: string
    readonly debitMicro: string
    readonly tasks: number
  }[]
}

/** Amounts by how far their payment has come, each in one of them. Decimal strings of micro-credits. */
export interface PaymentSumsView {
  readonly pendingMicro: string
  readonly acknowledgedMicro: string
  readonly settledMicro: string
  readonly disputedMicro: string
  readonly unpaidMicro: string
  /** Tasks of all of these. */
  readonly tasks: number
}

export interface EarningsDayView extends PaymentSumsView {
  /** `2031-04-09`, in the computer's time zone. */
  readonly day: string
}

/** What was earned by day, by model: amounts that payers signed for. */
export interface EarningsModelDaysView {
  /** Those that earned most in that time, the largest first. */
  readonly models: readonly string[]
  /** Oldest first, empty days too. */
  readonly days: readonly {
    readonly day: string
    /** In the order of `models`. */
    readonly earnedMicro: readonly string[]
    /** Of all other models. */
    readonly otherMicro: string
  }[]
}

export interface EarningsGroupView extends PaymentSumsView {
  /** A model's name, or a requester's peer id. */
  readonly key: string
}

export interface EarningsGroupPage {
  /** The largest first. */
  readonly groups: readonly EarningsGroupView[]
  readonly nextCursor?: string
}

/** A task that ended and brings nothing. */
export interface UnpaidTaskView {
  readonly taskId: string
  readonly title: string
  readonly model: string
  readonly requester: string
  readonly endedAtMs: number
  /** What it would have brought; 0 for a failure. */
  readonly amountMicro: string
  readonly code: UnpaidCode
  /** The code in words, with what is known of this case. */
  readonly reason?: string
}

export interface UnpaidTaskPage {
  /** Newest first. */
  readonly tasks: readonly UnpaidTaskView[]
  readonly nextCursor?: string
}

export interface UnpaidCauseView {
  readonly code: UnpaidCode
  readonly tasks: number
  readonly amountMicro: string
}

/** What one requester may leave unpaid, and does. */
export interface RequesterExposureView {
  readonly requester: string
  /** Has never paid: it shares the strangers' bound. */
  readonly stranger: boolean
  readonly limitMicro: string
  /** Results without a receipt, and tasks that run, as they are expected to come to. */
  readonly openMicro: string
  readonly lostMicro: string
  readonly acknowledgedMicro: string
  readonly results: number
}

export interface ExposureView {
  readonly strangersOpenMicro: string
  readonly strangersLimitMicro: string
  /** Those with most at stake first. */
  readonly requesters: readonly RequesterExposureView[]
  readonly nextCursor?: string
}

/** A statement of what one requester owes for a period. */
export interface StatementView {
  /** Hex SHA-256 of what was signed. */
  readonly hash: string
  /** `credit`: this node issued it. `debit`: this identity confirmed it. */
  readonly direction: 'credit' | 'debit'
  readonly counterparty: string
  readonly fromMs: number
  readonly toMs: number
  readonly entries: number
  readonly totalMicro: string
  readonly createdAtMs: number
  readonly settledAtMs?: number
  /** How it was settled, in the payer's words. */
  readonly reference?: string
}

/** Entries that are known to have been there and are lost. */
export interface LedgerGapView {
  readonly from: number
  readonly to: number
  /** When it was found out. */
  readonly notedAtMs: number
}

export interface LedgerVerificationView {
  readonly ok: boolean
  readonly entries: number
  readonly problems: readonly { readonly seq?: number; readonly message: string }[]
}
