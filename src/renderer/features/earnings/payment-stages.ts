import type { PaymentSumsView } from '../../../protocol/earnings-views.ts'
import type { Tone } from '../../format/task-words.ts'

/** How far a payment has come, in the order in which it gets there, and what may become of it instead. */
export const paymentStages = [
  { id: 'settled', tone: 'earned' },
  { id: 'acknowledged', tone: 'earned' },
  { id: 'pending', tone: 'waiting' },
  { id: 'disputed', tone: 'attention' },
  { id: 'unpaid', tone: 'attention' },
] as const satisfies readonly { id: string; tone: Tone }[]

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
