import type { ComponentType } from 'react'
import { t } from '../../locales/translate.ts'
import { Identifier } from '../components/Identifier.tsx'
import { EarningsPage } from '../features/earnings/EarningsPage.tsx'
import { BackupReminder } from '../features/first-run/BackupReminder.tsx'
import { HealthPage } from '../features/health/HealthPage.tsx'
import { LogsPage } from '../features/logs/LogsPage.tsx'
import { ModelsPage } from '../features/models/ModelsPage.tsx'
import { NetworkPage } from '../features/network/NetworkPage.tsx'
import { OverviewPage } from '../features/overview/OverviewPage.tsx'
import { SettingsPage } from '../features/settings/SettingsPage.tsx'
import { UpdateReminder } from '../features/settings/updates/UpdateReminder.tsx'
import { TasksPage } from '../features/tasks/TasksPage.tsx'
import { TestPage } from '../features/test/TestPage.tsx'
import { CommandPalette } from './CommandPalette.tsx'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { Logo } from './Logo.tsx'
import { Navigation } from './Navigation.tsx'
import { NodeStateCard } from './NodeStateCard.tsx'
import type { ViewName } from './routes.ts'
import classes from './Shell.module.css'
import { useFirstRun } from './use-first-run.ts'
import { useNodeStatus } from './use-node.ts'
import { useRoute } from './use-route.ts'

const pages: Readonly<Record<ViewName, ComponentType>> = {
  overview: OverviewPage,
  models: ModelsPage,
  tasks: TasksPage,
  earnings: EarningsPage,
  network: NetworkPage,
  test: TestPage,
  health: HealthPage,
  logs: LogsPage,
  settings: SettingsPage,
}

/** The same in every language. */
const PROGRAM = 'Driad'

export function Shell() {
  const { view } = useRoute()
  const status = useNodeStatus()
  const { view: setUp } = useFirstRun()
  const Page = pages[view]
  return (
    <div className={classes.shell}>
      <aside className={classes.side} aria-label={PROGRAM}>
        <div className={classes.logo}>
          <Logo />
          {PROGRAM}
        </div>
        {status !== undefined && (
          <NodeStateCard status={status} quiet={setUp?.stage !== 'done' && view === 'overview'} />
        )}
        <Navigation />
        {status !== undefined && status.peerId !== '' && (
          <div className={classes.foot}>
            <UpdateReminder />
            {setUp !== undefined && <BackupReminder setUp={setUp} />}
            <div className={classes.identity}>
              <span>{t('navigation:thisNode')}</span>
              <Identifier value={status.peerId} label={t('navigation:peerIdOfThisNode')} />
            </div>
          </div>
        )}
      </aside>
      <main className={classes.main} key={view}>
        <ErrorBoundary>
          <Page />
        </ErrorBoundary>
      </main>
      <CommandPalette />
    </div>
  )
}
