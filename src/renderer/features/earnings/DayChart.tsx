import { BarChart } from '@mantine/charts'
import { t } from '../../../locales/translate.ts'
import charts from '../../components/charts.module.css'
import { chartCredits, exactCredits, shortCredits, sumMicro } from '../../format/credits.ts'
import { short } from '../../format/numbers.ts'
import { axisTicks } from '../../format/scale.ts'
import { dayLabel } from '../../format/time.ts'
import classes from './DayChart.module.css'
import type { DayBars, DaySeries } from './day-bars.ts'

/** Bars of credits, day by day. Its words stand in the label, so it is one picture to screen readers. */
export function DayChart({ bars, label }: { readonly bars: DayBars; readonly label: string }) {
  const { series, days, stacked } = bars
  const data = days.map((day) => ({
    label: dayLabel(day.day),
    day,
    ...Object.fromEntries(series.map(({ id }) => [id, chartCredits(day.micro[id] ?? '0')])),
  }))
  const heights = days.map(({ micro }) => {
    const parts = series.map(({ id }) => chartCredits(micro[id] ?? '0'))
    return stacked ? parts.reduce((sum, part) => sum + part, 0) : Math.max(0, ...parts)
  })
  const ticks = axisTicks(Math.max(0, ...heights), 2)
  return (
    <div role="img" className={charts.chart} aria-label={label}>
      <BarChart
        h={150}
        data={data}
        dataKey="label"
        type={stacked ? 'stacked' : 'default'}
        gridAxis="x"
        tickLine="none"
        maxBarWidth={22}
        series={series.map(({ id, label: name, color }) => ({ name: id, label: name, color }))}
        valueFormatter={short}
        yAxisProps={{ width: 54, ticks, domain: [0, ticks.at(-1) ?? 1] }}
        xAxisProps={{ interval: 'equidistantPreserveStart', minTickGap: 22, tickMargin: 5 }}
        barProps={{ isAnimationActive: false, radius: 2 }}
        barChartProps={{
          accessibilityLayer: false,
          barGap: 1,
          margin: { top: 4, right: 0, bottom: 0, left: 0 },
        }}
        tooltipAnimationDuration={0}
        cursorFill="var(--driad-raise)"
        tooltipProps={{
          isAnimationActive: false,
          content: ({ payload }) => (
            <DayTip series={series} day={(payload?.[0]?.payload as { day?: DayBars['days'][number] })?.day} />
          ),
        }}
      />
    </div>
  )
}

/** What the colours mean, with the sums of all days shown. */
export function DayLegend({ bars: { series, days } }: { readonly bars: DayBars }) {
  return (
    <ul className={`${charts.legend} ${classes.legend}`}>
      {series.map(({ id, label, color }) => (
        <li key={id}>
          <i style={{ background: color }} aria-hidden />
          <span className={classes.name} title={label}>
            {label}
          </span>
          <b>{shortCredits(sumMicro(days.map(({ micro }) => micro[id] ?? '0')))}</b>
        </li>
      ))}
    </ul>
  )
}

function DayTip({
  series,
  day,
}: {
  readonly series: readonly DaySeries[]
  readonly day: DayBars['days'][number] | undefined
}) {
  if (day === undefined) return null
  return (
    <div className={charts.tip}>
      <b>{dayLabel(day.day)}</b>
      {series.map(({ id, label, color }) => (
        <span key={id}>
          <i style={{ background: color }} aria-hidden />{' '}
          {t('earnings:byDay.point', { amount: exactCredits(day.micro[id] ?? '0'), name: label })}
        </span>
      ))}
    </div>
  )
}
