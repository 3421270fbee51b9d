import { Button, Slider, Switch } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import { fitWords } from '../../../../locales/words/fit-words.ts'
import type { FitFactsView } from '../../../../protocol/fit-views.ts'
import { kvTypes } from '../../../../protocol/model-fit/memory-plan.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyDone, notifyFailure } from '../../../app/notify.tsx'
import { LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Segmented } from '../../../components/Segmented.tsx'
import { ToneIcon } from '../../../components/StateBadge.tsx'
import { bytes } from '../../../format/numbers.ts'
import { DraftControl } from './DraftControl.tsx'
import classes from './LoadControls.module.css'
import {
  contextSteps,
  fitOfWish,
  type LoadWish,
  mostOf,
  slotSteps,
  type WishPatch,
  wishOf,
  wishPatch,
} from './load-wish.ts'
import { MemoryBar, MemoryLegend, type MemorySegment } from './MemoryBar.tsx'

/** What else runs on this computer changes what fits. */
const REFRESH_MS = 10_000

/** How a model is loaded, with what that takes while the controls move. */
export function LoadControls({ model }: { readonly model: ModelView }) {
  const { data, error, refetch } = useQuery({
    ...useTRPC().fit.facts.queryOptions({ name: model.name }),
    refetchOnMount: 'always',
    refetchInterval: REFRESH_MS,
  })
  if (data === undefined) {
    return error === null ? (
      <LoadingRows rows={5} />
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    )
  }
  const saved = wishOf(model, data)
  // What was saved, here or elsewhere, is where the controls begin anew.
  return (
    <Controls
      key={JSON.stringify([saved, model.preload, model.draftPath])}
      model={model}
      facts={data}
      saved={saved}
    />
  )
}

interface ControlsProps {
  readonly model: ModelView
  readonly facts: FitFactsView
  readonly saved: LoadWish
}

function Controls({ model, facts, saved }: ControlsProps) {
  const { name } = model
  const [wish, setWish] = useState(saved)
  const [preload, setPreload] = useState(model.preload)
  const [draftPath, setDraftPath] = useState(model.draftPath)
  const save = useMutation(
    useTRPC().models.setWish.mutationOptions({
      onSuccess: () =>
        notifyDone(t('models-served:controls.saved', { name }), t('models-served:controls.savedNote')),
      onError: (error) => notifyFailure(error, t('models-served:failure.set', { name })),
    }),
  )
  const patch: WishPatch & { preload?: boolean; draftPath?: string | null } = {
    ...wishPatch(saved, wish),
    ...(preload !== model.preload && { preload }),
    ...(draftPath !== model.draftPath && { draftPath: draftPath ?? null }),
  }
  const changed = Object.keys(patch).length > 0
  const own = [model.ownContextSize, model.ownSlots, model.ownKvType].some((value) => value !== undefined)
  const most = mostOf(facts, wish)
  const change = (part: Partial<LoadWish>) => setWish({ ...wish, ...part })
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate({ name, ...patch })
      }}
    >
      <StepSlider
        label={t('models-served:controls.context')}
        value={wish.contextSize}
        steps={contextSteps(facts.model.contextLength, saved.contextSize)}
        words={(size) => t('models:tokens', { count: size })}
        note={
          most.contextSize === 0
            ? t('models-served:controls.contextNone', { count: wish.slots })
            : t('models-served:controls.contextMost', { count: wish.slots, most: most.contextSize })
        }
        onChange={(contextSize) => change({ contextSize })}
      />
      <StepSlider
        label={t('models-served:controls.slots')}
        value={wish.slots}
        steps={slotSteps(saved.slots)}
        words={(slots) => t('models-served:controls.slotCount', { count: slots })}
        note={
          most.slots === 0
            ? t('models-served:controls.slotsNone')
            : t('models-served:controls.slotsMost', { most: most.slots })
        }
        onChange={(slots) => change({ slots })}
      />
      <div className={classes.control}>
        <div className={classes.line}>
          <span>{t('models-served:controls.cache')}</span>
        </div>
        <Segmented
          label={t('models-served:controls.cacheLabel', { name })}
          value={wish.kvType}
          options={kvTypes.map((value) => ({ value, label: t(`models-served:controls.kv.${value}`) }))}
          onChange={(kvType) => change({ kvType })}
        />
        <p className={classes.note}>{t('models-served:controls.cacheNote')}</p>
      </div>
      <DraftControl model={model} path={draftPath} onChange={setDraftPath} />
      <Switch
        label={t('models-served:controls.keep')}
        description={t('models-served:controls.keepNote')}
        checked={preload}
        onChange={(event) => setPreload(event.currentTarget.checked)}
      />
      <Estimate facts={facts} wish={wish} saved={saved} />
      <div className={classes.actions}>
        <Button type="submit" variant="filled" disabled={!changed} loading={save.isPending}>
          {t('models-served:controls.apply')}
        </Button>
        {changed && (
          <Button
            onClick={() => {
              setWish(saved)
              setPreload(model.preload)
              setDraftPath(model.draftPath)
            }}
          >
            {t('models-served:controls.undo')}
          </Button>
        )}
        {own && (
          <Button
            disabled={save.isPending}
            onClick={() => save.mutate({ name, contextSize: null, slots: null, kvType: null })}
          >
            {t('models-served:controls.reset')}
          </Button>
        )}
      </div>
    </form>
  )
}

