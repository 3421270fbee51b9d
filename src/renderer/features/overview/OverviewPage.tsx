import { useNodeStatus } from '../../app/use-node.ts'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { Page } from '../../components/Page.tsx'
import { RecoveryBanners } from '../recovery/RecoveryBanners.tsx'
import { useRecovery } from '../recovery/use-recovery.ts'
import { Dashboard } from './Dashboard.tsx'
import { FirstRun } from './FirstRun.tsx'
import { useFirstRun } from './use-first-run.ts'

export function OverviewPage() {
  const status = useNodeStatus()
  const firstRun = useFirstRun(status)
  // Nobody is to be asked to join who cannot.
  const isSafe = (useRecovery()?.safeMode ?? null) !== null
  return (
    <Page title="Overview">
      <RecoveryBanners />
      {status === undefined ? (
        <LoadingRows rows={6} label="Reading the node’s state" />
      ) : firstRun && !isSafe ? (
        <FirstRun status={status} />
      ) : (
        <Dashboard status={status} />
      )}
    </Page>
  )
}
