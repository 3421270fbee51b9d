import { Button, PasswordInput } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { ToolView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { readFailure } from '../../api/failure.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import { FailureNote } from '../../components/ErrorState.tsx'
import { DraftInput } from './DraftInput.tsx'
import classes from './ToolsPanel.module.css'
import { toolTitle } from './tool-words.ts'

/** What a tool that is on needs: its service's key, where the service is, and a trial. */
export function ToolSetUp({ tool }: { readonly tool: ToolView }) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const title = toolTitle(tool.name)
  const setEndpoint = useMutation(
    trpc.tools.set.mutationOptions({
      onSuccess: (tools) => cache.setQueryData(trpc.tools.list.queryKey(), tools),
      onError: (error) => notifyFailure(error, t('settings:tools.serviceFailed')),
    }),
  )
  const trial = useMutation(trpc.tools.try.mutationOptions())
  const endpointId = `tool-${tool.name}-endpoint`
  return (
    <div className={classes.setUp}>
      {tool.key !== 'none' && <KeyField tool={tool} />}
      {tool.defaultEndpoint !== undefined && (
        <div className={classes.field}>
          <label htmlFor={endpointId}>{t('settings:tools.service')}</label>
          <DraftInput
            id={endpointId}
            width={340}
            value={tool.endpoint ?? tool.defaultEndpoint}
            check={endpointProblem}
            onSave={(text) => {
              const own = text.trim()
              setEndpoint.mutate({
                name: tool.name,
                endpoint: own === '' || own === tool.defaultEndpoint ? null : own,
              })
            }}
          />
          <span className={classes.note}>
            {t(tool.endpoint === undefined ? 'settings:tools.usual' : 'settings:tools.own')}
          </span>
        </div>
      )}
      <div className={classes.field}>
        <span />
        <div>
          <Button
            leftSection={<IconPlayerPlay aria-hidden size={14} />}
            loading={trial.isPending}
            disabled={!tool.available}
            onClick={() => trial.mutate({ name: tool.name })}
          >
            {t('settings:tools.try', { tool: title })}
          </Button>
        </div>
        <span className={classes.note}>{t('settings:tools.tryHint')}</span>
      </div>
      <div role="status" className={classes.said}>
        {trial.data !== undefined && <pre className={classes.answer}>{trial.data}</pre>}
      </div>
      {trial.error !== null && (
        <FailureNote
          failure={readFailure(trial.error)}
          title={t('settings:tools.doesNotWork', { tool: title })}
          onRetry={() => trial.mutate({ name: tool.name })}
        />
      )}
    </div>
  )
}

/** A key goes in and never comes out: what is shown is whether there is one. */
function KeyField({ tool }: { readonly tool: ToolView }) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const [draft, setDraft] = useState('')
  const title = toolTitle(tool.name)
  const id = `tool-${tool.name}-key`
  const setKey = useMutation(
    trpc.tools.setKey.mutationOptions({
      onSuccess: (tools, { key }) => {
        cache.setQueryData(trpc.tools.list.queryKey(), tools)
        setDraft('')
        const done = key === null ? 'removed' : 'stored'
        notifyDone(
          t(`settings:tools.keyDone.${done}`),
          t(`settings:tools.keyDone.${done}Hint`, { tool: title }),
        )
      },
      onError: (error) => notifyFailure(error, t('settings:tools.keyFailed')),
    }),
  )
  const save = () => {
    if (draft.trim() !== '') setKey.mutate({ name: tool.name, key: draft.trim() })
  }
  return (
    <div className={classes.field}>
      <label htmlFor={id}>
        {t(tool.key === 'required' ? 'settings:tools.key' : 'settings:tools.keyOptional')}
      </label>
      <div className={classes.controls}>
        <PasswordInput
          id={id}
          size="xs"
          w={220}
          autoComplete="off"
          placeholder={t(tool.hasKey ? 'settings:tools.keyStored' : 'settings:tools.keyFrom')}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && save()}
          visibilityToggleButtonProps={{ 'aria-label': t('settings:tools.keyShow') }}
        />
        <Button disabled={draft.trim() === ''} loading={setKey.isPending} onClick={save}>
          {t(tool.hasKey ? 'settings:tools.replace' : 'settings:tools.store')}
        </Button>
        {tool.hasKey && (
          <Button onClick={() => setKey.mutate({ name: tool.name, key: null })}>
            {t('settings:tools.remove')}
          </Button>
        )}
      </div>
      <span className={classes.note}>{t('settings:tools.keyNote')}</span>
    </div>
  )
}

function endpointProblem(text: string): string | undefined {
  const own = text.trim()
  if (own === '') return undefined
  const { protocol } = URL.canParse(own) ? new URL(own) : { protocol: '' }
  return protocol === 'https:' || protocol === 'http:' ? undefined : t('settings:address.problem')
}
