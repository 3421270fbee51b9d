import { BarChart } from '@mantine/charts'
import type { BenchmarkView } from '../../../../protocol/benchmark-views.ts'
import { plural, rate } from '../../../format/numbers.ts'
import classes from './Benchmark.module.css'

/** Tokens a second of reading and of writing, in bars. */
export function BenchmarkChart({ benchmark }: { readonly benchmark: BenchmarkView }) {
  const { promptTokensPerSecond, tokensPerSecond, allSlotsTokensPerSecond, slots } = benchmark
  const data = [
    { what: 'Reading a prompt', speed: promptTokensPerSecond },
    { what: 'Writing, one task', speed: tokensPerSecond },
    ...(slots > 1
      ? [{ what: `Writing, ${plural(slots, 'task')} at once`, speed: allSlotsTokensPerSecond }]
      : []),
  ]
  const summary = data.map(({ what, speed }) => `${what}: ${rate(speed)} tokens/s`).join('; ')
  return (
    <div role="img" aria-label={summary} className={classes.chart} style={{ height: 44 * data.length }}>
      <BarChart
        h="100%"
        data={data}
        dataKey="what"
        orientation="vertical"
        series={[{ name: 'speed', color: 'var(--driad-chart-earned)' }]}
        withXAxis={false}
        gridAxis="none"
        tickLine="none"
        withTooltip={false}
        withBarValueLabel
        maxBarWidth={14}
        yAxisProps={{ width: 162, tickMargin: 8 }}
        valueFormatter={(value) => `${rate(value)} tokens/s`}
        valueLabelProps={{ position: 'right', fill: 'var(--driad-text)' }}
        barProps={{ isAnimationActive: false, radius: 3, minPointSize: 2 }}
        barChartProps={{ accessibilityLayer: false, margin: { top: 0, right: 104, bottom: 0, left: 0 } }}
      />
    </div>
  )
}
