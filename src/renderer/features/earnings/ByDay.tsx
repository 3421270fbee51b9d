import { Button } from '@mantine/core'
import { IconChartBar, IconX } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
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
import { listed } from '../../format/lists.ts'
import classes from './ByDay.module.css'
import { DayChart, DayLegend } from './DayChart.tsx'
import { type DayBars, isEmpty, modelBars, paymentBars, spendingBars, TOP_MODELS } from './day-bars.ts'
import { type DayRange, dayRanges } from './day-range.ts'
import type { EarningsFilter } from './earnings-filter.ts'

const kinds = ['models', 'payment', 'spending'] as const
type Kind = (typeof kinds)[number]

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
      title={t('earnings:byDay.title')}
      aside={
        <>
          <FilterMarks filter={filter} onFilter={onFilter} />
          <Segmented
            label={t('earnings:byDay.kind.label')}
            value={kind}
            options={(isFiltered ? kinds.slice(0, 2) : kinds).map((value) => ({
              value,
              label: t(`earnings:byDay.kind.${value}`),
            }))}
            onChange={setKind}
          />
          <Segmented
            label={t('earnings:byDay.range.label')}
            value={range}
            options={dayRanges.map((value) => ({
              value,
              label: t('earnings:byDay.range.days', { count: Number(value) }),
            }))}
            onChange={onRange}
          />
        </>
      }
    >
      <div className={classes.room}>
        {bars !== undefined ? (
          isEmpty(bars) ? (
            <EmptyState icon={IconChartBar} title={t('earnings:byDay.empty')}>
              {t('earnings:byDay.emptyMore')}
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
          aria-label={t('earnings:byDay.onlyModel', { name: model })}
          onClick={() => onFilter({ ...filter, model: undefined })}
          maw={200}
        >
          {model}
        </Button>
      )}
      {requester !== undefined && (
        <Button
          rightSection={<IconX aria-hidden size={13} />}
          aria-label={t('earnings:byDay.onlyRequester', { name: shortIdentifier(requester) })}
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
  const sums = series.map(({ id, label }) =>
    t('earnings:stage.of', {
      stage: label,
      amount: exactCredits(sumMicro(days.map(({ micro }) => micro[id] ?? '0'))),
    }),
  )
  return t('earnings:byDay.summary', {
    days: range,
    sums: sums.length === 0 ? t('earnings:byDay.nothing') : listed(sums),
  })
}
