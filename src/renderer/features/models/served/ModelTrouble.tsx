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
    <FailureNote failure={error} title={`${name} could not be loaded`} action={<Mending model={model} />} />
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
      onError: (error) => notifyFailure(error, `${name} could not be loaded`),
    }),
  )
  return (
    <Button
      leftSection={<IconPlayerPlay aria-hidden size={14} />}
      loading={load.isPending}
      onClick={() => load.mutate({ name })}
      aria-label={`Load again: ${name}`}
    >
      Load again
    </Button>
  )
}

function ChooseFile({ model: { name, builtIn } }: TroubleProps) {
  const trpc = useTRPC()
  const move = useMutation(
    trpc.models.moveTo.mutationOptions({
      onSuccess: () =>
        notifyDone(`${name} has another file`, 'It is loaded now, under the same name and price.'),
      onError: (error) => notifyFailure(error, `${name} keeps its file`),
    }),
  )
  const pick = useMutation(
    trpc.models.pickFile.mutationOptions({
      onSuccess: (path: string | null) => {
        if (path !== null) move.mutate({ name, path })
      },
      onError: (error) => notifyFailure(error, 'No file could be chosen'),
    }),
  )
  if (builtIn) return null
  return (
    <Button
      leftSection={<IconFolderOpen aria-hidden size={14} />}
      loading={pick.isPending || move.isPending}
      onClick={() => pick.mutate()}
      aria-label={`Choose the file again: ${name}`}
    >
      Choose the file again…
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
        aria-label={`Remove ${model.name}`}
      >
        Remove…
      </Button>
      <RemoveModel model={asking ? model : undefined} onClose={() => setAsking(false)} />
    </>
  )
}

/** For models that the catalogue knows. What is damaged goes first, where it is a file of our own. */
function DownloadAgain({ model: { name, builtIn } }: TroubleProps) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.catalogue.search.queryOptions({ text: name }))
  const pull = useMutation(
    trpc.pulls.add.mutationOptions({
      onSuccess: () => notifyDone(`${name} is downloaded again`, 'It is loaded when it is complete.'),
      onError: (error) => notifyFailure(error, `${name} could not be downloaded`),
    }),
  )
  const remove = useMutation(
    trpc.localModels.remove.mutationOptions({
      onSuccess: () => pull.mutate({ model: name, load: true }),
      onError: (error) => notifyFailure(error, `${name} could not be replaced`),
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
      loading={remove.isPending || pull.isPending}
      onClick={() => remove.mutate({ name, deleteFile: true })}
      aria-label={`Download again: ${name}`}
    >
      Download again
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
      onError: (error) => notifyFailure(error, `${name} could not be loaded`),
    }),
  )
  const set = useMutation(
    trpc.models.setWish.mutationOptions({
      onSuccess: () => load.mutate({ name }),
      onError: (error) => notifyFailure(error, `${name} could not be set`),
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
      aria-label={`${label} (${name})`}
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
      label="Give models more memory"
    />
  )
}

/** For the process that computes all models. */
export function RestartInference() {
  const restart = useMutation(
    useTRPC().node.restartInference.mutationOptions({
      onSuccess: () => notifyDone('Inference is started again', 'Models are loaded anew.'),
      onError: (error) => notifyFailure(error, 'Inference could not be started again'),
    }),
  )
  return (
    <Button
      variant="filled"
      leftSection={<IconRefresh aria-hidden size={14} />}
      loading={restart.isPending}
      onClick={() => restart.mutate()}
    >
      Restart inference
    </Button>
  )
}
