import { Button } from '@mantine/core'
import { IconGauge } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../../locales/translate.ts'
import type { BenchmarkView } from '../../../../protocol/benchmark-views.ts'
import { compareBenchmarks } from '../../../../protocol/compare-benchmark.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyDone, notifyFailure } from '../../../app/notify.tsx'
import { Facts } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { bytes, count, rate } from '../../../format/numbers.ts'
import { duration } from '../../../format/time.ts'
import classes from './Benchmark.module.css'

const BenchmarkChart = lazy(async () => ({ default: (await import('./BenchmarkChart.tsx')).BenchmarkChart }))

/** What a model came to when it was measured here, beside machines that others know. */
export function Benchmark({ model }: { readonly model: ModelView }) {
  const { name, benchmark } = model
  const run = useMutation(
    useTRPC().benchmarks.run.mutationOptions({
      onSuccess: (measured) =>
        notifyDone(
          t('models-served:benchmark.done', { name }),
          t('models-served:benchmark.writes', { rate: rate(measured.tokensPerSecond) }),
        ),
      onError: (error) => notifyFailure(error, t('models-served:benchmark.failed', { name })),
    }),
  )
  return (
    <div className={classes.benchmark}>
      {benchmark === undefined ? (
        <p className={classes.note}>{t('models-served:benchmark.notYet')}</p>
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
          aria-label={
            benchmark === undefined
              ? t('models-served:benchmark.measureLabel', { name })
              : t('models-served:benchmark.againLabel', { name })
          }
        >
          {benchmark === undefined
            ? t('models-served:benchmark.measure')
            : t('models-served:benchmark.again')}
        </Button>
        <span role="status" className={classes.note}>
          {run.isPending ? t('models-served:benchmark.running') : ''}
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
        [
          t('models-served:benchmark.firstToken'),
          t('models-served:benchmark.firstTokenAfter', { time: duration(firstTokenMs) }),
        ],
        [t('models-served:benchmark.memory'), bytes(memoryBytes)],
        [t('models-served:benchmark.loadedIn'), duration(loadMs)],
        [
          t('models-served:benchmark.measured'),
          <Trans
            key="measured"
            i18n={i18n}
            t={t}
            i18nKey="models-served:benchmark.measuredOn"
            values={{
              device,
              driver,
              threads: t('models-served:fact.threads', { count: threads }),
              slots: t('models-served:benchmark.withSlots', { count: slots, tokens: contextSize }),
            }}
            components={{ time: <RelativeTime atMs={atMs} /> }}
          />,
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
          <Trans
            i18n={i18n}
            t={t}
            i18nKey={
              wantsAn(comparison.machine)
                ? 'models-served:benchmark.comparedAn'
                : 'models-served:benchmark.compared'
            }
            values={{ percent: comparison.percent, machine: comparison.machine }}
            components={{ b: <b /> }}
          />
        </p>
      )}
      {rows.length > 0 && (
        <details>
          <summary>{t('models-served:benchmark.beside')}</summary>
          <ul aria-label={t('models-served:benchmark.besideLabel')}>
            {rows.map(({ machine, percent }) => (
              <li key={machine}>
                <span className={classes.machine} title={machine}>
                  {machine}
                </span>
                <span className={classes.track} aria-hidden>
                  <i style={{ width: `${Math.min(100, percent)}%` }} />
                </span>
                <span className={classes.percent}>{t('common:percent', { value: count(percent) })}</span>
              </li>
            ))}
          </ul>
          <p className={classes.note}>{t('models-served:benchmark.besideNote')}</p>
        </details>
      )}
    </div>
  )
}

/** Of the weights alone: a file has a little more in it. */
function weightBytes({ memory, sizeBytes }: ModelView): number {
  return memory === undefined ? sizeBytes : Math.min(sizeBytes, memory.weights.ram + memory.weights.vram)
}

/** Of an English article, whether it is `an`. */
function wantsAn(machine: string): boolean {
  return /^(?:[aeio]|nvidia\b)/i.test(machine)
}
