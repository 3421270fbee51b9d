import { Button } from '@mantine/core'
import {
  IconDownload,
  IconFolderOpen,
  IconPlayerPlay,
  IconRefresh,
  IconScaleOutline,
  IconTrash,
} from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { ModelView, SettingsView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyDone, notifyFailure } from '../../../app/notify.tsx'
import { FailureNote } from '../../../components/ErrorState.tsx'
import { RemoveModel } from '../RemoveModel.tsx'
import { reliefs, type WishPatch, wishOf } from './load-wish.ts'
import { MemoryBudget } from './MemoryBudget.tsx'

interface TroubleProps {
  readonly model: ModelView
}

/** Why a model does not work, with the buttons that mend it. */
export function ModelTrouble({ model }: TroubleProps) {
  const { name, state, error } = model
  if (error === undefined || state === 'suspended') return null
  return (
    <FailureNote
      failure={error}
      title={t('models-served:failure.load', { name })}
      action={<Mending model={model} />}
    />
  )
}

function Mending({ model }: TroubleProps): ReactNode {
  switch (model.error?.code) {
    case 'model_not_found':
      return (
        <>
          <ChooseFile model={model} />
          <Load model={model} />
          <Remove model={model} />
        </>
      )
    case 'model_invalid':
      return (
        <>
          <DownloadAgain model={model} />
          <ChooseFile model={model} />
          <Remove model={model} />
        </>
      )
    case 'out_of_memory':
      return (
        <>
          <LessMemory model={model} />
          <MoreMemory />
          <Load model={model} />
          <Remove model={model} />
        </>
      )
    case 'inference_crashed':
      return (
        <>
          <RestartInference />
          <Load model={model} />
        </>
      )
    default:
      return <Load model={model} />
  }
}

function Load({ model: { name } }: TroubleProps) {
  const load = useMutation(
    useTRPC().models.load.mutationOptions({
      onError: (error) => notifyFailure(error, t('models-served:failure.load', { name })),
    }),
  )
  return (
    <Button
      leftSection={<IconPlayerPlay aria-hidden size={14} />}
      loading={load.isPending}
      onClick={() => load.mutate({ name })}
      aria-label={t('models-served:trouble.loadAgainLabel', { name })}
    >
      {t('models-served:trouble.loadAgain')}
    </Button>
  )
}

function ChooseFile({ model: { name, builtIn } }: TroubleProps) {
  const trpc = useTRPC()
  const move = useMutation(
    trpc.models.moveTo.mutationOptions({
      onSuccess: () =>
        notifyDone(t('models-served:trouble.moved', { name }), t('models-served:trouble.movedNote')),
      onError: (error) => notifyFailure(error, t('models-served:trouble.notMoved', { name })),
    }),
  )
  const pick = useMutation(
    trpc.models.pickFile.mutationOptions({
      onSuccess: (path: string | null) => {
        if (path !== null) move.mutate({ name, path })
      },
      onError: (error) => notifyFailure(error, t('models:noFileChosen')),
    }),
  )
  if (builtIn) return null
  return (
    <Button
      leftSection={<IconFolderOpen aria-hidden size={14} />}
      loading={pick.isPending || move.isPending}
      onClick={() => pick.mutate()}
      aria-label={t('models-served:trouble.chooseFileLabel', { name })}
    >
      {t('models-served:trouble.chooseFile')}
    </Button>
  )
}

function Remove({ model }: TroubleProps) {
  const [asking, setAsking] = useState(false)
  if (model.builtIn) return null
  return (
    <>
      <Button
        leftSection={<IconTrash aria-hidden size={14} />}
        onClick={() => setAsking(true)}
        aria-label={t('models:removeLabel', { name: model.name })}
      >
        {t('models:remove')}
      </Button>
      <RemoveModel model={asking ? model : undefined} onClose={() => setAsking(false)} />
    </>
  )
}

/** For models that the catalogue knows. What is damaged goes first, where it is a file of our own. */
function DownloadAgain({ model: { name, builtIn } }: TroubleProps) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.catalogue.search.queryOptions({ text: name }))
  const mend = useMutation(
    trpc.health.mend.mutationOptions({
      onSuccess: () =>
        notifyDone(
          t('models-served:trouble.downloading', { name }),
          t('models-served:trouble.downloadingNote'),
        ),
      onError: (error) => notifyFailure(error, t('models-served:trouble.notReplaced', { name })),
    }),
  )
  const known = data?.models.some(({ variants }) =>
    variants.some((variant) => variant.name === name || variant.aliases.includes(name)),
  )
  if (builtIn || known !== true) return null
  return (
    <Button
      variant="filled"
      leftSection={<IconDownload aria-hidden size={14} />}
      loading={mend.isPending}
      onClick={() => mend.mutate({ act: 'pull_model', name })}
      aria-label={t('models-served:trouble.downloadAgainLabel', { name })}
    >
      {t('models-served:trouble.downloadAgain')}
    </Button>
  )
}

function LessMemory({ model }: TroubleProps) {
  const trpc = useTRPC()
  const { name } = model
  const { data: facts } = useQuery({
    ...trpc.fit.facts.queryOptions({ name }),
    refetchOnMount: 'always',
  })
  const load = useMutation(
    trpc.models.load.mutationOptions({
      onError: (error) => notifyFailure(error, t('models-served:failure.load', { name })),
    }),
  )
  const set = useMutation(
    trpc.models.setWish.mutationOptions({
      onSuccess: () => load.mutate({ name }),
      onError: (error) => notifyFailure(error, t('models-served:failure.set', { name })),
    }),
  )
  if (facts === undefined) return null
  const offered = reliefs(facts, wishOf(model, facts))
  const give = (patch: WishPatch) => set.mutate({ name, ...patch })
  return offered.map(({ label, patch }) => (
    <Button
      key={label}
      leftSection={<IconScaleOutline aria-hidden size={14} />}
      loading={set.isPending || load.isPending}
      onClick={() => give(patch)}
      aria-label={t('models-served:relief.label', { change: label, name })}
    >
      {label}
    </Button>
  ))
}

function MoreMemory() {
  const trpc = useTRPC()
  const settings: SettingsView | undefined = useQuery(trpc.settings.get.queryOptions()).data
  const machine = useQuery(trpc.fit.machine.queryOptions()).data
  if (settings === undefined) return null
  return (
    <MemoryBudget
      budgetBytes={settings.memoryBudgetBytes}
      machine={machine}
      label={t('models-served:budget.more')}
    />
  )
}

/** For the process that computes all models. */
export function RestartInference() {
  const restart = useMutation(
    useTRPC().node.restartInference.mutationOptions({
      onSuccess: () =>
        notifyDone(t('models-served:trouble.restarted'), t('models-served:trouble.restartedNote')),
      onError: (error) => notifyFailure(error, t('models-served:trouble.notRestarted')),
    }),
  )
  return (
    <Button
      variant="filled"
      leftSection={<IconRefresh aria-hidden size={14} />}
      loading={restart.isPending}
      onClick={() => restart.mutate()}
    >
      {t('models-served:trouble.restart')}
    </Button>
  )
}
