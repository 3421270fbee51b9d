import { ActionIcon, Drawer, Group, Tooltip } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { TaskRole, TaskView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { taskKey } from '../../api/live-tasks.ts'
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
  useHotkeys(
    open === undefined
      ? []
      : [
          ['J', () => move(1)],
          ['K', () => move(-1)],
        ],
  )
  return (
    <Drawer.Root opened={open !== undefined} onClose={onClose} position="right" size={560}>
      <Drawer.Overlay />
      <Drawer.Content>
        <Drawer.Header py={10} px={20} mih={48}>
          <Drawer.Title fz="sm" c="dimmed">
            Task details
          </Drawer.Title>
          <Group gap={2}>
            <Tooltip label="Previous (K)">
              <ActionIcon aria-label="Previous task" disabled={at <= 0} onClick={() => move(-1)}>
                <IconChevronUp aria-hidden size={17} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label="Next (J)">
              <ActionIcon
                aria-label="Next task"
                disabled={at === -1 || at >= neighbours.length - 1}
                onClick={() => move(1)}
              >
                <IconChevronDown aria-hidden size={17} />
              </ActionIcon>
            </Tooltip>
            <Drawer.CloseButton aria-label="Close" data-autofocus />
          </Group>
        </Drawer.Header>
        <Drawer.Body px={20} pb={24}>
          {open !== undefined && <OpenTask key={taskKey(open)} task={open} />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
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
