import type { PaymentSumsView } from '../../../protocol/earnings-views.ts'
import type { Tone } from '../../format/task-words.ts'

/** How far a payment has come, in the order in which it gets there, and what may become of it instead. */
export const paymentStages = [
  { id: 'settled', label: 'Settled', tone: 'earned', hint: 'the payer signed that it has paid' },
  { id: 'acknowledged', label: 'Signed for', tone: 'earned', hint: 'the payer signed a receipt' },
  { id: 'pending', label: 'On its way', tone: 'waiting', hint: 'done, and the receipt is awaited' },
  { id: 'disputed', label: 'Disputed', tone: 'attention', hint: 'the requester signed why it does not pay' },
  { id: 'unpaid', label: 'Not paid', tone: 'attention', hint: 'done, and given up' },
] as const satisfies readonly { id: string; label: string; tone: Tone; hint: string }[]

export type PaymentStage = (typeof paymentStages)[number]['id']

/** Micro-credits in each stage. */
export type StageAmounts = Readonly<Record<PaymentStage, bigint>>

export function stageAmounts(
  sums: Pick<
    PaymentSumsView,
    'settledMicro' | 'acknowledgedMicro' | 'pendingMicro' | 'disputedMicro' | 'unpaidMicro'
  >,
): StageAmounts {
  return {
    settled: BigInt(sums.settledMicro),
    acknowledged: BigInt(sums.acknowledgedMicro),
    pending: BigInt(sums.pendingMicro),
    disputed: BigInt(sums.disputedMicro),
    unpaid: BigInt(sums.unpaidMicro),
  }
}

export function totalOf(amounts: StageAmounts): bigint {
  return Object.values(amounts).reduce((sum, micro) => sum + micro, 0n)
}
