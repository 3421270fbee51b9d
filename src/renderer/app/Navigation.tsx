import {
  IconActivity,
  IconCoins,
  IconFlask2,
  IconListDetails,
  IconSettings,
  IconStack2,
  IconTerminal2,
  IconTopologyStar3,
  type TablerIcon,
} from '@tabler/icons-react'
import { t } from '../../locales/translate.ts'
import { count, short } from '../format/numbers.ts'
import classes from './Navigation.module.css'
import { routeHash, type ViewName, viewNames, viewTitle } from './routes.ts'
import { useModels, useNodeStatus } from './use-node.ts'
import { useRoute } from './use-route.ts'

export const viewIcons: Readonly<Record<ViewName, TablerIcon>> = {
  overview: IconActivity,
  models: IconStack2,
  tasks: IconListDetails,
  earnings: IconCoins,
  network: IconTopologyStar3,
  test: IconFlask2,
  logs: IconTerminal2,
  settings: IconSettings,
}

export function Navigation() {
  const current = useRoute().view
  const hints = useHints()
  return (
    <nav aria-label={t('navigation:views')} className={classes.nav}>
      {viewNames.map((view) => {
        const Icon = viewIcons[view]
        const hint = hints[view]
        return (
          <a
            key={view}
            href={routeHash({ view })}
            className={classes.link}
            aria-current={view === current ? 'page' : undefined}
            data-needs-you={hint?.needsYou || undefined}
          >
            <Icon aria-hidden size={17} stroke={1.7} />
            {viewTitle(view)}
            {hint !== undefined && <span className={classes.hint}>{hint.text}</span>}
          </a>
        )
      })}
    </nav>
  )
}

interface Hint {
  readonly text: string
  readonly needsYou?: boolean
}

/** What each view has to say without being opened. */
function useHints(): Partial<Record<ViewName, Hint>> {
  const status = useNodeStatus()
  const models = useModels() ?? []
  const failed = models.filter((model) => model.state === 'failed').length
  const ready = models.filter((model) => model.state === 'ready').length
  return {
    models:
      failed > 0
        ? { text: t('navigation:failedModels', { count: failed }), needsYou: true }
        : ready > 0
          ? { text: count(ready) }
          : undefined,
    tasks:
      status !== undefined && status.running > 0
        ? { text: t('navigation:runningTasks', { count: status.running }) }
        : undefined,
    network: status !== undefined && status.peers > 0 ? { text: short(status.peers) } : undefined,
  }
}
