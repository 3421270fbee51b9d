import { IconListDetails } from '@tabler/icons-react'
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
        title="Latest tasks"
        flush
        grow
        aside={
          <a className={classes.all} href={routeHash({ view: 'tasks' })}>
            Show all
          </a>
        }
      >
        {error !== null ? (
          <ErrorState error={error} onRetry={retry} />
        ) : isLoading ? (
          <LoadingRows />
        ) : (
          <DataTable
            label="Latest tasks"
            rows={tasks.slice(0, SHOWN_TASKS)}
            columns={taskColumns()}
            rowId={taskKey}
            rowHeight={36}
            onOpen={({ role, taskId }) => navigate({ view: 'tasks', task: { role, taskId } })}
            empty={
              <EmptyState icon={IconListDetails} title="No tasks yet">
                {status.phase === 'online'
                  ? 'They appear here as soon as somebody publishes one for a model of yours.'
                  : 'Join the network, and tasks for your models come in by themselves.'}
              </EmptyState>
            }
          />
        )}
      </Panel>
    </div>
  )
}