interface StepSliderProps {
  readonly label: string
  readonly value: number
  readonly steps: readonly number[]
  readonly words: (value: number) => string
  readonly note: string
  readonly onChange: (value: number) => void
}

/** A slider over steps that are not even: 512, 1,024, 2,048. */
function StepSlider({ label, value, steps, words, note, onChange }: StepSliderProps) {
  const id = useId()
  const at = Math.max(
    0,
    steps.findLastIndex((step) => step <= value),
  )
  const step = (index: number) => steps[index] ?? value
  return (
    <div className={classes.control}>
      <div className={classes.line}>
        <span>{label}</span>
        <output id={id}>{words(value)}</output>
      </div>
      <Slider
        size="sm"
        thumbSize={16}
        min={0}
        max={Math.max(1, steps.length - 1)}
        disabled={steps.length < 2}
        value={at}
        label={null}
        thumbLabel={label}
        thumbValueText={(index) => words(step(index))}
        onChange={(index) => onChange(step(index))}
      />
      <p className={classes.note}>{note}</p>
    </div>
  )
}

interface EstimateProps {
  readonly facts: FitFactsView
  readonly wish: LoadWish
  readonly saved: LoadWish
}

function Estimate({ facts, wish, saved }: EstimateProps): ReactNode {
  const fit = fitOfWish(facts, wish)
  const { weights, cache, compute, overhead, total } = fit.estimate
  const all = total.ram + total.vram
  const before = fitOfWish(facts, saved).estimate.total
  const difference = all - (before.ram + before.vram)
  const tooLarge = fit.verdict === 'tooLarge'
  const segments: MemorySegment[] = [
    {
      id: 'weights',
      kind: 'weights',
      label: t('models-served:memory.weights'),
      bytes: weights.ram + weights.vram,
    },
    { id: 'cache', kind: 'cache', label: t('models-served:memory.context'), bytes: cache.ram + cache.vram },
    {
      id: 'buffers',
      kind: 'buffers',
      label: t('models-served:memory.buffers'),
      bytes: compute.ram + compute.vram,
    },
    {
      id: 'overhead',
      kind: 'overhead',
      label: t('models-served:memory.everythingElse'),
      bytes: overhead.ram + overhead.vram,
    },
  ]
  const { machine } = facts
  const room = machine.unified === true ? machine.ramBytes : machine.ramBytes + machine.vramBytes
  return (
    <div className={classes.estimate} data-too-large={tooLarge || undefined}>
      <p className={classes.total}>
        <b>{bytes(all)}</b>
        {difference !== 0 && (
          <span>
            {t(difference > 0 ? 'models-served:estimate.more' : 'models-served:estimate.less', {
              size: bytes(Math.abs(difference)),
            })}
          </span>
        )}
        {!facts.model.exact && <span>{t('models-served:estimate.guess')}</span>}
      </p>
      <MemoryBar
        label={t('models-served:estimate.label', { size: bytes(all) })}
        segments={segments}
        totalBytes={room}
        tooMuch={tooLarge}
      />
      <MemoryLegend segments={segments} />
      <p className={classes.verdict} role="status">
        <ToneIcon tone={tooLarge ? 'attention' : fit.verdict === 'partly' ? 'waiting' : 'earned'} size={15} />
        <span>
          {tooLarge ? t('models-served:estimate.loadedWithLess', { verdict: fitWords(fit) }) : fitWords(fit)}
        </span>
      </p>
    </div>
  )
}
