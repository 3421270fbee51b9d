import { useMantineColorScheme } from '@mantine/core'
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight'
import {
  IconCopy,
  IconCpu,
  IconDownload,
  IconFileSearch,
  IconFolderOpen,
  IconKey,
  IconListCheck,
  IconMoon,
  IconPlayerEject,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnected,
  IconPlugConnectedX,
  IconSearch,
  IconSun,
  type TablerIcon,
} from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { t } from '../../locales/translate.ts'
import { useTRPC } from '../api/client.ts'
import { useCopy } from '../components/use-copy.ts'
import classes from './CommandPalette.module.css'
import { viewIcons } from './Navigation.tsx'
import { actionLabel } from './NodeStateCard.tsx'
import { notifyFailure } from './notify.tsx'
import { earningsTabs, type ModelTab, tabTitle, viewNames, viewTitle } from './routes.ts'
import { allowedActions, type NodeAction, useModels, useNodeActions, useNodeStatus } from './use-node.ts'
import { useNavigate } from './use-route.ts'
import { useTheme } from './use-theme.ts'

const nodeIcons: Readonly<Record<NodeAction, TablerIcon>> = {
  join: IconPlugConnected,
  leave: IconPlugConnectedX,
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
  serve: IconPlayerPlay,
}

/** Everything one can do or open, by name. Ctrl K. */
export function CommandPalette() {
  return (
    <Spotlight
      actions={useCommands()}
      shortcut={['mod + K']}
      limit={12}
      highlightQuery
      scrollable
      maxHeight={420}
      nothingFound={t('palette:nothingFound')}
      searchProps={{
        placeholder: t('palette:placeholder'),
        leftSection: <IconSearch aria-hidden size={17} />,
        'aria-label': t('components:search'),
      }}
      transitionProps={{ duration: 100 }}
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      classNames={classes}
      attributes={{ content: { 'aria-label': t('palette:commands') } }}
    />
  )
}

function useCommands(): SpotlightActionGroupData[] {
  const navigate = useNavigate()
  const views: SpotlightActionData[] = viewNames.map((view) => ({
    id: `view-${view}`,
    label: viewTitle(view),
    leftSection: icon(viewIcons[view]),
    onClick: () => navigate({ view }),
  }))
  const earnings: SpotlightActionData[] = earningsTabs.slice(1).map((tab) => ({
    id: `earnings-${tab}`,
    label: t('palette:part', { view: viewTitle('earnings'), part: tabTitle(tab) }),
    leftSection: icon(viewIcons.earnings),
    onClick: () => navigate({ view: 'earnings', tab }),
  }))
  return [
    { group: t('palette:group.node'), actions: useNodeCommands() },
    { group: t('palette:group.goTo'), actions: [...views, ...earnings] },
    { group: t('palette:group.models'), actions: useModelCommands() },
    { group: t('palette:group.window'), actions: useWindowCommands() },
  ].filter((group) => group.actions.length > 0)
}

function useNodeCommands(): SpotlightActionData[] {
  const status = useNodeStatus()
  const { run } = useNodeActions()
  const { copy } = useCopy()
  const navigate = useNavigate()
  if (status === undefined) return []
  return [
    ...allowedActions(status).map((action) => ({
      id: `node-${action}`,
      label: actionLabel(action, status.phase),
      description: t(`palette:node.${action}`),
      keywords: keywords(action),
      leftSection: icon(nodeIcons[action]),
      onClick: () => run(action),
    })),
    {
      id: 'node-copy-id',
      label: t('palette:node.copyPeerId'),
      description: status.peerId,
      leftSection: icon(IconCopy),
      onClick: () => copy(status.peerId),
    },
    {
      id: 'node-set-up',
      label: t('setup:palette.setUp'),
      description: t('setup:palette.setUpMeans'),
      leftSection: icon(IconListCheck),
      onClick: () => navigate({ view: 'overview', tab: 'first-run', step: 'device' }),
    },
    {
      id: 'node-back-up',
      label: t('setup:palette.backUp'),
      description: t('setup:palette.backUpMeans'),
      leftSection: icon(IconKey),
      onClick: () => navigate({ view: 'overview', tab: 'first-run', step: 'key' }),
    },
  ]
}

function useModelCommands(): SpotlightActionData[] {
  const trpc = useTRPC()
  const models = useModels() ?? []
  const onError = (error: unknown) => notifyFailure(error, t('errors:unknown'))
  const load = useMutation(trpc.models.load.mutationOptions({ onError }))
  const unload = useMutation(trpc.models.unload.mutationOptions({ onError }))
  return [
    ...useModelPlaces(),
    ...models.map(({ name, state }) =>
      state === 'ready' || state === 'loading'
        ? {
            id: `unload-${name}`,
            label: t('palette:model.unload', { name }),
            leftSection: icon(IconPlayerEject),
            onClick: () => unload.mutate({ name }),
          }
        : {
            id: `load-${name}`,
            label: t('palette:model.load', { name }),
            leftSection: icon(IconPlayerPlay),
            onClick: () => load.mutate({ name }),
          },
    ),
  ]
}

function useModelPlaces(): SpotlightActionData[] {
  const navigate = useNavigate()
  const scan = useMutation(
    useTRPC().localModels.scan.mutationOptions({
      onError: (error) => notifyFailure(error, t('palette:model.scanFailed')),
    }),
  )
  const open = (tab: ModelTab) => navigate({ view: 'models', tab })
  return [
    {
      id: 'models-get',
      label: tabTitle('get'),
      description: t('palette:model.get'),
      keywords: keywords('get'),
      leftSection: icon(IconDownload),
      onClick: () => open('get'),
    },
    {
      id: 'models-scan',
      label: t('palette:model.scan'),
      description: t('palette:model.scanHint'),
      keywords: keywords('scan'),
      leftSection: icon(IconFileSearch),
      onClick: () => {
        scan.mutate(undefined)
        open('files')
      },
    },
    {
      id: 'models-devices',
      label: tabTitle('devices'),
      description: t('palette:model.devices'),
      keywords: keywords('devices'),
      leftSection: icon(IconCpu),
      onClick: () => open('devices'),
    },
  ]
}

function useWindowCommands(): SpotlightActionData[] {
  const trpc = useTRPC()
  const { colorScheme } = useMantineColorScheme()
  const { setTheme } = useTheme()
  const open = useMutation(
    trpc.app.openDataFolder.mutationOptions({
      onError: (error) => notifyFailure(error, t('palette:window.folderNotOpened')),
    }),
  )
  const isDark = colorScheme === 'dark'
  return [
    {
      id: 'theme',
      label: t(isDark ? 'palette:window.light' : 'palette:window.dark'),
      leftSection: icon(isDark ? IconSun : IconMoon),
      onClick: () => setTheme(isDark ? 'light' : 'dark'),
    },
    {
      id: 'data-folder',
      label: t('palette:window.dataFolder'),
      leftSection: icon(IconFolderOpen),
      onClick: () => open.mutate(),
    },
  ]
}

/** What else one may type for it: for an action also the word for the state that it ends. */
function keywords(of: NodeAction | 'get' | 'scan' | 'devices'): string[] {
  return t(`palette:keywords.${of}`).split(', ')
}

function icon(Icon: TablerIcon): ReactNode {
  return <Icon aria-hidden size={18} stroke={1.6} />
}
