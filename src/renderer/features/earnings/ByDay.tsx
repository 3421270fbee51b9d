import { BarChart } from '@mantine/charts'
import { useMemo, useState } from 'react'
import type { EarningsView } from '../../../protocol/earnings-views.ts'
import { Panel } from '../../components/Panel.tsx'
import { Segmented } from '../../components/Segmented.tsx'
import { chartCredits, exactCredits, shortCredits, sumMicro } from '../../format/credits.ts'
import { plural, short } from '../../format/numbers.ts'
import { axisTicks } from '../../format/scale.ts'
import { dayLabel } from '../../format/time.ts'
import classes from './ByDay.module.css'

const ranges = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
] as const
type Range = (typeof ranges)[number]['value']

type Day = EarningsView['byDay'][number]

/** Earned and spent, day by day. */
export function ByDay({ days }: { readonly days: readonly Day[] }) {
  const [range, setRange] = useState<Range>('30')
  const shown = useMemo(() => days.slice(-Number(range)), [days, range])
  const bars = useMemo(
    () =>
      shown.map((day) => ({
        label: dayLabel(day.day),
        earned: chartCredits(day.creditMicro),
        spent: chartCredits(day.debitMicro),
        day,
      })),
    [shown],
  )
  const ticks = axisTicks(Math.max(...bars.flatMap((bar) => [bar.earned, bar.spent])), 2)
  const earnedMicro = sumMicro(shown.map((day) => day.creditMicro))
  const spentMicro = sumMicro(shown.map((day) => day.debitMicro))
  return (
    <Panel
      title="By day"
      aside={
        <>
          <ul className={classes.legend}>
            <li>
              <i data-series="earned" aria-hidden /> <b>{shortCredits(earnedMicro)}</b> earned
            </li>
            <li>
              <i data-series="spent" aria-hidden /> <b>{shortCredits(spentMicro)}</b> spent
            </li>
          </ul>
          <Segmented label="Days shown" value={range} options={ranges} onChange={setRange} />
        </>
      }
    >
      <div
        role="img"
        className={classes.chart}
        aria-label={`Last ${range} days: ${exactCredits(earnedMicro)} credits earned, ${exactCredits(spentMicro)} spent`}
      >
        <BarChart
          h={128}
          data={bars}
          dataKey="label"
          gridAxis="x"
          tickLine="none"
          maxBarWidth={22}
          series={[
            { name: 'earned', label: 'earned', color: 'var(--driad-chart-earned)' },
            { name: 'spent', label: 'spent', color: 'var(--driad-chart-spent)' },
          ]}
          valueFormatter={short}
          yAxisProps={{ width: 44, ticks, domain: [0, ticks.at(-1) ?? 1] }}
          xAxisProps={{ interval: 'equidistantPreserveStart', minTickGap: 22, tickMargin: 5 }}
          barProps={{ isAnimationActive: false, radius: [3, 3, 0, 0] }}
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
              <DayTip day={(payload?.[0]?.payload as { day?: Day } | undefined)?.day} />
            ),
          }}
        />
      </div>
    </Panel>
  )
}

function DayTip({ day }: { readonly day: Day | undefined }) {
  if (day === undefined) return null
  return (
    <div className={classes.tip}>
      <b>{dayLabel(day.day)}</b>
      <span>{exactCredits(day.creditMicro)} earned</span>
      <span>{exactCredits(day.debitMicro)} spent</span>
      <span>{plural(day.tasks, 'task')}</span>
    </div>
  )
}
