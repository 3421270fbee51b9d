import { Button } from '@mantine/core'
import { IconChartBar, IconX } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type {
  EarningsDayView,
  EarningsModelDaysView,
  EarningsView,
} from '../../../protocol/earnings-views.ts'
import { useTRPC } from '../../api/client.ts'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Panel } from '../../components/Panel.tsx'
import { Segmented } from '../../components/Segmented.tsx'
import { exactCredits, sumMicro } from '../../format/credits.ts'
import { shortIdentifier } from '../../format/identifiers.ts'
import classes from './ByDay.module.css'
import { DayChart, DayLegend } from './DayChart.tsx'
import { type DayBars, isEmpty, modelBars, paymentBars, spendingBars, TOP_MODELS } from './day-bars.ts'
import { type DayRange, dayRanges } from './day-range.ts'
import type { EarningsFilter } from './earnings-filter.ts'

const kinds = [
  { value: 'models', label: 'Models' },
  { value: 'payment', label: 'Payment' },
  { value: 'spending', label: 'Spending' },
] as const
type Kind = (typeof kinds)[number]['value']

export interface ByDayProps {
  readonly range: DayRange
  readonly onRange: (range: DayRange) => void
  readonly filter: EarningsFilter
  readonly onFilter: (filter: EarningsFilter) => void
}

/** What each day brought: by model, by how far its payment has come, or beside what was spent. */
export function ByDay({ range, onRange, filter, onFilter }: ByDayProps) {
  const [chosen, setKind] = useState<Kind>('models')
  const isFiltered = filter.model !== undefined || filter.requester !== undefined
  // What one spends is nobody's of those whom one works for.
  const kind = isFiltered && chosen === 'spending' ? 'models' : chosen
  const { bars, error, retry } = useDayBars(kind, Number(range), filter)
  return (
    <Panel
      title="Credits by day"
      aside={
        <>
          <FilterMarks filter={filter} onFilter={onFilter} />
          <Segmented
            label="What is drawn"
            value={kind}
            options={isFiltered ? kinds.slice(0, 2) : kinds}
            onChange={setKind}
          />
          <Segmented label="Days shown" value={range} options={dayRanges} onChange={onRange} />
        </>
      }
    >
      <div className={classes.room}>
        {bars !== undefined ? (
          isEmpty(bars) ? (
            <EmptyState icon={IconChartBar} title="Nothing in these days">
              What you earn stands here as soon as a requester signs for a result.
            </EmptyState>
          ) : (
            <>
              <DayLegend bars={bars} />
              <DayChart bars={bars} label={summary(bars, range)} />
            </>
          )
        ) : error !== null ? (
          <ErrorState error={error} onRetry={retry} />
        ) : (
          <LoadingRows rows={5} />
        )}
      </div>
    </Panel>
  )
}

function useDayBars(
  kind: Kind,
  days: number,
  filter: EarningsFilter,
): { readonly bars: DayBars | undefined; readonly error: unknown; readonly retry: () => void } {
  const trpc = useTRPC()
  const shared = { placeholderData: keepPreviousData } as const
  const models = useQuery(
    trpc.earnings.modelDays.queryOptions(
      { days, top: TOP_MODELS, ...filter },
      { ...shared, enabled: kind === 'models' },
    ),
  )
  const payment = useQuery(
    trpc.earnings.days.queryOptions({ days, ...filter }, { ...shared, enabled: kind === 'payment' }),
  )
  const spending = useQuery(
    trpc.earnings.summary.queryOptions({ days }, { ...shared, enabled: kind === 'spending' }),
  )
  const byModel: EarningsModelDaysView | undefined = models.data
  const byStage: readonly EarningsDayView[] | undefined = payment.data
  const spent: EarningsView | undefined = spending.data
  switch (kind) {
    case 'models':
      return { bars: byModel && modelBars(byModel), error: models.error, retry: () => void models.refetch() }
    case 'payment':
      return {
        bars: byStage && paymentBars(byStage),
        error: payment.error,
        retry: () => void payment.refetch(),
      }
    case 'spending':
      return {
        bars: spent && spendingBars(spent),
        error: spending.error,
        retry: () => void spending.refetch(),
      }
  }
}

/** What is filtered by, each with the button that takes it away. */
function FilterMarks({ filter, onFilter }: Pick<ByDayProps, 'filter' | 'onFilter'>) {
  const { model, requester } = filter
  return (
    <>
      {model !== undefined && (
        <Button
          rightSection={<IconX aria-hidden size={13} />}
          aria-label={`Only ${model}: show all models`}
          onClick={() => onFilter({ ...filter, model: undefined })}
          maw={200}
        >
          {model}
        </Button>
      )}
      {requester !== undefined && (
        <Button
          rightSection={<IconX aria-hidden size={13} />}
          aria-label={`Only ${shortIdentifier(requester)}: show all requesters`}
          onClick={() => onFilter({ ...filter, requester: undefined })}
          ff="monospace"
        >
          {shortIdentifier(requester)}
        </Button>
      )}
    </>
  )
}

function summary({ series, days }: DayBars, range: DayRange): string {
  const sums = series.map(
    ({ id, label }) => `${label} ${exactCredits(sumMicro(days.map(({ micro }) => micro[id] ?? '0')))}`,
  )
  return `Last ${range} days, in credits: ${sums.length === 0 ? 'nothing' : sums.join(', ')}`
}
