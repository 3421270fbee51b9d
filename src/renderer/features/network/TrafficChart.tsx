import { CompositeChart } from '@mantine/charts'
import { useMemo } from 'react'
import { t } from '../../../locales/translate.ts'
import type { TrafficView } from '../../../protocol/network-views.ts'
import charts from '../../components/charts.module.css'
import { axisTicks } from '../../format/scale.ts'
import { clock } from '../../format/time.ts'
import { byteRate } from './network-words.ts'

/** Where nothing goes on, the axis still has a scale; an idle node's pings do not look like a storm. */
const LEAST_TOP = 1_000

/** Bytes a second, in and out, over the last minutes. Takes the height of what it is in. */
export function TrafficChart({ traffic }: { readonly traffic: TrafficView }) {
  const series = useMemo(() => chartPoints(traffic), [traffic])
  const ticks = axisTicks(Math.max(LEAST_TOP, ...series.flatMap(({ received, sent }) => [received, sent])), 2)
  return (
    <div role="img" aria-label={summary(traffic)} style={{ height: '100%' }}>
      <CompositeChart
        h="100%"
        data={series}
        dataKey="at"
        withDots={false}
        curveType="monotone"
        gridAxis="x"
        tickLine="none"
        yAxisProps={{
          width: 68,
          ticks,
          domain: [0, ticks.at(-1) ?? 1],
          tickFormatter: byteRate,
        }}
        xAxisProps={{ ticks: minuteTicks(series), interval: 0, tickMargin: 6, tickFormatter: ageOf(series) }}
        series={[
          { name: 'received', color: 'var(--driad-chart-spent)', type: 'area' },
          { name: 'sent', color: 'var(--driad-waiting)', type: 'line' },
        ]}
        areaProps={{ isAnimationActive: false, fillOpacity: 0.18, strokeWidth: 1.8 }}
        lineProps={{ isAnimationActive: false, strokeWidth: 1.6 }}
        tooltipAnimationDuration={0}
        tooltipProps={{
          isAnimationActive: false,
          content: ({ payload }) => <PointTip point={payload?.[0]?.payload as ChartPoint | undefined} />,
        }}
        composedChartProps={{ accessibilityLayer: false, margin: { top: 6, right: 16, bottom: 0, left: 0 } }}
      />
    </div>
  )
}

interface ChartPoint {
  readonly at: number
  readonly received: number
  readonly sent: number
  readonly [key: string]: unknown
}

/** The newest point is under way, and would always look like a fall: it is left out. */
function chartPoints({ points, intervalMs }: TrafficView): ChartPoint[] {
  return points.slice(0, -1).map(({ atMs, receivedBytes, sentBytes }) => ({
    at: atMs,
    received: (receivedBytes / intervalMs) * 1_000,
    sent: (sentBytes / intervalMs) * 1_000,
  }))
}

const MINUTES = [4, 3, 2, 1, 0]

function minuteTicks(series: readonly ChartPoint[]): number[] {
  const perMinute = 12
  return MINUTES.flatMap((minutes) => series.at(-1 - minutes * perMinute)?.at ?? [])
}

function ageOf(series: readonly ChartPoint[]): (at: number) => string {
  const newest = series.at(-1)?.at ?? 0
  return (at) => {
    const minutes = Math.round((newest - at) / 60_000)
    return minutes === 0 ? t('network:traffic.now') : t('network:traffic.minutes', { minutes })
  }
}

function summary({ receivedPerSecond, sentPerSecond }: TrafficView): string {
  return t('network:traffic.summary', {
    received: byteRate(receivedPerSecond),
    sent: byteRate(sentPerSecond),
  })
}

function PointTip({ point }: { readonly point: ChartPoint | undefined }) {
  if (point === undefined) return null
  return (
    <div className={charts.tip}>
      <b>{clock(point.at)}</b>
      <span>{t('network:traffic.in', { rate: byteRate(point.received) })}</span>
      <span>{t('network:traffic.out', { rate: byteRate(point.sent) })}</span>
    </div>
  )
}
