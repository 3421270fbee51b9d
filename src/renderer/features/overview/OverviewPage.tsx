import { t } from '../../../locales/translate.ts'
import { viewTitle } from '../../app/routes.ts'
import { useFirstRun } from '../../app/use-first-run.ts'
import { useNodeStatus } from '../../app/use-node.ts'
import { useRoute } from '../../app/use-route.ts'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { Page } from '../../components/Page.tsx'
import { FirstRunPage } from '../first-run/FirstRunPage.tsx'
import { Welcome } from '../first-run/Welcome.tsx'
import { RecoveryBanners } from '../recovery/RecoveryBanners.tsx'
import { useRecovery } from '../recovery/use-recovery.ts'
import { Dashboard } from './Dashboard.tsx'

export function OverviewPage() {
  const status = useNodeStatus()
  const { view } = useFirstRun()
  const { tab, step } = useRoute()
  // Nobody is to be asked to join who cannot.
  const isSafe = (useRecovery()?.safeMode ?? null) !== null
  if (
    status !== undefined &&
    view !== undefined &&
    !isSafe &&
    (tab === 'first-run' || view.stage === 'steps')
  )
    return <FirstRunPage status={status} view={view} step={step ?? view.step} />
  return (
    <Page title={viewTitle('overview')}>
      <RecoveryBanners />
      {status === undefined || view === undefined ? (
        <LoadingRows rows={6} label={t('overview:reading')} />
      ) : view.stage === 'new' && !isSafe ? (
        <Welcome status={status} />
      ) : (
        <Dashboard status={status} />
      )}
    </Page>
  )
}
