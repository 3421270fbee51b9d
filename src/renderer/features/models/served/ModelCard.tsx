import { ActionIcon, Button, Group, Menu, Modal } from '@mantine/core'
import { IconCopy, IconDots, IconPlayerEject, IconPlayerPlay, IconTrash } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { FailureNote } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { SlotPips } from '../../../components/SlotPips.tsx'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { useCopy } from '../../../components/use-copy.ts'
import { fileName } from '../../../format/identifiers.ts'
import { bytes, count, parameters, rate } from '../../../format/numbers.ts'
import classes from './ModelCard.module.css'
import { ModelPrice } from './ModelPrice.tsx'
import { modelWords } from './model-words.ts'

export function ModelCard({ model }: { readonly model: ModelView }) {
  const { label, tone } = modelWords(model)
  const load = useLoading(model)
  const loadLabel = model.state === 'failed' ? 'Load again' : 'Load'
  return (
    <Panel>
      <div className={classes.head}>
        <div className={classes.names}>
          <h2 className={classes.name}>{model.name}</h2>
          <ToneBadge tone={tone}>{label}</ToneBadge>
          {model.builtIn && <span className={classes.mark}>built in</span>}
        </div>
        <div className={classes.actions}>
          {(model.state === 'unloaded' || model.state === 'idle' || model.state === 'failed') && (
            <Button
              leftSection={<IconPlayerPlay aria-hidden size={14} />}
              loading={load.isPending}
              onClick={() => load.mutate({ name: model.name })}
              aria-label={`${loadLabel} ${model.name}`}
            >
              {loadLabel}
            </Button>
          )}
          <ModelMenu model={model} />
        </div>
      </div>
      {model.error !== undefined && (
        <FailureNote
          failure={model.error}
          title={
            model.state === 'suspended' ? `${model.name} is suspended` : `${model.name} could not be loaded`
          }
        />
      )}
      <dl className={classes.facts}>
        <Fact
          name="Speed"
          value={model.tokensPerSecond && `${rate(model.tokensPerSecond)} tokens/s`}
          strong
        />
        <Fact name="Slots" value={model.slots && <Slots model={model} slots={model.slots} />} strong />
        <Fact name="Memory" value={model.memoryBytes && bytes(model.memoryBytes)} strong />
        <Fact name="Device" value={device(model)} />
        <Fact name="Kind" value={kind(model)} />
        <Fact name="Context" value={model.contextSize && `${count(model.contextSize)} tokens`} />
        <Fact
          name="File"
          value={<span title={model.path}>{fileName(model.path)}</span>}
          note={bytes(model.sizeBytes)}
        />
        <Fact name="Price per 1,000 tokens" value={<ModelPrice model={model} />} />
      </dl>
      {model.hasChatTemplate === false && (
        <p className={classes.hint}>
          A base model without a chat template: it continues the last message as it is.
        </p>
      )}
    </Panel>
  )
}

interface FactProps {
  readonly name: string
  readonly value: ReactNode
  readonly note?: string
  readonly strong?: boolean
}

/** Nothing at all where there is nothing to say: a model that is not loaded has no speed. */
function Fact({ name, value, note, strong = false }: FactProps) {
  if (value === undefined || value === 0 || value === '') return null
  return (
    <div className={classes.fact} data-strong={strong || undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
      {note !== undefined && <dd className={classes.note}>{note}</dd>}
    </div>
  )
}

function Slots({ model, slots }: { readonly model: ModelView; readonly slots: number }) {
  return (
    <span className={classes.slots}>
      {model.running} of {slots}
      <SlotPips slots={slots} running={model.running} />
    </span>
  )
}

function device(model: ModelView): string | undefined {
  if (model.device === undefined) return undefined
  const { gpuLayers = 0, totalLayers, threads } = model
  if (gpuLayers > 0 && totalLayers !== undefined)
    return `${model.device} · ${gpuLayers}/${totalLayers} layers`
  return threads === undefined
    ? model.device
    : `${model.device} · ${threads} ${threads === 1 ? 'thread' : 'threads'}`
}

function kind(model: ModelView): string | undefined {
  const { architecture, parameterCount, quantisation } = model
  const parts = [
    architecture,
    parameterCount === undefined ? undefined : parameters(parameterCount),
    quantisation,
  ]
  const known = parts.filter((part) => part !== undefined)
  return known.length === 0 ? undefined : known.join(' · ')
}

function useLoading(model: ModelView) {
  return useMutation(
    useTRPC().models.load.mutationOptions({
      onError: (error) => notifyFailure(error, `${model.name} could not be loaded`),
    }),
  )
}

function ModelMenu({ model }: { readonly model: ModelView }) {
  const trpc = useTRPC()
  const { copy } = useCopy()
  const [removing, setRemoving] = useState(false)
  const unload = useMutation(
    trpc.models.unload.mutationOptions({
      onError: (error) => notifyFailure(error, `${model.name} could not be unloaded`),
    }),
  )
  const remove = useMutation(
    trpc.models.remove.mutationOptions({
      onSuccess: () => setRemoving(false),
      onError: (error) => notifyFailure(error, `${model.name} could not be removed`),
    }),
  )
  const { sha256 } = model
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon aria-label={`More for ${model.name}`} variant="default">
            <IconDots aria-hidden size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {(model.state === 'ready' || model.state === 'idle' || model.state === 'loading') && (
            <Menu.Item
              leftSection={<IconPlayerEject aria-hidden size={15} />}
              onClick={() => unload.mutate({ name: model.name })}
            >
              Unload
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconCopy aria-hidden size={15} />} onClick={() => copy(model.path)}>
            Copy path
          </Menu.Item>
          {sha256 !== undefined && (
            <Menu.Item leftSection={<IconCopy aria-hidden size={15} />} onClick={() => copy(sha256)}>
              Copy SHA-256
            </Menu.Item>
          )}
          {!model.builtIn && (
            <Menu.Item
              leftSection={<IconTrash aria-hidden size={15} />}
              color="red"
              onClick={() => setRemoving(true)}
            >
              Remove…
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={removing} onClose={() => setRemoving(false)} title={`Remove ${model.name}?`} size={420}>
        <p>
          Tasks for it go to other nodes from now on. The file stays on disk, so the model can be added again.
          {model.running > 0 && ` What it works on now (${model.running}) is stopped and not paid.`}
        </p>
        <Group justify="flex-end" gap="xs" mt="lg">
          <Button onClick={() => setRemoving(false)} data-autofocus>
            Keep it
          </Button>
          <Button
            variant="filled"
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate({ name: model.name })}
          >
            Remove
          </Button>
        </Group>
      </Modal>
    </>
  )
}
