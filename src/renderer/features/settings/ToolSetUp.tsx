import { Button, PasswordInput } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ToolView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { readFailure } from '../../api/failure.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import { FailureNote } from '../../components/ErrorState.tsx'
import { DraftInput } from './DraftInput.tsx'
import classes from './ToolsPanel.module.css'
import { toolWords } from './tool-words.ts'

/** What a tool that is on needs: its service's key, where the service is, and a trial. */
export function ToolSetUp({ tool }: { readonly tool: ToolView }) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const { title } = toolWords[tool.name]
  const setEndpoint = useMutation(
    trpc.tools.set.mutationOptions({
      onSuccess: (tools) => cache.setQueryData(trpc.tools.list.queryKey(), tools),
      onError: (error) => notifyFailure(error, 'The address was not taken'),
    }),
  )
  const trial = useMutation(trpc.tools.try.mutationOptions())
  const endpointId = `tool-${tool.name}-endpoint`
  return (
    <div className={classes.setUp}>
      {tool.key !== 'none' && <KeyField tool={tool} />}
      {tool.defaultEndpoint !== undefined && (
        <div className={classes.field}>
          <label htmlFor={endpointId}>Service</label>
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
            {tool.endpoint === undefined
              ? 'The usual one. One of your own may be on this computer.'
              : 'Your own. Empty it to go back to the usual one.'}
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
            aria-label={`Try ${title}`}
            onClick={() => trial.mutate({ name: tool.name })}
          >
            Try it
          </Button>
        </div>
        <span className={classes.note}>Sends one request, as a workflow would.</span>
      </div>
      <div role="status">
        {trial.data !== undefined && <pre className={classes.answer}>{trial.data}</pre>}
      </div>
      {trial.error !== null && (
        <FailureNote
          failure={readFailure(trial.error)}
          title={`${title} does not work`}
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
  const { title } = toolWords[tool.name]
  const id = `tool-${tool.name}-key`
  const setKey = useMutation(
    trpc.tools.setKey.mutationOptions({
      onSuccess: (tools, { key }) => {
        cache.setQueryData(trpc.tools.list.queryKey(), tools)
        setDraft('')
        notifyDone(key === null ? 'Key removed' : 'Key stored', `${title} was told.`)
      },
      onError: (error) => notifyFailure(error, 'The key was not taken'),
    }),
  )
  const save = () => {
    if (draft.trim() !== '') setKey.mutate({ name: tool.name, key: draft.trim() })
  }
  return (
    <div className={classes.field}>
      <label htmlFor={id}>{tool.key === 'required' ? 'Key' : 'Key, if you have one'}</label>
      <div className={classes.controls}>
        <PasswordInput
          id={id}
          size="xs"
          w={220}
          autoComplete="off"
          placeholder={tool.hasKey ? 'A key is stored' : 'From your account there'}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && save()}
          visibilityToggleButtonProps={{ 'aria-label': 'Show what you type' }}
        />
        <Button disabled={draft.trim() === ''} loading={setKey.isPending} onClick={save}>
          {tool.hasKey ? 'Replace' : 'Store'}
        </Button>
        {tool.hasKey && (
          <Button
            aria-label={`Remove the key of ${title}`}
            onClick={() => setKey.mutate({ name: tool.name, key: null })}
          >
            Remove
          </Button>
        )}
      </div>
      <span className={classes.note}>
        Stored encrypted with this node’s identity. It is sent to that service only, and not shown again.
      </span>
    </div>
  )
}

function endpointProblem(text: string): string | undefined {
  const own = text.trim()
  if (own === '') return undefined
  const { protocol } = URL.canParse(own) ? new URL(own) : { protocol: '' }
  return protocol === 'https:' || protocol === 'http:' ? undefined : 'An address such as https://…'
}
