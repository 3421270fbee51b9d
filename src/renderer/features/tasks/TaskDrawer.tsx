import { useQuery } from '@tanstack/react-query'
import type { TaskRole, TaskView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { taskKey } from '../../api/live-tasks.ts'
import { DetailsDrawer } from '../../components/DetailsDrawer.tsx'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { TaskDetails } from './TaskDetails.tsx'

interface TaskRef {
  readonly role: TaskRole
  readonly taskId: string
}

export interface TaskDrawerProps {
  readonly open: TaskRef | undefined
  /** The list it was opened from: the arrows walk through it. */
  readonly neighbours: readonly TaskView[]
  readonly onMove: (task: TaskRef) => void
  readonly onClose: () => void
}

/** All there is to know about one task, beside the list it came from. */
export function TaskDrawer({ open, neighbours, onMove, onClose }: TaskDrawerProps) {
  const at = open === undefined ? -1 : neighbours.findIndex((task) => taskKey(task) === taskKey(open))
  const move = (step: number) => {
    const next = at === -1 ? undefined : neighbours[at + step]
    if (next !== undefined) onMove({ role: next.role, taskId: next.taskId })
  }
  return (
    <DetailsDrawer
      opened={open !== undefined}
      what="task"
      onPrevious={at > 0 ? () => move(-1) : undefined}
      onNext={at !== -1 && at < neighbours.length - 1 ? () => move(1) : undefined}
      onClose={onClose}
    >
      {open !== undefined && <OpenTask key={taskKey(open)} task={open} />}
    </DetailsDrawer>
  )
}

function OpenTask({ task }: { readonly task: TaskRef }) {
  const { data, error, refetch } = useQuery(
    useTRPC().tasks.get.queryOptions(task, { refetchOnMount: 'always' }),
  )
  if (data !== undefined) return <TaskDetails task={data} />
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  return <LoadingRows rows={8} />
}
