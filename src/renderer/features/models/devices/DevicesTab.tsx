import { Button, Switch } from '@mantine/core'
import { IconInfoCircle, IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../../locales/translate.ts'
import { problemWords } from '../../../../locales/words/device-words.ts'
import type { BackendProblem, BackendView, DevicesView } from '../../../../protocol/device-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { DeviceRow, MissingRow } from './DeviceRow.tsx'
import classes from './DevicesTab.module.css'
import { missingDevices } from './device-choice.ts'
import { backendAdvice, backendName } from './device-words.ts'
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
      title={t('models-devices:list.title')}
      aside={
        <>
          <span role="status">{looking ? t('models-devices:list.looking') : <LastLook view={view} />}</span>
          <Button
            leftSection={<IconRefresh aria-hidden size={14} />}
            loading={looking}
            onClick={actions.look}
          >
            {t('models-devices:list.lookAgain')}
          </Button>
        </>
      }
    >
      <Switch
        label={t('models-devices:list.automatic')}
        description={automatic ? t('models-devices:list.automaticOn') : t('models-devices:list.automaticOff')}
        checked={automatic}
        disabled={actions.choosing}
        onChange={(event) => actions.choose({ devices: event.currentTarget.checked ? 'auto' : inUse(view) })}
      />
      {view.devices.length === 0 && missingDevices(view).length === 0 ? (
        <LoadingRows rows={3} label={t('models-devices:list.loading')} />
      ) : (
        <ul className={classes.list} aria-label={t('models-devices:list.title')}>
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
  if (probedAtMs === undefined) return t('models-devices:looked.never')
  return (
    <Trans
      i18n={i18n}
      t={t}
      i18nKey={`models-devices:looked.${probedBecause ?? 'unknown'}`}
      components={{ time: <RelativeTime atMs={probedAtMs} /> }}
    />
  )
}

function WhenMissing({ view, actions }: PartProps) {
  return (
    <Panel title={t('models-devices:missing.title')}>
      <Switch
        label={t('models-devices:missing.fallback')}
        description={t('models-devices:missing.fallbackNote')}
        checked={view.cpuFallback}
        disabled={actions.choosing}
        onChange={(event) => actions.choose({ cpuFallback: event.currentTarget.checked })}
      />
    </Panel>
  )
}

function Absent({ backends }: { readonly backends: readonly BackendView[] }) {
  return (
    <Panel title={t('models-devices:absent.title')}>
      <ul className={classes.absent}>
        {backends.map(({ backend, problem, reason }) => (
          <li key={backend}>
            <IconInfoCircle aria-hidden size={16} stroke={1.7} />
            <div>
              <h3>{backendName(backend)}</h3>
              <p>
                {problem === undefined ? t('models-devices:absent.nothing') : problemWords(backend, problem)}
              </p>
              {problem !== undefined && <p className={classes.advice}>{backendAdvice(problem)}</p>}
              {detailed(problem) && reason !== undefined && (
                <p className={classes.advice}>
                  <code>{reason}</code>
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

/** Whether what the driver or the system told says more than the words for the problem. */
function detailed(problem: BackendProblem | undefined): boolean {
  return problem === 'driver_missing' || problem === 'failed' || problem === 'crashed'
}
