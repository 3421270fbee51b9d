import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { SettingsStateView, SettingsView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Page } from '../../components/Page.tsx'
import { Panel } from '../../components/Panel.tsx'
import { SetUpAgain } from '../first-run/SetUpAgain.tsx'
import { BackupsPanel } from '../recovery/BackupsPanel.tsx'
import { AboutPanel } from './AboutPanel.tsx'
import { ModelPrices } from './ModelPrices.tsx'
import { SettingRow } from './SettingRow.tsx'
import { SettingsFilePanel } from './SettingsFilePanel.tsx'
import classes from './SettingsPage.module.css'
import type { SettingDefinition, SettingGroup } from './setting-group.ts'
import { settingGroups } from './setting-groups.ts'
import { ToolsPanel } from './ToolsPanel.tsx'
import { findTools } from './tool-words.ts'
import { UpdatePanel } from './UpdatePanel.tsx'
import { useSaveSetting } from './use-save-setting.ts'

const untouched: SettingsStateView = { changed: [], overridden: [] }

export function SettingsPage() {
  const trpc = useTRPC()
  const { data, error, refetch } = useQuery(trpc.settings.get.queryOptions())
  const settings: SettingsView | undefined = data
  const state: SettingsStateView = useQuery(trpc.settings.state.queryOptions()).data ?? untouched
  const [search, setSearch] = useState('')
  const groups = findRows(search)
  const tools = findTools(search)
  return (
    <Page title={t('settings:title')}>
      <div className={classes.page}>
        <TextInput
          aria-label={t('settings:search')}
          placeholder={t('settings:search')}
          leftSection={<IconSearch aria-hidden size={14} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          w={280}
        />
        {settings === undefined ? (
          error !== null ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : (
            <LoadingRows rows={8} />
          )
        ) : groups.length === 0 && tools.length === 0 ? (
          <Panel>
            <EmptyState icon={IconSearch} title={t('settings:nothingFound.title')}>
              {t('settings:nothingFound.hint')}
            </EmptyState>
          </Panel>
        ) : (
          groups.map((group) => (
            <Panel key={group.id} title={t(`settings:group.${group.id}`)}>
              <div className={classes.rows}>
                {group.rows.map((row) => (
                  <Setting key={row.key} row={row} settings={settings} state={state} />
                ))}
                {group.id === 'work' && search === '' && <ModelPrices />}
              </div>
            </Panel>
          ))
        )}
        {tools.length > 0 && <ToolsPanel shown={tools} />}
        {search === '' && (
          <>
            {settings !== undefined && <UpdatePanel settings={settings} />}
            <SetUpAgain />
            <SettingsFilePanel state={state} />
            <BackupsPanel />
            <AboutPanel />
          </>
        )}
      </div>
    </Page>
  )
}

interface SettingProps {
  readonly row: SettingDefinition
  readonly settings: SettingsView
  readonly state: SettingsStateView
}

function Setting({ row, settings, state }: SettingProps) {
  const { save, reset, state: saving, dismiss } = useSaveSetting()
  const id = `setting-${row.key}`
  const { key } = row
  const isChanged = key !== 'modelToken' && state.changed.includes(key)
  const flag = state.overridden.find((each) => each.key === key)
  return (
    <SettingRow
      id={id}
      title={t(`settings:row.${key}.title`)}
      explanation={t(`settings:row.${key}.explanation`)}
      atJoin={row.atJoin}
      wide={row.wide}
      signal={row.signal}
      state={saving}
      overriddenBy={flag === undefined ? undefined : `${flag.key} = ${flag.value}`}
      onReset={isChanged ? () => reset(key) : undefined}
      onEdit={dismiss}
    >
      {row.control(settings, save, id)}
    </SettingRow>
  )
}

function findRows(search: string): readonly SettingGroup[] {
  const wanted = search.trim().toLowerCase()
  return settingGroups
    .map((group) => ({ ...group, rows: group.rows.filter((row) => rowWords(group, row).includes(wanted)) }))
    .filter((group) => group.rows.length > 0)
}

function rowWords({ id }: SettingGroup, { key }: SettingDefinition): string {
  const words = [
    t(`settings:group.${id}`),
    t(`settings:row.${key}.title`),
    t(`settings:row.${key}.explanation`),
    key,
  ]
  return words.join(' ').toLowerCase()
}
