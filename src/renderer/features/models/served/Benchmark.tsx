import { Button } from '@mantine/core'
import { IconGauge } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import type { BenchmarkView } from '../../../../protocol/benchmark-views.ts'
import { compareBenchmarks } from '../../../../protocol/compare-benchmark.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyDone, notifyFailure } from '../../../app/notify.tsx'
import { Facts } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { bytes, count, plural, rate } from '../../../format/numbers.ts'
import { duration } from '../../../format/time.ts'
import classes from './Benchmark.module.css'

const BenchmarkChart = lazy(async () => ({ default: (await import('./BenchmarkChart.tsx')).BenchmarkChart }))

/** What a model came to when it was measured here, beside machines that others know. */
export function Benchmark({ model }: { readonly model: ModelView }) {
  const { name, benchmark } = model
  const run = useMutation(
    useTRPC().benchmarks.run.mutationOptions({
      onSuccess: (measured) =>
        notifyDone(`${name} was measured`, `It writes ${rate(measured.tokensPerSecond)} tokens/s.`),
      onError: (error) => notifyFailure(error, `${name} could not be measured`),
    }),
  )
  return (
    <div className={classes.benchmark}>
      {benchmark === undefined ? (
        <p className={classes.note}>
          It was not measured yet. That happens by itself after it is loaded for the first time.
        </p>
      ) : (
        <>
          <Suspense fallback={<div className={classes.chartRoom} />}>
            <BenchmarkChart benchmark={benchmark} />
          </Suspense>
          <Figures benchmark={benchmark} />
          <Comparison model={model} benchmark={benchmark} />
        </>
      )}
      <div className={classes.actions}>
        <Button
          leftSection={<IconGauge aria-hidden size={14} />}
          loading={run.isPending}
          disabled={model.state === 'failed' || model.state === 'suspended'}
          onClick={() => run.mutate({ name })}
          aria-label={`${benchmark === undefined ? 'Measure' : 'Measure again'}: ${name}`}
        >
          {benchmark === undefined ? 'Measure' : 'Measure again'}
        </Button>
        <span role="status" className={classes.note}>
          {run.isPending ? 'Measuring takes a few seconds; its tasks wait meanwhile.' : ''}
        </span>
      </div>
    </div>
  )
}

function Figures({ benchmark }: { readonly benchmark: BenchmarkView }) {
  const { firstTokenMs, memoryBytes, loadMs, device, driver, threads, slots, contextSize, atMs } = benchmark
  return (
    <Facts
      facts={[
        ['First token', `after ${duration(firstTokenMs)}`],
        ['Memory', bytes(memoryBytes)],
        ['Loaded in', duration(loadMs)],
        [
          'Measured',
          <>
            <RelativeTime atMs={atMs} /> on {device} ({driver}, {plural(threads, 'thread')}), with{' '}
            {plural(slots, 'slot')} of {count(contextSize)} tokens
          </>,
        ],
      ]}
    />
  )
}

function Comparison({ model, benchmark }: { readonly model: ModelView; readonly benchmark: BenchmarkView }) {
  const { data: references = [] } = useQuery(useTRPC().benchmarks.references.queryOptions())
  const weightsBytes = weightBytes(model)
  const rows = compareBenchmarks({ ...benchmark, weightsBytes }, references)
  const { comparison } = benchmark
  if (comparison === undefined && rows.length === 0) return null
  return (
    <div className={classes.comparison}>
      {comparison !== undefined && (
        <p>
          About <b>{comparison.percent} %</b> of the speed of {withArticle(comparison.machine)}
        </p>
      )}
      {rows.length > 0 && (
        <details>
          <summary>Beside other machines</summary>
          <ul aria-label="Speed beside other machines">
            {rows.map(({ machine, percent }) => (
              <li key={machine}>
                <span className={classes.machine} title={machine}>
                  {machine}
                </span>
                <span className={classes.track} aria-hidden>
                  <i style={{ width: `${Math.min(100, percent)}%` }} />
                </span>
                <span className={classes.percent}>{count(percent)} %</span>
              </li>
            ))}
          </ul>
          <p className={classes.note}>
            By the weights that writing reads in a second: 100 % writes as fast as that machine would.
          </p>
        </details>
      )}
    </div>
  )
}

/** Of the weights alone: a file has a little more in it. */
function weightBytes({ memory, sizeBytes }: ModelView): number {
  return memory === undefined ? sizeBytes : Math.min(sizeBytes, memory.weights.ram + memory.weights.vram)
}

function withArticle(machine: string): string {
  return `${/^(?:[aeio]|nvidia\b)/i.test(machine) ? 'an' : 'a'} ${machine}`
}
