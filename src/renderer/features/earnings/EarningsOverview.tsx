import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { EarningsView } from '../../../protocol/earnings-views.ts'
import { useTRPC } from '../../api/client.ts'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Panel } from '../../components/Panel.tsx'
import type { DayRange } from './day-range.ts'
import classes from './EarningsOverview.module.css'
import type { EarningsFilter } from './earnings-filter.ts'
import { LedgerGaps } from './LedgerGaps.tsx'
import { Ranking } from './Ranking.tsx'
import { Standing } from './Standing.tsx'
import { SUMMARY_DAYS } from './summary-days.ts'

const ByDay = lazy(async () => ({ default: (await import('./ByDay.tsx')).ByDay }))

export interface EarningsOverviewProps {
  readonly filter: EarningsFilter
  readonly onFilter: (filter: EarningsFilter) => void
}

/** Balance and payment at a glance, then by day, by model and by requester. */
export function EarningsOverview({ filter, onFilter }: EarningsOverviewProps) {
  const [range, setRange] = useState<DayRange>('30')
  const { data, error, refetch } = useQuery(useTRPC().earnings.summary.queryOptions({ days: SUMMARY_DAYS }))
  const earnings: EarningsView | undefined = data
  return (
    <>
      <LedgerGaps />
      {earnings !== undefined ? (
        <Standing earnings={earnings} />
      ) : error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Panel label={t('earnings:standing.balance')}>
          <LoadingRows rows={3} />
        </Panel>
      )}
      <Suspense fallback={<div className={classes.chartRoom} />}>
        <ByDay range={range} onRange={setRange} filter={filter} onFilter={onFilter} />
      </Suspense>
      <div className={classes.rankings}>
        <Ranking by="model" range={range} filter={filter} onFilter={onFilter} />
        <Ranking by="requester" range={range} filter={filter} onFilter={onFilter} />
      </div>
    </>
  )
}
