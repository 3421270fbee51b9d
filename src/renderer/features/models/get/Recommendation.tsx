import { IconAlertTriangle, IconChevronRight, IconCpu } from '@tabler/icons-react'
import { useId } from 'react'
import { t } from '../../../../locales/translate.ts'
import { excludedReason, reasonsBesideFigures } from '../../../../locales/words/fit-words.ts'
import type { MachineView, RecommendationView, RecommendedModelView } from '../../../../protocol/fit-views.ts'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { bytes } from '../../../format/numbers.ts'
import { certaintyWords, memoryBytes, speedText } from './catalogue-words.ts'
import { FitBadge } from './FitBadge.tsx'
import { GetButton } from './GetButton.tsx'
import classes from './Recommendation.module.css'

/** Who wants to choose among more finds them in the catalogue below. */
const ALTERNATIVES = 2

export interface RecommendationProps {
  readonly recommendation: RecommendationView | undefined
  readonly error: unknown
  readonly onRetry: () => void
}

/** The model for this computer, why, and what else there would be. */
export function Recommendation({ recommendation, error, onRetry }: RecommendationProps) {
  if (recommendation === undefined) {
    return (
      <Panel title={t('models-get:best.title')}>
        {error === null ? (
          <LoadingRows rows={5} label={t('models-get:best.loading')} />
        ) : (
          <ErrorState error={error} onRetry={onRetry} />
        )}
      </Panel>
    )
  }
  const { best, machine } = recommendation
  const alternatives = recommendation.alternatives.slice(0, ALTERNATIVES)
  return (
    <Panel title={t('models-get:best.title')} aside={<Machine machine={machine} />}>
      {best === undefined ? (
        <EmptyState icon={IconAlertTriangle} title={t('models-get:best.none')}>
          {t('models-get:best.noneHint', {
            memory: bytes(machine.ramForModelsBytes),
            disk: bytes(machine.diskFreeBytes),
          })}
        </EmptyState>
      ) : (
        <Best model={best} wanted={recommendation.wanted} />
      )}
      {alternatives.length > 0 && (
        <ul className={classes.alternatives} aria-label={t('models-get:best.alternatives')}>
          {alternatives.map((model) => (
            <Alternative key={model.name} model={model} />
          ))}
        </ul>
      )}
      <Excluded recommendation={recommendation} />
    </Panel>
  )
}

function Machine({ machine }: { readonly machine: MachineView }) {
  const gpu = machine.gpus[0]
  return (
    <span className={classes.machine}>
      <IconCpu aria-hidden size={15} stroke={1.7} />
      {gpu === undefined
        ? t('models-get:best.machineMemory', { size: bytes(machine.ramForModelsBytes) })
        : t('models-get:best.machineGpu', { size: bytes(machine.vramForModelsBytes), gpu: gpu.name })}
    </span>
  )
}

interface BestProps {
  readonly model: RecommendedModelView
  readonly wanted: RecommendationView['wanted']
}

function Best({ model, wanted }: BestProps) {
  const id = useId()
  const { fit } = model
  const speed = speedText(fit)
  return (
    <article className={classes.best} aria-labelledby={id}>
      <div className={classes.head}>
        <div className={classes.names}>
          <h3 id={id} className={classes.title}>
            {model.title}
          </h3>
          <FitBadge fit={fit} />
          <code className={classes.code}>{model.name}</code>
        </div>
        <GetButton name={model.name} strong />
      </div>
      <dl className={classes.figures}>
        <Figure
          name={t('models-get:best.download')}
          value={bytes(model.downloadBytes)}
          note={model.quantisation}
        />
        <Figure
          name={t('models-get:best.memory')}
          value={bytes(memoryBytes(fit))}
          note={t('models-get:best.tasksAtATime', { count: fit.slots })}
        />
        <Figure
          name={t('models-get:best.speed')}
          value={speed ?? t('models-get:best.speedUnknown')}
          note={certaintyWords(fit) ?? t('models-get:best.speedUnknownNote')}
        />
      </dl>
      <ul className={classes.reasons} aria-label={t('models-get:best.why')}>
        {reasonsBesideFigures(model, wanted).map((text) => (
          <li key={text}>{t('models:sentence', { text })}</li>
        ))}
      </ul>
    </article>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: string
  readonly note: string
}

function Figure({ name, value, note }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={classes.value} data-figures>
        {value}
      </dd>
      <dd className={classes.note}>{note}</dd>
    </div>
  )
}

function Alternative({ model }: { readonly model: RecommendedModelView }) {
  const facts = [model.quantisation, bytes(model.downloadBytes), speedText(model.fit)].filter(
    (fact) => fact !== undefined,
  )
  return (
    <li className={classes.alternative}>
      <div className={classes.alternativeText}>
        <span className={classes.alternativeTitle}>{model.title}</span>
        <span className={classes.note}>{facts.join(' · ')}</span>
      </div>
      <GetButton name={model.name} />
    </li>
  )
}

function Excluded({ recommendation }: { readonly recommendation: RecommendationView }) {
  const { excluded } = recommendation
  if (excluded.length === 0) return null
  return (
    <details className={classes.excluded}>
      <summary>
        <IconChevronRight aria-hidden size={14} />
        {t('models-get:best.excluded')}
      </summary>
      <ul>
        {excluded.map((model) => (
          <li key={model.name}>
            <span className={classes.excludedTitle}>{model.title}</span>
            <span>{t('models:sentence', { text: excludedReason(model, recommendation) })}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
