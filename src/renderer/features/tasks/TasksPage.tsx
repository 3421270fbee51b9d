import { Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconListDetails, IconSearch } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { type TaskState, taskStates } from '../../../protocol/task.ts'
import type { TaskRole } from '../../../protocol/views.ts'
import { type TaskFilter, taskKey } from '../../api/live-tasks.ts'
import { useModels } from '../../app/use-node.ts'
import { useNavigate, useRoute } from '../../app/use-route.ts'
import { DataTable } from '../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Page } from '../../components/Page.tsx'
import { Panel } from '../../components/Panel.tsx'
import { Segmented } from '../../components/Segmented.tsx'
import { stateName } from '../../format/task-words.ts'
import { TaskDrawer } from './TaskDrawer.tsx'
import { taskColumns } from './task-columns.tsx'
import classes from './tasks.module.css'
import { useTaskList } from './use-task-list.ts'

type RoleChoice = 'all' | TaskRole

const roleOptions = [
  { value: 'all', label: 'All' },
  { value: 'executed', label: 'Done here' },
  { value: 'requested', label: 'Asked by you' },
] as const satisfies readonly { value: RoleChoice; label: string }[]

const ANY = ''

export function TasksPage() {
  const [role, setRole] = useState<RoleChoice>('all')
  const [state, setState] = useState<string>(ANY)
  const [model, setModel] = useState<string>(ANY)
  const [search, setSearch] = useState('')
  const [searched] = useDebouncedValue(search.trim(), 200)
  const models = useModels() ?? []
  const navigate = useNavigate()
  const open = useRoute().task

  const filter: TaskFilter = useMemo(
    () => ({
      ...(role !== 'all' && { role }),
      ...(state !== ANY && { state: state as TaskState }),
      ...(model !== ANY && { model }),
      ...(searched !== '' && { search: searched }),
    }),
    [role, state, model, searched],
  )
  const isFiltered = Object.keys(filter).length > 0
  const { tasks, error, isLoading, hasMore, more, retry } = useTaskList(filter)

  return (
    <Page title="Tasks">
      <search className={classes.filters}>
        <Segmented label="Whose tasks" value={role} options={roleOptions} onChange={setRole} />
        <Select
          aria-label="State"
          w={176}
          value={state}
          onChange={(value) => setState(value ?? ANY)}
          data={[
            { value: ANY, label: 'Every state' },
            ...taskStates.map((value) => ({ value, label: stateName(value) })),
          ]}
          maxDropdownHeight={420}
        />
        <Select
          aria-label="Model"
          w={168}
          value={model}
          onChange={(value) => setModel(value ?? ANY)}
          data={[
            { value: ANY, label: 'Every model' },
            ...models.map(({ name }) => ({ value: name, label: name })),
          ]}
        />
        <TextInput
          aria-label="Search tasks"
          placeholder="Title, id or peer"
          className={classes.search}
          leftSection={<IconSearch aria-hidden size={14} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </search>
      <Panel flush grow>
        {error !== null ? (
          <ErrorState error={error} onRetry={retry} />
        ) : isLoading ? (
          <LoadingRows rows={12} />
        ) : (
          <DataTable
            label="Tasks"
            rows={tasks}
            columns={taskColumns}
            rowId={taskKey}
            onOpen={({ role, taskId }) => navigate({ view: 'tasks', task: { role, taskId } })}
            openId={open === undefined ? undefined : taskKey(open)}
            hasMore={hasMore}
            onMore={more}
            empty={
              isFiltered ? (
                <EmptyState icon={IconSearch} title="No task is like that">
                  Take a filter away to see more.
                </EmptyState>
              ) : (
                <EmptyState icon={IconListDetails} title="No tasks yet">
                  While you are online, tasks for your models come in by themselves. Tasks that you publish
                  yourself are listed here too.
                </EmptyState>
              )
            }
          />
        )}
      </Panel>
      <TaskDrawer
        open={open}
        neighbours={tasks}
        onMove={(task) => navigate({ view: 'tasks', task }, { replace: true })}
        onClose={() => navigate({ view: 'tasks' })}
      />
    </Page>
  )
}
