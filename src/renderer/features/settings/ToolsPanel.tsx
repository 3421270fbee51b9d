import { Switch } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
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
import { toolDoes, toolState, toolTitle } from './tool-words.ts'

/** What workflows may use of this computer's way to the internet: a switch for each, and what each needs. */
export function ToolsPanel({ shown }: { readonly shown: readonly SwitchableTool[] }) {
  const { data, error, refetch } = useQuery(useTRPC().tools.list.queryOptions())
  const tools: readonly ToolView[] | undefined = data
  return (
    <Panel title={t('settings:tools.title')}>
      <p className={classes.intro}>{t('settings:tools.intro')}</p>
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
      onError: (error) => notifyFailure(error, t('settings:tools.switchFailed')),
    }),
  )
  const { text, tone } = toolState(tool)
  const id = `tool-${tool.name}`
  return (
    <div className={classes.row}>
      <div className={classes.head}>
        <div>
          <label htmlFor={id} className={classes.title}>
            {toolTitle(tool.name)}
          </label>
          <p id={`${id}-does`} className={classes.does}>
            {toolDoes(tool.name)}
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
