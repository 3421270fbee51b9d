import { IconListDetails } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import type { NodeStatusView } from '../../../protocol/views.ts'
import { taskKey } from '../../api/live-tasks.ts'
import { routeHash } from '../../app/routes.ts'
import { useNavigate } from '../../app/use-route.ts'
import { DataTable } from '../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Panel } from '../../components/Panel.tsx'
import { taskColumns } from '../tasks/task-columns.tsx'
import { useTaskList } from '../tasks/use-task-list.ts'
import classes from './LatestTasks.module.css'

const SHOWN_TASKS = 20

export function LatestTasks({ status }: { readonly status: NodeStatusView }) {
  const navigate = useNavigate()
  const { tasks, error, isLoading, retry } = useTaskList({})
  return (
    <div className={classes.room}>
      <Panel
        title={t('overview:latest.title')}
        flush
        grow
        aside={
          <a className={classes.all} href={routeHash({ view: 'tasks' })}>
            {t('overview:latest.all')}
          </a>
        }
      >
        {error !== null ? (
          <ErrorState error={error} onRetry={retry} />
        ) : isLoading ? (
          <LoadingRows />
        ) : (
          <DataTable
            label={t('overview:latest.title')}
            rows={tasks.slice(0, SHOWN_TASKS)}
            columns={taskColumns()}
            rowId={taskKey}
            rowHeight={36}
            onOpen={({ role, taskId }) => navigate({ view: 'tasks', task: { role, taskId } })}
            empty={
              <EmptyState icon={IconListDetails} title={t('overview:latest.none')}>
                {status.phase === 'online'
                  ? t('overview:latest.noneOnline')
                  : t('overview:latest.noneOffline')}
              </EmptyState>
            }
          />
        )}
      </Panel>
    </div>
  )
}
