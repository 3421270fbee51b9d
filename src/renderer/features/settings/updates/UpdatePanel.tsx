import { Button, Group, Progress } from '@mantine/core'
import { IconAlertTriangle, IconDownload, IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { t } from '../../../../locales/translate.ts'
import {
  type RefusedVersion,
  type UpdatesView,
  updateChannels,
  updatePolicies,
} from '../../../../protocol/update-views.ts'
import type { SettingsView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { Segmented } from '../../../components/Segmented.tsx'
import { SettingRow } from '../SettingRow.tsx'
import { useSaveSetting } from '../use-save-setting.ts'
import classes from './UpdatePanel.module.css'

/** Which version runs, what becomes of the next one, and what the operator may do about it. */
export function UpdatePanel({ settings }: { readonly settings: SettingsView }) {
  const { data: view } = useQuery(useTRPC().updates.view.queryOptions())
  const actions = useUpdateActions()
  if (view === undefined) return null
  const isBusy = view.stage !== 'none' && view.stage !== 'available' && view.stage !== 'ready'
  const canInstall = view.stage === 'available' || view.stage === 'ready'
  const isOurs = view.unsupported === undefined
  return (
    <Panel
      title={t('updates:title')}
      aside={
        isOurs && (
          <Button
            leftSection={<IconRefresh aria-hidden size={15} />}
            loading={view.stage === 'checking'}
            disabled={isBusy}
            onClick={actions.check}
          >
            {t('updates:check')}
          </Button>
        )
      }
    >
      <div className={classes.panel}>
        {view.refused !== undefined && <Refused refused={view.refused} onDismiss={actions.dismiss} />}
        <div className={classes.state}>
          <div>
            <p className={classes.version}>{t('updates:current', { version: view.currentVersion })}</p>
            <p className={classes.stage} role="status">
              {stateWords(view)}
            </p>
            {view.error !== undefined && <p className={classes.error}>{view.error.message}</p>}
            {isOurs && view.checkedAtMs !== undefined && (
              <p className={classes.checked}>
                {t('updates:checked')} <RelativeTime atMs={view.checkedAtMs} />
              </p>
            )}
          </div>
          {canInstall && (
            <Group gap={8} wrap="nowrap">
              {view.stage === 'available' && (
                <Button variant="subtle" onClick={actions.skip}>
                  {t('updates:skip')}
                </Button>
              )}
              <Button
                variant="filled"
                leftSection={<IconDownload aria-hidden size={15} />}
                onClick={actions.install}
              >
                {t('updates:install')}
              </Button>
            </Group>
          )}
        </div>
        {view.stage === 'downloading' && (
          <Progress value={view.percent ?? 0} aria-label={t('updates:progress')} size="sm" />
        )}
        {isOurs && <UpdateSettings settings={settings} />}
      </div>
    </Panel>
  )
}

function UpdateSettings({ settings }: { readonly settings: SettingsView }) {
  return (
    <div>
      <Choice name="updatePolicy" values={updatePolicies} settings={settings} />
      <Choice name="updateChannel" values={updateChannels} settings={settings} />
    </div>
  )
}

interface ChoiceProps<Key extends 'updatePolicy' | 'updateChannel'> {
  readonly name: Key
  readonly values: readonly SettingsView[Key][]
  readonly settings: SettingsView
}

function Choice<Key extends 'updatePolicy' | 'updateChannel'>({ name, values, settings }: ChoiceProps<Key>) {
  const kind = name === 'updatePolicy' ? 'policy' : 'channel'
  const { save, state, dismiss } = useSaveSetting()
  const title = t(`updates:${kind}.title`)
  return (
    <SettingRow
      id={`setting-${name}`}
      title={title}
      explanation={t(`updates:${kind}.explanation`)}
      state={state}
      onEdit={dismiss}
    >
      <Segmented
        label={title}
        value={settings[name]}
        options={values.map((each) => ({ value: each, label: t(`updates:choice.${each}`) }))}
        onChange={(chosen) => save(name, chosen)}
      />
    </SettingRow>
  )
}

function Refused({ refused, onDismiss }: { refused: RefusedVersion; onDismiss: () => void }) {
  const { version, reason, rolledBack } = refused
  return (
    <div className={classes.refused} role="alert">
      <IconAlertTriangle aria-hidden size={16} />
      <div>
        <p className={classes.version}>{t('updates:refused.title', { version })}</p>
        <p className={classes.stage}>
          {rolledBack ? t('updates:refused.rolledBack') : t('updates:refused.tried')}
        </p>
        <p className={classes.reason}>{t('updates:refused.reason', { reason })}</p>
      </div>
      <Button onClick={onDismiss}>{t('updates:dismiss')}</Button>
    </div>
  )
}

function stateWords({ unsupported, stage, version = '', policy, checkedAtMs }: UpdatesView): string {
  if (unsupported !== undefined) return t(`updates:unsupported.${unsupported}`)
  if (stage !== 'none') return t(`updates:stage.${stage}`, { version })
  if (checkedAtMs !== undefined) return t('updates:stage.none')
  return policy === 'off' ? t('updates:stage.off') : t('updates:stage.unknown')
}

function useUpdateActions() {
  const trpc = useTRPC()
  const failed = (action: 'check' | 'install' | 'skip' | 'dismiss') => ({
    onError: (error: unknown) => notifyFailure(error, t(`updates:failed.${action}`)),
  })
  const check = useMutation(trpc.updates.check.mutationOptions(failed('check')))
  const install = useMutation(trpc.updates.install.mutationOptions(failed('install')))
  const skip = useMutation(trpc.updates.skip.mutationOptions(failed('skip')))
  const dismiss = useMutation(trpc.updates.dismiss.mutationOptions(failed('dismiss')))
  return {
    check: () => check.mutate(),
    install: () => install.mutate(),
    skip: () => skip.mutate(),
    dismiss: () => dismiss.mutate(),
  }
}
