import { Button, Switch } from '@mantine/core'
import { IconInfoCircle, IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { BackendView, DevicesView } from '../../../../protocol/device-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { DeviceRow, MissingRow } from './DeviceRow.tsx'
import classes from './DevicesTab.module.css'
import { missingDevices } from './device-choice.ts'
import { backendAdvice, backendNames, causeWords } from './device-words.ts'
import { MissingDevice } from './MissingDevice.tsx'
import { type DeviceActions, useDeviceActions } from './use-device-actions.ts'

/** What models are computed on: which devices there are, which are used, and why others are not. */
export function DevicesTab() {
  const { data, error, refetch } = useQuery(useTRPC().devices.view.queryOptions())
  const actions = useDeviceActions()
  if (data === undefined) {
    return error === null ? (
      <LoadingRows rows={6} />
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    )
  }
  const absent = data.backends.filter(({ available }) => !available)
  return (
    <div className={classes.tab}>
      <MissingDevice />
      <DeviceList view={data} actions={actions} />
      <WhenMissing view={data} actions={actions} />
      {absent.length > 0 && <Absent backends={absent} />}
    </div>
  )
}

interface PartProps {
  readonly view: DevicesView
  readonly actions: DeviceActions
}

function DeviceList({ view, actions }: PartProps) {
  const looking = actions.looking || view.probing
  const automatic = view.choice === 'auto'
  return (
    <Panel
      title="Devices"
      aside={
        <>
          <span role="status">
            {looking ? 'Looking at each device; up to 30 s each…' : <LastLook view={view} />}
          </span>
          <Button
            leftSection={<IconRefresh aria-hidden size={14} />}
            loading={looking}
            onClick={actions.look}
          >
            Look again
          </Button>
        </>
      }
    >
      <Switch
        label="Choose automatically"
        description={
          automatic
            ? 'The best there is: graphics cards first, the processor where there is none.'
            : 'Only what is switched on below is used, and nothing else. Switch this on to let Driad choose.'
        }
        checked={automatic}
        disabled={actions.choosing}
        onChange={(event) => actions.choose({ devices: event.currentTarget.checked ? 'auto' : inUse(view) })}
      />
      {view.devices.length === 0 && missingDevices(view).length === 0 ? (
        <LoadingRows rows={3} label="Looking for devices" />
      ) : (
        <ul className={classes.list} aria-label="Devices">
          {missingDevices(view).map((id) => (
            <MissingRow key={id} id={id} view={view} actions={actions} />
          ))}
          {view.devices.map((device) => (
            <DeviceRow key={device.id} device={device} view={view} actions={actions} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

/** What the choice becomes when it is no longer automatic: what is used now. */
function inUse({ use }: DevicesView): readonly string[] {
  return use.devices.length === 0 ? ['cpu'] : use.devices
}

function LastLook({ view: { probedAtMs, probedBecause } }: { readonly view: DevicesView }) {
  if (probedAtMs === undefined) return 'Not looked at yet'
  return (
    <>
      Looked <RelativeTime atMs={probedAtMs} />
      {probedBecause !== undefined && `, ${causeWords[probedBecause]}`}
    </>
  )
}

function WhenMissing({ view, actions }: PartProps) {
  return (
    <Panel title="When the GPU is missing">
      <Switch
        label="Let the processor stand in"
        description="Off: models that belong on the GPU are suspended until it is back, and no task is taken for them. On: they go on, on the processor, many times slower; tasks may end too late and are not paid then."
        checked={view.cpuFallback}
        disabled={actions.choosing}
        onChange={(event) => actions.choose({ cpuFallback: event.currentTarget.checked })}
      />
    </Panel>
  )
}

function Absent({ backends }: { readonly backends: readonly BackendView[] }) {
  return (
    <Panel title="What found no device">
      <ul className={classes.absent}>
        {backends.map(({ backend, problem, reason }) => (
          <li key={backend}>
            <IconInfoCircle aria-hidden size={16} stroke={1.7} />
            <div>
              <h3>{backendNames[backend]}</h3>
              <p>{reason ?? 'It found nothing.'}</p>
              {problem !== undefined && <p className={classes.advice}>{backendAdvice[problem]}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
