import { Switch } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { SwitchableTool } from '../../../protocol/tools.ts'
import type { ToolView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Panel } from '../../components/Panel.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { ToolSetUp } from './ToolSetUp.tsx'
import classes from './ToolsPanel.module.css'
import { toolState, toolWords } from './tool-words.ts'

/** What workflows may use of this computer's way to the internet: a switch for each, and what each needs. */
export function ToolsPanel({ shown }: { readonly shown: readonly SwitchableTool[] }) {
  const { data, error, refetch } = useQuery(useTRPC().tools.list.queryOptions())
  const tools: readonly ToolView[] | undefined = data
  return (
    <Panel title="Tools">
      <p className={classes.intro}>
        A workflow is a stranger’s program. With a tool turned on, it can have this computer send requests to
        public addresses, in your name as far as their servers can tell. Your own network stays out of reach.
        Nodes with tools are asked for more tasks.
      </p>
      {tools === undefined ? (
        error === null ? (
          <LoadingRows rows={7} />
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <div className={classes.rows}>
          {tools
            .filter(({ name }) => shown.includes(name))
            .map((tool) => (
              <ToolRow key={tool.name} tool={tool} />
            ))}
        </div>
      )}
    </Panel>
  )
}

function ToolRow({ tool }: { readonly tool: ToolView }) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const set = useMutation(
    trpc.tools.set.mutationOptions({
      onSuccess: (tools) => cache.setQueryData(trpc.tools.list.queryKey(), tools),
      onError: (error) => notifyFailure(error, 'The tool could not be switched'),
    }),
  )
  const { title, does } = toolWords[tool.name]
  const { text, tone } = toolState(tool)
  const id = `tool-${tool.name}`
  return (
    <div className={classes.row}>
      <div className={classes.head}>
        <div>
          <label htmlFor={id} className={classes.title}>
            {title}
          </label>
          <p id={`${id}-does`} className={classes.does}>
            {does}
          </p>
        </div>
        <div className={classes.switch}>
          <ToneBadge tone={tone}>{text}</ToneBadge>
          <Switch
            id={id}
            aria-describedby={`${id}-does`}
            checked={tool.enabled}
            disabled={set.isPending}
            onChange={(event) => set.mutate({ name: tool.name, enabled: event.currentTarget.checked })}
          />
        </div>
      </div>
      {tool.enabled && tool.name !== 'http_request' && <ToolSetUp tool={tool} />}
    </div>
  )
}
