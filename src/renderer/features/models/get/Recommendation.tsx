import { IconAlertTriangle, IconChevronRight, IconCpu } from '@tabler/icons-react'
import { useId } from 'react'
import type { MachineView, RecommendationView, RecommendedModelView } from '../../../../protocol/fit-views.ts'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { bytes, plural } from '../../../format/numbers.ts'
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
      <Panel title="Best for this computer">
        {error === null ? (
          <LoadingRows rows={5} label="Working out what fits" />
        ) : (
          <ErrorState error={error} onRetry={onRetry} />
        )}
      </Panel>
    )
  }
  const { best, machine } = recommendation
  const alternatives = recommendation.alternatives.slice(0, ALTERNATIVES)
  return (
    <Panel title="Best for this computer" aside={<Machine machine={machine} />}>
      {best === undefined ? (
        <EmptyState icon={IconAlertTriangle} title="No model of the catalogue fits at the moment">
          {bytes(machine.ramForModelsBytes)} of memory and {bytes(machine.diskFreeBytes)} of disk are free for
          models. Close other programs, or lower the slots in Settings.
        </EmptyState>
      ) : (
        <Best model={best} />
      )}
      {alternatives.length > 0 && (
        <ul className={classes.alternatives} aria-label="Alternatives">
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
        ? `${bytes(machine.ramForModelsBytes)} of memory for models`
        : `${bytes(machine.vramForModelsBytes)} on ${gpu.name}`}
    </span>
  )
}

function Best({ model }: { readonly model: RecommendedModelView }) {
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
        <GetButton name={model.name} label="Get it" strong />
      </div>
      <dl className={classes.figures}>
        <Figure name="Download" value={bytes(model.downloadBytes)} note={model.quantisation} />
        <Figure
          name="Memory"
          value={bytes(memoryBytes(fit))}
          note={`${plural(fit.slots, 'task')} at a time`}
        />
        <Figure
          name="Speed"
          value={speed ?? 'Not known yet'}
          note={certaintyWords(fit) ?? 'until a model was loaded'}
        />
      </dl>
      <ul className={classes.reasons} aria-label="Why this one">
        {model.reasons.map((reason) => (
          <li key={reason}>{reason}.</li>
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
        What keeps better ones away
      </summary>
      <ul>
        {excluded.map(({ name, title, reason }) => (
          <li key={name}>
            <span className={classes.excludedTitle}>{title}</span>
            <span>{reason}.</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
