import { useNodeStatus } from '../../app/use-node.ts'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { Page } from '../../components/Page.tsx'
import { RecoveryBanners } from '../recovery/RecoveryBanners.tsx'
import { Dashboard } from './Dashboard.tsx'
import { FirstRun } from './FirstRun.tsx'
import { useFirstRun } from './use-first-run.ts'

export function OverviewPage() {
  const status = useNodeStatus()
  const firstRun = useFirstRun(status)
  return (
    <Page title="Overview">
      <RecoveryBanners />
      {status === undefined ? (
        <LoadingRows rows={6} label="Reading the node’s state" />
      ) : firstRun ? (
        <FirstRun status={status} />
      ) : (
        <Dashboard status={status} />
      )}
    </Page>
  )
}
