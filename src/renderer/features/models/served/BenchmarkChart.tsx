import { BarChart } from '@mantine/charts'
import { t } from '../../../../locales/translate.ts'
import type { BenchmarkView } from '../../../../protocol/benchmark-views.ts'
import { rate } from '../../../format/numbers.ts'
import classes from './Benchmark.module.css'

/** Tokens a second of reading and of writing, in bars. */
export function BenchmarkChart({ benchmark }: { readonly benchmark: BenchmarkView }) {
  const { promptTokensPerSecond, tokensPerSecond, allSlotsTokensPerSecond, slots } = benchmark
  const data = [
    { what: t('models-served:benchmark.reading'), speed: promptTokensPerSecond },
    { what: t('models-served:benchmark.writingOne'), speed: tokensPerSecond },
    ...(slots > 1
      ? [{ what: t('models-served:benchmark.writingAll', { count: slots }), speed: allSlotsTokensPerSecond }]
      : []),
  ]
  const summary = data
    .map(({ what, speed }) => t('models-served:benchmark.bar', { what, rate: rate(speed) }))
    .join('; ')
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
        valueFormatter={(value) => t('models:speed', { rate: rate(value) })}
        valueLabelProps={{ position: 'right', fill: 'var(--driad-text)' }}
        barProps={{ isAnimationActive: false, radius: 3, minPointSize: 2 }}
        barChartProps={{ accessibilityLayer: false, margin: { top: 0, right: 104, bottom: 0, left: 0 } }}
      />
    </div>
  )
}
