import { VisuallyHidden } from '@mantine/core'
import type { ReactNode } from 'react'
import { t } from '../../../locales/translate.ts'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { Nothing } from '../../components/TokenCount.tsx'
import { count, rate } from '../../format/numbers.ts'
import { duration } from '../../format/time.ts'
import classes from './RunFigures.module.css'
import { phaseWords, placeName } from './run-words.ts'
import { type RunFigures as Figures, runFigures, type TestRunState } from './test-run.ts'

/** What was measured of one run. */
export function RunFigures({ run }: { readonly run: TestRunState }) {
  const figures = runFigures(run)
  return (
    <dl className={classes.figures}>
      {columns.map(({ id, show }) => (
        <div key={id}>
          <dt>{t(`test:figures.${id}`)}</dt>
          <dd>{show(figures)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** The figures of two runs, one above the other; the better of two is the one that stands out. */
export function ComparedFigures({ runs }: { readonly runs: readonly TestRunState[] }) {
  const figures = runs.map(runFigures)
  // A run that failed early is not the faster one.
  const isFair = runs.every(({ end }) => end?.ok === true)
  return (
    <table className={classes.compared} aria-label={t('test:figures.both')}>
      <thead>
        <tr>
          <td />
          {columns.map(({ id }) => (
            <th key={id} scope="col">
              {t(`test:figures.${id}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map((run, row) => {
          const { text, tone } = phaseWords(run)
          return (
            <tr key={run.input.where}>
              <th scope="row">
                <span>{placeName(run.input.where)}</span>
                <ToneBadge tone={tone}>{text}</ToneBadge>
              </th>
              {columns.map(({ id, show, isBetter }) => {
                const own = figures[row]
                const others = figures.filter((_, at) => at !== row)
                const wins =
                  isFair &&
                  own !== undefined &&
                  isBetter !== undefined &&
                  others.every((other) => isBetter(own, other))
                return (
                  <td key={id} data-better={wins || undefined}>
                    {own !== undefined && show(own)}
                    {wins && <VisuallyHidden>{t('test:figures.better')}</VisuallyHidden>}
                  </td>
                )
              })}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

interface Column {
  readonly id: 'firstToken' | 'speed' | 'tokens' | 'inAll'
  readonly show: (figures: Figures) => ReactNode
  readonly isBetter?: (one: Figures, other: Figures) => boolean
}

const columns: readonly Column[] = [
  {
    id: 'firstToken',
    show: ({ firstMs, atNode }) => <Time ms={firstMs} atNode={atNode} />,
    isBetter: (one, other) => isLess(one.firstMs, other.firstMs),
  },
  {
    id: 'speed',
    show: ({ speed }) =>
      speed === undefined ? <Nothing /> : t('test:figures.tokensPerSecond', { rate: rate(speed) }),
    isBetter: (one, other) => isLess(other.speed, one.speed),
  },
  {
    id: 'tokens',
    show: ({ tokens, promptTokens }) => (
      <>
        {tokens === undefined ? <Nothing /> : count(tokens)}
        {promptTokens !== undefined && (
          <span className={classes.note}>{t('test:figures.prompt', { tokens: promptTokens })}</span>
        )}
      </>
    ),
  },
  {
    id: 'inAll',
    show: ({ totalMs, atNode }) => <Time ms={totalMs} atNode={atNode} />,
    isBetter: (one, other) => isLess(one.totalMs, other.totalMs),
  },
]

function Time({ ms, atNode = false }: { readonly ms: number | undefined; readonly atNode?: boolean }) {
  if (ms === undefined) return <Nothing />
  return (
    <span title={atNode ? t('test:figures.atNodeHint') : undefined}>
      {duration(ms)}
      {atNode && <span className={classes.note}>{t('test:figures.atNode')}</span>}
    </span>
  )
}

function isLess(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && other !== undefined && one < other
}
