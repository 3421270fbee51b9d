import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { SettingsStateView, SettingsView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { useRoute } from '../../app/use-route.ts'
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
import { UpdatePanel } from './updates/UpdatePanel.tsx'
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
  const panels = otherPanels(settings, state).filter(({ words }) => hasWords(words, search))
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
        ) : groups.length === 0 && tools.length === 0 && panels.length === 0 ? (
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
        {settings !== undefined &&
          panels.map(({ id, panel }) => (
            <PanelPlace key={id} id={id}>
              {panel}
            </PanelPlace>
          ))}
      </div>
    </Page>
  )
}

interface OtherPanel {
  readonly id: string
  /** What it is found by. */
  readonly words: readonly string[]
  readonly panel: ReactNode
}

/** Comes into view where the address names it. */
function PanelPlace({ id, children }: { readonly id: string; readonly children: ReactNode }) {
  const { tab } = useRoute()
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (tab === id) place.current?.scrollIntoView()
  }, [tab, id])
  return <div ref={place}>{children}</div>
}

/** What is no row of one setting. */
function otherPanels(settings: SettingsView | undefined, state: SettingsStateView): readonly OtherPanel[] {
  return [
    {
      id: 'updates',
      words: [
        t('updates:title'),
        t('updates:policy.title'),
        t('updates:policy.explanation'),
        t('updates:channel.title'),
        t('updates:channel.explanation'),
        'updatePolicy',
        'updateChannel',
      ],
      panel: settings !== undefined && <UpdatePanel settings={settings} />,
    },
    { id: 'set-up', words: [t('setup:again.title'), t('setup:again.text')], panel: <SetUpAgain /> },
    {
      id: 'file',
      words: [t('settings:file.title'), t('settings:file.explanation')],
      panel: <SettingsFilePanel state={state} />,
    },
    { id: 'backups', words: [t('recovery:backups.title')], panel: <BackupsPanel /> },
    {
      id: 'about',
      words: [t('settings:about.title'), t('settings:about.dataFolder'), t('settings:about.computer')],
      panel: <AboutPanel />,
    },
  ]
}

function hasWords(words: readonly string[], search: string): boolean {
  return words.join(' ').toLowerCase().includes(search.trim().toLowerCase())
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
  return settingGroups
    .map((group) => ({ ...group, rows: group.rows.filter((row) => hasWords(rowWords(group, row), search)) }))
    .filter((group) => group.rows.length > 0)
}

function rowWords({ id }: SettingGroup, { key }: SettingDefinition): readonly string[] {
  return [
    t(`settings:group.${id}`),
    t(`settings:row.${key}.title`),
    t(`settings:row.${key}.explanation`),
    key,
  ]
}
