import type { ReactNode } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { Identifier } from '../../../components/Identifier.tsx'
import { SlotPips } from '../../../components/SlotPips.tsx'
import { bytes, count, parameters, rate } from '../../../format/numbers.ts'
import { MemoryBar, MemoryLegend } from './MemoryBar.tsx'
import classes from './ModelFacts.module.css'
import { ModelPrice } from './ModelPrice.tsx'
import { memorySegments } from './memory-segments.ts'
import { measuredSpeed } from './model-words.ts'
import { useModelSpeed } from './use-model-speeds.ts'

/** What one sees of a model at a glance. */
export function ModelFacts({ model }: { readonly model: ModelView }) {
  const { state, contextSize, slots, sha256, kvType } = model
  const known = model.architecture !== undefined
  const digest = sha256 !== undefined && (
    <Identifier value={sha256} label={t('models-served:fact.digestOf', { name: model.name })} />
  )
  return (
    <dl className={classes.facts}>
      {state !== 'failed' && <Speed model={model} />}
      {slots === undefined ? (
        <Fact
          name={t('models-served:fact.slots')}
          value={model.ownSlots === undefined ? undefined : count(model.ownSlots)}
          strong
        />
      ) : (
        <Fact
          name={t('models-served:fact.slotsInUse')}
          value={t('models-served:fact.ofSlots', { running: count(model.running), slots: count(slots) })}
          note={<SlotPips slots={slots} running={Math.min(slots, model.running)} />}
          strong
        />
      )}
      <Fact
        name={t('models-served:fact.memory')}
        value={model.memoryBytes === undefined ? undefined : bytes(model.memoryBytes)}
        note={<MemoryNote model={model} />}
        strong
      />
      <Fact
        name={
          slots === undefined ? t('models-served:fact.contextAtMost') : t('models-served:fact.contextOfSlot')
        }
        value={contextSize === undefined ? undefined : t('models:tokens', { count: contextSize })}
        note={kvType === undefined ? undefined : t('models-served:fact.keptAs', { type: kvType })}
        strong
      />
      <Fact name={t('models-served:fact.device')} value={model.device} note={placement(model)} />
      <Fact
        name={t('models-served:fact.kind')}
        value={kind(model)}
        note={t('models-served:fact.fileSize', { size: bytes(model.sizeBytes) })}
      />
      <Fact
        name={known ? t('models-served:fact.licence') : t('models-served:fact.digest')}
        value={known ? (model.licence ?? t('models-served:fact.notStated')) : digest}
        note={known && digest}
      />
      <Fact
        name={t('models-served:fact.price')}
        value={<ModelPrice model={model} />}
        note={t('models-served:fact.credits')}
      />
      {model.memory !== undefined && state !== 'failed' && (
        <div className={classes.wide}>
          <dt>{t('models-served:fact.takenBy')}</dt>
          <dd>
            <MemoryLegend segments={memorySegments(model.memory)} />
          </dd>
        </div>
      )}
    </dl>
  )
}

interface FactProps {
  readonly name: string
  readonly value: ReactNode
  readonly note?: ReactNode
  readonly strong?: boolean
}

/** Nothing at all where there is nothing to say: a model that is not loaded has no device. */
function Fact({ name, value, note, strong = false }: FactProps) {
  if (value === undefined || value === false || value === '') return null
  return (
    <div className={classes.fact} data-strong={strong || undefined}>
      <dt>{name}</dt>
      <dd title={typeof value === 'string' ? value : undefined}>{value}</dd>
      {note !== undefined && note !== false && <dd className={classes.note}>{note}</dd>}
    </div>
  )
}

/** What it writes right now while it runs, else what it was measured to write. */
function Speed({ model }: { readonly model: ModelView }) {
  const { name, running } = model
  const live = useModelSpeed(name)
  const measured = measuredSpeed(model)
  if (live !== undefined || running > 0) {
    const note =
      measured === undefined
        ? t('models-served:fact.now')
        : t('models-served:fact.nowMeasured', { rate: rate(measured) })
    return (
      <Fact
        name={t('models-served:fact.speed')}
        value={<span className={classes.live}>{t('models:speed', { rate: rate(live ?? 0) })}</span>}
        note={note}
        strong
      />
    )
  }
  return (
    <Fact
      name={t('models-served:fact.speed')}
      value={measured === undefined ? undefined : t('models:speed', { rate: rate(measured) })}
      note={t('models-served:fact.measured')}
      strong
    />
  )
}

function MemoryNote({ model: { memory, memoryBytes = 0 } }: { readonly model: ModelView }) {
  if (memory === undefined) return null
  const parts = memorySegments(memory)
  const words = parts.map(({ label, bytes: size }) =>
    t('models-served:memory.part', { size: bytes(size), part: label }),
  )
  return (
    <span className={classes.memory} title={words.join('\n')}>
      <MemoryBar label={words.join(', ')} segments={parts} totalBytes={memoryBytes} />
    </span>
  )
}

function placement({ gpuLayers = 0, totalLayers, threads }: ModelView): string | undefined {
  if (gpuLayers > 0 && totalLayers !== undefined)
    return t('models-served:fact.layers', { gpu: gpuLayers, total: totalLayers })
  return threads === undefined ? undefined : t('models-served:fact.threads', { count: threads })
}

function kind({ architecture, parameterCount, quantisation }: ModelView): string | undefined {
  const size = parameterCount === undefined ? undefined : parameters(parameterCount)
  const known = [architecture, size, quantisation].filter((part) => part !== undefined)
  return known.length === 0 ? undefined : known.join(' · ')
}
