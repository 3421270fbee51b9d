import { CompositeChart } from '@mantine/charts'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import type { ThroughputPoint } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import charts from '../../components/charts.module.css'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Panel } from '../../components/Panel.tsx'
import { chartCredits, shortCredits, sumMicro } from '../../format/credits.ts'
import { rate, short } from '../../format/numbers.ts'
import { axisTicks } from '../../format/scale.ts'
import { hourAndMinute } from '../../format/time.ts'
import classes from './LastHour.module.css'

/** What comes is told (LiveUpdates); this only moves the hour on, by one of its points. */
const REFRESH_MS = 60_000

/** Tokens per second, and what they added up to, minute by minute. */
export function LastHour() {
  const { data, error, refetch } = useQuery({
    ...useTRPC().node.throughput.queryOptions(),
    refetchOnMount: 'always',
    refetchInterval: REFRESH_MS,
  })
  const points: readonly ThroughputPoint[] | undefined = data
  const series = useMemo(() => chartPoints(points ?? []), [points])
  const earnedMicro = sumMicro((points ?? []).map((point) => point.earnedMicro))
  const tokens = (points ?? []).reduce((sum, point) => sum + point.tokens, 0)
  const summary = t('overview:hour.summary', { count: tokens, credits: shortCredits(earnedMicro) })

  return (
    <Panel
      title={t('overview:hour.title')}
      aside={
        <ul className={charts.legend}>
          <li>
            <i data-drawn="area" style={{ background: 'var(--driad-chart-earned)' }} aria-hidden />
            <span>
              <Trans
                i18n={i18n}
                t={t}
                i18nKey="overview:hour.tokens"
                values={{ amount: short(tokens) }}
                components={{ amount: <b /> }}
              />
            </span>
          </li>
          <li>
            <i data-drawn="line" style={{ background: 'var(--driad-waiting)' }} aria-hidden />
            <span>
              <Trans
                i18n={i18n}
                t={t}
                i18nKey="overview:hour.credits"
                values={{ amount: shortCredits(earnedMicro) }}
                components={{ amount: <b /> }}
              />
            </span>
          </li>
        </ul>
      }
    >
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : points === undefined ? (
        <LoadingRows rows={5} />
      ) : (
        <>
          <div className={classes.units} aria-hidden>
            <span>{t('overview:hour.perSecond')}</span>
            <span>{t('overview:hour.soFar')}</span>
          </div>
          <div role="img" aria-label={summary} className={`${charts.chart} ${classes.size}`}>
            <CompositeChart
              h="100%"
              data={series}
              dataKey="at"
              withDots={false}
              curveType="monotone"
              strokeWidth={2}
              gridAxis="x"
              tickLine="none"
              withRightYAxis
              yAxisProps={{ width: 38, ...axis(series.map((point) => point.speed)) }}
              rightYAxisProps={{ width: 44, ...axis(series.map((point) => point.credits)) }}
              xAxisProps={{
                ticks: quarterHours(series),
                interval: 0,
                tickMargin: 6,
                padding: { left: 0, right: 0 },
              }}
              valueFormatter={short}
              series={[
                {
                  name: 'speed',
                  label: t('overview:hour.perSecond'),
                  color: 'var(--driad-chart-earned)',
                  type: 'area',
                },
                {
                  name: 'credits',
                  label: t('overview:hour.soFar'),
                  color: 'var(--driad-waiting)',
                  type: 'line',
                  yAxisId: 'right',
                },
              ]}
              areaProps={{ isAnimationActive: false, fillOpacity: 0.18 }}
              lineProps={{ isAnimationActive: false, strokeWidth: 1.8 }}
              tooltipAnimationDuration={0}
              tooltipProps={{
                isAnimationActive: false,
                content: ({ payload }) => (
                  <PointTip point={payload?.[0]?.payload as ChartPoint | undefined} />
                ),
              }}
              composedChartProps={{
                accessibilityLayer: false,
                margin: { top: 6, right: 0, bottom: 0, left: 0 },
              }}
            />
          </div>
        </>
      )}
    </Panel>
  )
}

interface ChartPoint {
  readonly at: string
  readonly speed: number
  readonly credits: number
  readonly [key: string]: unknown
}

function chartPoints(points: readonly ThroughputPoint[]): ChartPoint[] {
  let earnedMicro = 0n
  return points.map((point) => {
    earnedMicro += BigInt(point.earnedMicro)
    return {
      at: hourAndMinute(point.atMs),
      speed: point.tokens / (point.intervalMs / 1_000),
      credits: chartCredits(earnedMicro),
    }
  })
}

/** Axis labels at full quarters of an hour; the data has a point for each minute. */
function quarterHours(series: readonly ChartPoint[]): string[] {
  return series.map((point) => point.at).filter((at) => /:(00|15|30|45)$/.test(at))
}

function axis(values: readonly number[]): { ticks: number[]; domain: [number, number] } {
  const ticks = axisTicks(Math.max(0, ...values), 4)
  return { ticks, domain: [0, ticks.at(-1) ?? 1] }
}

function PointTip({ point }: { readonly point: ChartPoint | undefined }) {
  if (point === undefined) return null
  return (
    <div className={charts.tip}>
      <b>{point.at}</b>
      <span>{t('overview:hour.rateAt', { rate: rate(point.speed) })}</span>
      <span>{t('overview:hour.creditsAt', { credits: point.credits.toFixed(4) })}</span>
    </div>
  )
}
