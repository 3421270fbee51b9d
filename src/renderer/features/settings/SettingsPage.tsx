import { Button, Switch, TextInput } from '@mantine/core'
import { IconFolderOpen, IconSearch } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AppInfoView, SettingsView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Page } from '../../components/Page.tsx'
import { Facts, Panel } from '../../components/Panel.tsx'
import { Segmented } from '../../components/Segmented.tsx'
import { bytes } from '../../format/numbers.ts'
import { SetUpAgain } from '../first-run/SetUpAgain.tsx'
import { AddressList } from './AddressList.tsx'
import { AmountInput } from './AmountInput.tsx'
import { DraftInput } from './DraftInput.tsx'
import { guestSettings } from './guest-settings.tsx'
import { ModelPrices } from './ModelPrices.tsx'
import { downloadSettings, modelSettings } from './model-settings.tsx'
import { unpaidSettings, workSettings } from './money-settings.tsx'
import { SettingRow } from './SettingRow.tsx'
import classes from './SettingsPage.module.css'
import type { SettingDefinition, SettingGroup } from './setting-group.ts'
import { ToolsPanel } from './ToolsPanel.tsx'
import { findTools } from './tool-words.ts'
import { trustSettings } from './trust-settings.tsx'
import { useSaveSetting } from './use-save-setting.ts'

const themes = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const

const groups: readonly SettingGroup[] = [
  guestSettings,
  {
    title: 'Network',
    rows: [
      {
        key: 'network',
        title: 'Name of the network',
        explanation:
          'Nodes of different names never meet. Everybody who is to work together uses the same one.',
        atJoin: true,
        control: ({ network }, save, id) => (
          <DraftInput id={id} value={network} onSave={(value) => save('network', value.trim())} />
        ),
      },
      {
        key: 'listen',
        title: 'Addresses to listen on',
        explanation:
          'As multiaddrs. Port 0 lets the system choose one; behind a port forwarding, write the fixed port.',
        atJoin: true,
        control: ({ listen }, save, id) => (
          <AddressList
            id={id}
            label="listen address"
            placeholder="/ip4/0.0.0.0/tcp/4001"
            value={listen}
            onSave={(value) => save('listen', value)}
          />
        ),
      },
      {
        key: 'bootstrap',
        title: 'Bootstrap addresses',
        explanation: 'Computers to connect to first. Those in your local network are found without.',
        atJoin: true,
        control: ({ bootstrap }, save, id) => (
          <AddressList
            id={id}
            label="bootstrap address"
            placeholder="/ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…"
            value={bootstrap}
            onSave={(value) => save('bootstrap', value)}
          />
        ),
      },
      {
        key: 'mailboxBytes',
        title: 'Results kept for others',
        explanation:
          'When a computer goes offline before a requester has its result, others keep that result, encrypted, for a week. Yours can be kept the same way whatever you set here. Empty: yours keeps none.',
        control: ({ mailboxBytes }, save, id) => (
          <AmountInput
            id={id}
            value={mailboxBytes}
            unit="MB"
            factor={1e6}
            most={1_000_000}
            placeholder="None"
            onSave={(value) => save('mailboxBytes', value ?? 0)}
          />
        ),
      },
      {
        key: 'joinOnStart',
        title: 'Join when Driad starts',
        explanation: 'Joining turns this on, leaving turns it off.',
        control: ({ joinOnStart }, save, id) => (
          <Switch
            id={id}
            checked={joinOnStart}
            onChange={(event) => save('joinOnStart', event.currentTarget.checked)}
          />
        ),
      },
    ],
  },
  workSettings,
  unpaidSettings,
  trustSettings,
  modelSettings,
  downloadSettings,
  {
    title: 'Window',
    rows: [
      {
        key: 'theme',
        title: 'Theme',
        explanation: 'Dark, light, or whatever the system has at the time.',
        control: ({ theme }, save) => (
          <Segmented
            label="Theme"
            value={theme}
            options={themes}
            onChange={(value) => save('theme', value)}
          />
        ),
      },
      {
        key: 'closeToTray',
        title: 'Keep earning when the window closes',
        explanation: 'The node stays in the tray. To stop it, choose “Quit and stop earning” there.',
        control: ({ closeToTray }, save, id) => (
          <Switch
            id={id}
            checked={closeToTray}
            onChange={(event) => save('closeToTray', event.currentTarget.checked)}
          />
        ),
      },
      {
        key: 'startAtLogin',
        title: 'Start when you log in',
        explanation: 'For the installed app. Whether it joins then is said by “Join when Driad starts”.',
        control: ({ startAtLogin }, save, id) => (
          <Switch
            id={id}
            checked={startAtLogin}
            onChange={(event) => save('startAtLogin', event.currentTarget.checked)}
          />
        ),
      },
      {
        key: 'startHidden',
        title: 'Start in the tray',
        explanation: 'Where it starts when you log in, its window stays closed.',
        control: ({ startHidden, startAtLogin }, save, id) => (
          <Switch
            id={id}
            checked={startHidden}
            disabled={!startAtLogin}
            onChange={(event) => save('startHidden', event.currentTarget.checked)}
          />
        ),
      },
    ],
  },
]

