import { lazy, Suspense } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import charts from '../../components/charts.module.css'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Panel } from '../../components/Panel.tsx'
import { byteRate, trafficSum } from './network-words.ts'
import classes from './Traffic.module.css'
import { useTraffic } from './use-network.ts'

// What draws charts is large, and the rest of the view does without.
const TrafficChart = lazy(async () => ({ default: (await import('./TrafficChart.tsx')).TrafficChart }))

/** Bytes in and out: now, over the last minutes, and since joining. */
export function Traffic() {
  const { data, error, retry } = useTraffic()
  return (
    <Panel
      title={t('network:traffic.title')}
      aside={data != null && <Rates received={data.receivedPerSecond} sent={data.sentPerSecond} />}
    >
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={retry} />
      ) : data === undefined ? (
        <LoadingRows rows={4} />
      ) : data === null ? (
        <p className={classes.dim}>{t('network:traffic.offline')}</p>
      ) : (
        <>
          <div className={`${charts.chart} ${classes.size}`}>
            <Suspense>
              <TrafficChart traffic={data} />
            </Suspense>
          </div>
          <p className={classes.dim}>{trafficSum(data)}</p>
        </>
      )}
    </Panel>
  )
}

/** What comes in and goes out now, each with its sign in the chart. */
export function Rates({ received, sent }: { readonly received: number; readonly sent: number }) {
  return (
    <ul className={charts.legend}>
      <li>
        <i data-drawn="area" style={{ background: 'var(--driad-chart-spent)' }} aria-hidden />{' '}
        <Trans
          i18n={i18n}
          t={t}
          i18nKey="network:traffic.rateIn"
          values={{ rate: byteRate(received) }}
          components={{ b: <b /> }}
        />
      </li>
      <li>
        <i data-drawn="line" style={{ background: 'var(--driad-waiting)' }} aria-hidden />{' '}
        <Trans
          i18n={i18n}
          t={t}
          i18nKey="network:traffic.rateOut"
          values={{ rate: byteRate(sent) }}
          components={{ b: <b /> }}
        />
      </li>
    </ul>
  )
}
