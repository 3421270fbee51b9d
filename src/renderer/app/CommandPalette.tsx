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
import {
  earningsTabs,
  earningsTabTitles,
  type ModelTab,
  modelTabTitles,
  viewNames,
  viewTitle,
} from './routes.ts'
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

const nodeDescriptions: Readonly<Record<NodeAction, string>> = {
  join: 'Serve your models to the network and earn',
  leave: 'Finish what is running, then disconnect',
  pause: 'Take no new tasks, finish those that are running',
  resume: 'Take tasks again, as your rules allow',
  serve: 'Take tasks for an hour, in spite of your rules',
}

/** What else one may type for it: also the word for the state that it ends. */
const nodeKeywords: Readonly<Record<NodeAction, readonly string[]>> = {
  join: ['connect', 'online', 'start', 'offline'],
  leave: ['disconnect', 'offline', 'stop', 'online'],
  pause: ['stop', 'hold'],
  resume: ['pause', 'paused', 'unpause', 'continue', 'start', 'work'],
  serve: ['pause', 'paused', 'unpause', 'resume', 'continue', 'start', 'override'],
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
      nothingFound="Nothing is called that"
      searchProps={{
        placeholder: 'Go to a view, or do something',
        leftSection: <IconSearch aria-hidden size={17} />,
        'aria-label': 'Search or command',
      }}
      transitionProps={{ duration: 100 }}
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      classNames={classes}
      attributes={{ content: { 'aria-label': 'Commands' } }}
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
    label: `${viewTitle('earnings')}: ${earningsTabTitles[tab]}`,
    leftSection: icon(viewIcons.earnings),
    onClick: () => navigate({ view: 'earnings', tab }),
  }))
  return [
    { group: 'Node', actions: useNodeCommands() },
    { group: 'Go to', actions: [...views, ...earnings] },
    { group: 'Models', actions: useModelCommands() },
    { group: 'Window', actions: useWindowCommands() },
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
      description: nodeDescriptions[action],
      keywords: [...nodeKeywords[action]],
      leftSection: icon(nodeIcons[action]),
      onClick: () => run(action),
    })),
    {
      id: 'node-copy-id',
      label: 'Copy peer id',
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
  const onError = (error: unknown) => notifyFailure(error, 'That did not work')
  const load = useMutation(trpc.models.load.mutationOptions({ onError }))
  const unload = useMutation(trpc.models.unload.mutationOptions({ onError }))
  return [
    ...useModelPlaces(),
    ...models.map(({ name, state }) =>
      state === 'ready' || state === 'loading'
        ? {
            id: `unload-${name}`,
            label: `Unload ${name}`,
            leftSection: icon(IconPlayerEject),
            onClick: () => unload.mutate({ name }),
          }
        : {
            id: `load-${name}`,
            label: `Load ${name}`,
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
      onError: (error) => notifyFailure(error, 'The scan could not be started'),
    }),
  )
  const open = (tab: ModelTab) => navigate({ view: 'models', tab })
  return [
    {
      id: 'models-get',
      label: modelTabTitles.get,
      description: 'The best models for this computer, and what is being downloaded',
      keywords: ['download', 'pull', 'catalogue'],
      leftSection: icon(IconDownload),
      onClick: () => open('get'),
    },
    {
      id: 'models-scan',
      label: 'Scan for models',
      description: 'Looks for models that other programs have left on this computer',
      keywords: ['ollama', 'lm studio', 'hugging face', 'disk', 'files'],
      leftSection: icon(IconFileSearch),
      onClick: () => {
        scan.mutate(undefined)
        open('files')
      },
    },
    {
      id: 'models-devices',
      label: modelTabTitles.devices,
      description: 'What models are computed on',
      keywords: ['gpu', 'cpu'],
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
      onError: (error) => notifyFailure(error, 'The folder could not be opened'),
    }),
  )
  const isDark = colorScheme === 'dark'
  return [
    {
      id: 'theme',
      label: isDark ? 'Light theme' : 'Dark theme',
      leftSection: icon(isDark ? IconSun : IconMoon),
      onClick: () => setTheme(isDark ? 'light' : 'dark'),
    },
    {
      id: 'data-folder',
      label: 'Open data folder',
      leftSection: icon(IconFolderOpen),
      onClick: () => open.mutate(),
    },
  ]
}

function icon(Icon: TablerIcon): ReactNode {
  return <Icon aria-hidden size={18} stroke={1.6} />
}