export function SettingsPage() {
  const { data, error, refetch } = useQuery(useTRPC().settings.get.queryOptions())
  const [search, setSearch] = useState('')
  const settings: SettingsView | undefined = data
  const found = findRows(search)
  const foundTools = findTools(search)
  return (
    <Page title="Settings">
      <div className={classes.page}>
        <TextInput
          aria-label="Search settings"
          placeholder="Search settings"
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
        ) : found.length === 0 && foundTools.length === 0 ? (
          <Panel>
            <EmptyState icon={IconSearch} title="No setting is like that">
              Search for part of its name or of what it does.
            </EmptyState>
          </Panel>
        ) : (
          found.map((group) => (
            <Panel key={group.title} title={group.title}>
              <div className={classes.rows}>
                {group.rows.map((row) => (
                  <Setting key={row.key} row={row} settings={settings} />
                ))}
                {group.title === workSettings.title && search === '' && <ModelPrices />}
              </div>
            </Panel>
          ))
        )}
        {foundTools.length > 0 && <ToolsPanel shown={foundTools} />}
        {search === '' && <SetUpAgain />}
        {search === '' && <About />}
      </div>
    </Page>
  )
}

function Setting({ row, settings }: { readonly row: SettingDefinition; readonly settings: SettingsView }) {
  const { save, state, dismiss } = useSaveSetting()
  const id = `setting-${row.key}`
  return (
    <SettingRow
      id={id}
      title={row.title}
      explanation={row.explanation}
      atJoin={row.atJoin}
      wide={row.wide}
      signal={row.signal}
      state={state}
      onEdit={dismiss}
    >
      {row.control(settings, save, id)}
    </SettingRow>
  )
}

function About() {
  const trpc = useTRPC()
  const info: AppInfoView | undefined = useQuery(trpc.app.info.queryOptions()).data
  const open = useMutation(
    trpc.app.openDataFolder.mutationOptions({
      onError: (error) => notifyFailure(error, 'The folder could not be opened'),
    }),
  )
  if (info === undefined) return null
  return (
    <Panel
      title="About"
      aside={
        <Button leftSection={<IconFolderOpen aria-hidden size={15} />} onClick={() => open.mutate()}>
          Open data folder
        </Button>
      }
    >
      <Facts
        facts={[
          ['Driad', `${info.version}${info.electron === undefined ? '' : ` · Electron ${info.electron}`}`],
          ['Data folder', info.dataDir],
          [
            'Computer',
            `${info.cpu} · ${info.cores} cores · ${bytes(info.memoryBytes)} · ${info.platform} ${info.arch}`,
          ],
        ]}
      />
    </Panel>
  )
}

function findRows(search: string): readonly SettingGroup[] {
  const wanted = search.trim().toLowerCase()
  return groups
    .map((group) => ({
      ...group,
      rows: group.rows.filter((row) =>
        `${group.title} ${row.title} ${row.explanation} ${row.key}`.toLowerCase().includes(wanted),
      ),
    }))
    .filter((group) => group.rows.length > 0)
}
