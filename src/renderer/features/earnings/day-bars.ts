import { t } from '../../../locales/translate.ts'
import type {
  EarningsDayView,
  EarningsModelDaysView,
  EarningsView,
} from '../../../protocol/earnings-views.ts'
import { type PaymentStage, paymentStages } from './payment-stages.ts'

/** One colour of a chart by day. */
export interface DaySeries {
  readonly id: string
  readonly label: string
  readonly color: string
}

/** What a chart by day draws: amounts in micro-credits, by the ids of the series. */
export interface DayBars {
  readonly series: readonly DaySeries[]
  readonly days: readonly { readonly day: string; readonly micro: Readonly<Record<string, string>> }[]
  /** On top of one another; side by side otherwise. */
  readonly stacked: boolean
}

/** Models with a colour of their own. */
export const TOP_MODELS = 4

/** Models are numbered, for a name may be anything, and an id names a field of the chart's rows. */
export function modelBars({ models, days }: EarningsModelDaysView): DayBars {
  const hasOthers = days.some(({ otherMicro }) => otherMicro !== '0')
  return {
    stacked: true,
    series: [
      ...models.map((label, rank) => ({
        id: `model-${rank}`,
        label,
        color: `var(--driad-chart-rank-${rank + 1})`,
      })),
      ...(hasOthers
        ? [{ id: 'others', label: t('earnings:byDay.others'), color: 'var(--driad-chart-others)' }]
        : []),
    ],
    days: days.map(({ day, earnedMicro, otherMicro }) => ({
      day,
      micro: {
        ...Object.fromEntries(earnedMicro.map((micro, rank) => [`model-${rank}`, micro])),
        others: otherMicro,
      },
    })),
  }
}

const stageColors: Readonly<Record<PaymentStage, string>> = {
  settled: 'var(--driad-chart-earned)',
  acknowledged: 'var(--driad-chart-rank-2)',
  pending: 'var(--driad-chart-waiting)',
  disputed: 'var(--driad-chart-attention)',
  unpaid: 'color-mix(in srgb, var(--driad-chart-attention) 55%, var(--driad-panel))', // not words
}

/** Stages that nothing is in are left out. */
export function paymentBars(days: readonly EarningsDayView[]): DayBars {
  const shown = paymentStages.filter(({ id }) => days.some((day) => day[`${id}Micro`] !== '0'))
  return {
    stacked: true,
    series: shown.map(({ id }) => ({
      id,
      label: t(`earnings:stage.${id}.inline`),
      color: stageColors[id],
    })),
    days: days.map((day) => ({
      day: day.day,
      micro: Object.fromEntries(shown.map(({ id }) => [id, day[`${id}Micro`]])),
    })),
  }
}

export function spendingBars({ byDay }: Pick<EarningsView, 'byDay'>): DayBars {
  return {
    stacked: false,
    series: [
      { id: 'earned', label: t('earnings:byDay.earned'), color: 'var(--driad-chart-earned)' },
      { id: 'spent', label: t('earnings:byDay.spent'), color: 'var(--driad-chart-spent)' },
    ],
    days: byDay.map(({ day, creditMicro, debitMicro }) => ({
      day,
      micro: { earned: creditMicro, spent: debitMicro },
    })),
  }
}

export function isEmpty({ days }: DayBars): boolean {
  return days.every(({ micro }) => Object.values(micro).every((amount) => amount === '0'))
}
