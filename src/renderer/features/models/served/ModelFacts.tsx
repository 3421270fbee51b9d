import type { ReactNode } from 'react'
import type { ModelView } from '../../../../protocol/views.ts'
import { Identifier } from '../../../components/Identifier.tsx'
import { SlotPips } from '../../../components/SlotPips.tsx'
import { bytes, count, parameters, plural, rate } from '../../../format/numbers.ts'
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
  const digest = sha256 !== undefined && <Identifier value={sha256} label={`SHA-256 of ${model.name}`} />
  return (
    <dl className={classes.facts}>
      {state !== 'failed' && <Speed model={model} />}
      {slots === undefined ? (
        <Fact name="Slots" value={model.ownSlots === undefined ? undefined : count(model.ownSlots)} strong />
      ) : (
        <Fact
          name="Slots in use"
          value={`${count(model.running)} of ${count(slots)}`}
          note={<SlotPips slots={slots} running={Math.min(slots, model.running)} />}
          strong
        />
      )}
      <Fact
        name="Memory"
        value={model.memoryBytes === undefined ? undefined : bytes(model.memoryBytes)}
        note={<MemoryNote model={model} />}
        strong
      />
      <Fact
        name={slots === undefined ? 'Context, at most' : 'Context of each slot'}
        value={contextSize === undefined ? undefined : `${count(contextSize)} tokens`}
        note={kvType === undefined ? undefined : `kept as ${kvType}`}
        strong
      />
      <Fact name="Device" value={model.device} note={placement(model)} />
      <Fact name="Kind" value={kind(model)} note={`${bytes(model.sizeBytes)} file`} />
      <Fact
        name={known ? 'Licence' : 'SHA-256'}
        value={known ? (model.licence ?? 'not stated') : digest}
        note={known && digest}
      />
      <Fact name="Price per 1,000 tokens" value={<ModelPrice model={model} />} note="credits" />
      {model.memory !== undefined && state !== 'failed' && (
        <div className={classes.wide}>
          <dt>Memory is taken by</dt>
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
    const note = measured === undefined ? 'now' : `now; measured ${rate(measured)}`
    return (
      <Fact
        name="Speed"
        value={<span className={classes.live}>{rate(live ?? 0)} tokens/s</span>}
        note={note}
        strong
      />
    )
  }
  return (
    <Fact
      name="Speed"
      value={measured === undefined ? undefined : `${rate(measured)} tokens/s`}
      note="measured, one task"
      strong
    />
  )
}

function MemoryNote({ model: { memory, memoryBytes = 0 } }: { readonly model: ModelView }) {
  if (memory === undefined) return null
  const parts = memorySegments(memory)
  const words = parts.map(({ label, bytes: size }) => `${bytes(size)} ${label}`)
  return (
    <span className={classes.memory} title={words.join('\n')}>
      <MemoryBar label={words.join(', ')} segments={parts} totalBytes={memoryBytes} />
    </span>
  )
}

function placement({ gpuLayers = 0, totalLayers, threads }: ModelView): string | undefined {
  if (gpuLayers > 0 && totalLayers !== undefined) return `${gpuLayers} of ${totalLayers} layers on the GPU`
  return threads === undefined ? undefined : plural(threads, 'thread')
}

function kind({ architecture, parameterCount, quantisation }: ModelView): string | undefined {
  const size = parameterCount === undefined ? undefined : parameters(parameterCount)
  const known = [architecture, size, quantisation].filter((part) => part !== undefined)
  return known.length === 0 ? undefined : known.join(' · ')
}
