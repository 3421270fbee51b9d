import { Button } from '@mantine/core'
import { IconCpu, IconCpu2, IconDatabase, IconDeviceSdCard, type TablerIcon } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import type { BackendProblem, DevicesView } from '../../../protocol/device-views.ts'
import type { MachineView } from '../../../protocol/fit-views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { useDevices } from '../../app/use-node.ts'
import { useNavigate } from '../../app/use-route.ts'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { bytes } from '../../format/numbers.ts'
import type { Tone } from '../../format/task-words.ts'
import classes from './DeviceStep.module.css'
import frame from './StepFrame.module.css'
import { AgainButton, NextButton, StepFrame } from './StepFrame.tsx'
import type { StepProps } from './step-props.ts'

/** Under it, few models of the catalogue can be downloaded. */
const LOW_DISK_BYTES = 5e9

/** What llama.cpp found, and what there is room for. */
export function DeviceStep({ onBack, onNext }: StepProps) {
  const trpc = useTRPC()
  const navigate = useNavigate()
  const devices = useDevices()
  const info = useQuery(trpc.app.info.queryOptions()).data
  const { data: machine, error, refetch } = useQuery(trpc.fit.machine.queryOptions())
  const probe = useMutation(
    trpc.devices.probe.mutationOptions({
      onSuccess: () => void refetch(),
      onError: (failure) => notifyFailure(failure, t('setup:failed')),
    }),
  )
  const probing = devices === undefined || devices.probing || devices.use.state === 'probing'
  return (
    <StepFrame
      title={t('setup:device.title')}
      lead={t('setup:device.lead')}
      onBack={onBack}
      instead={
        <AgainButton
          label={t('setup:device.again')}
          loading={probe.isPending || probing}
          onClick={() => probe.mutate()}
        />
      }
      next={<NextButton onClick={onNext} />}
    >
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : machine === undefined || devices === undefined ? (
        <LoadingRows rows={4} label={t('setup:device.probing')} />
      ) : (
        <ul className={frame.rows}>
          <GraphicsCards devices={devices} />
          <Part
            icon={IconCpu}
            name={t('setup:device.cpu')}
            value={info?.cpu ?? machine.cpu}
            note={t('setup:device.cores', { count: machine.cores })}
            badge={devices.use.devices.includes('cpu') ? ['earned', t('setup:device.here')] : undefined}
          />
          <Memory machine={machine} />
          <Part
            icon={IconDatabase}
            name={t('setup:device.disk')}
            value={bytes(machine.diskFreeBytes)}
            note={
              machine.diskFreeBytes < LOW_DISK_BYTES
                ? t('setup:device.diskLow')
                : t('setup:device.diskEnough')
            }
            badge={undefined}
          />
        </ul>
      )}
      <div className={classes.more}>
        <Button variant="subtle" color="gray" onClick={() => navigate({ view: 'models', tab: 'devices' })}>
          {t('setup:device.details')}
        </Button>
        <p role="status" className={classes.live}>
          {probing ? t('setup:device.probing') : ''}
        </p>
      </div>
    </StepFrame>
  )
}

function GraphicsCards({ devices: { devices, backends, use } }: { readonly devices: DevicesView }) {
  const cards = devices.filter(({ kind }) => kind === 'discrete' || kind === 'integrated')
  if (cards.length > 0)
    return cards.map(({ id, name, totalBytes }) => (
      <Part
        key={id}
        icon={IconCpu2}
        name={t('setup:device.gpu')}
        value={name}
        note={bytes(totalBytes)}
        badge={use.devices.includes(id) ? ['earned', t('setup:device.here')] : undefined}
      />
    ))
  const problem = backends.map((backend) => backend.problem).find(isWorthTelling)
  return (
    <Part
      icon={IconCpu2}
      name={t('setup:device.gpu')}
      value={use.state === 'suspended' ? t('setup:device.suspended') : t('setup:device.noGpu')}
      note={problem === undefined ? t('setup:device.noGpuMeans') : t(`setup:device.problem.${problem}`)}
      badge={undefined}
    />
  )
}

type TellingProblem = Exclude<BackendProblem, 'not_here' | 'no_device'>

/** That there is no card, or none of that make, is no problem. */
function isWorthTelling(problem: BackendProblem | undefined): problem is TellingProblem {
  return problem !== undefined && problem !== 'not_here' && problem !== 'no_device'
}

function Memory({ machine }: { readonly machine: MachineView }) {
  const onGpu = machine.gpus.length > 0
  const total = onGpu ? machine.gpus.reduce((sum, gpu) => sum + gpu.totalBytes, 0) : machine.ramTotalBytes
  return (
    <Part
      icon={IconDeviceSdCard}
      name={t('setup:device.memory')}
      value={bytes(onGpu ? machine.vramForModelsBytes : machine.ramForModelsBytes)}
      note={t('setup:device.of', { total: bytes(total) })}
      badge={undefined}
    />
  )
}

interface PartProps {
  readonly icon: TablerIcon
  readonly name: string
  readonly value: string
  readonly note: string
  readonly badge: readonly [tone: Tone, words: string] | undefined
}

function Part({ icon: Icon, name, value, note, badge }: PartProps) {
  return (
    <li className={classes.part}>
      <Icon aria-hidden size={22} stroke={1.5} />
      <div className={classes.words}>
        <span className={classes.name}>{name}</span>
        <span className={classes.value} data-figures>
          {value}
        </span>
        <span className={classes.note}>{note}</span>
      </div>
      {badge !== undefined && <ToneBadge tone={badge[0]}>{badge[1]}</ToneBadge>}
    </li>
  )
}
