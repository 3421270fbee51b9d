import { IconAlertTriangle } from '@tabler/icons-react'
import { useId } from 'react'
import { t } from '../../../locales/translate.ts'
import type { FitView, RecommendationView, RecommendedModelView } from '../../../protocol/fit-views.ts'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { bytes, rate } from '../../format/numbers.ts'
import classes from './ModelChoice.module.css'

/** Who wants more to choose from finds the catalogue in the Models view. */
const ALTERNATIVES = 2

export interface ModelChoiceProps {
  readonly recommendation: RecommendationView | undefined
  readonly error: unknown
  readonly onRetry: () => void
  readonly name: string | undefined
  readonly onPick: (name: string) => void
}

export function ModelChoice({ recommendation, error, onRetry, name, onPick }: ModelChoiceProps) {
  const group = useId()
  if (recommendation === undefined)
    return error === null ? (
      <LoadingRows rows={4} label={t('setup:model.reading')} />
    ) : (
      <ErrorState error={error} onRetry={onRetry} />
    )
  const { best, alternatives } = recommendation
  if (best === undefined)
    return (
      <EmptyState icon={IconAlertTriangle} title={t('setup:model.none')}>
        {t('setup:model.noneMeans')}
      </EmptyState>
    )
  return (
    <fieldset className={classes.models}>
      <legend className={classes.legend}>{t('setup:model.choice')}</legend>
      {[best, ...alternatives.slice(0, ALTERNATIVES)].map((model) => (
        <label key={model.name} className={classes.model}>
          <input
            type="radio"
            name={group}
            value={model.name}
            checked={model.name === name}
            onChange={() => onPick(model.name)}
          />
          <span className={classes.names}>
            <span className={classes.title}>{model.title}</span>
            {model === best && <ToneBadge tone="earned">{t('setup:model.best')}</ToneBadge>}
            <code className={classes.code}>{model.name}</code>
          </span>
          <Figures model={model} />
        </label>
      ))}
    </fieldset>
  )
}

function Figures({ model: { downloadBytes, fit } }: { readonly model: RecommendedModelView }) {
  const facts = [
    [t('setup:model.download'), bytes(downloadBytes)],
    [t('setup:model.memory'), bytes(fit.ram.neededBytes + fit.vram.neededBytes)],
    [t('setup:model.speed'), speedWords(fit)],
  ] as const
  return (
    <span className={classes.figures}>
      {facts.map(([what, value]) => (
        <span key={what}>
          <span className={classes.what}>{what}</span>
          <span className={classes.value} data-figures>
            {value}
          </span>
        </span>
      ))}
    </span>
  )
}

/** Only a measurement of this very model stands without `about`. */
function speedWords({ speed }: FitView): string {
  if (speed === undefined) return t('setup:model.unknown')
  const said = { rate: rate(speed.tokensPerSecond) }
  return speed.basis === 'thisModel' ? t('setup:model.rate', said) : t('setup:model.about', said)
}
