import { Button, Group, Modal, PasswordInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ModelTokenView } from '../../../../protocol/pull-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { readFailure } from '../../../api/failure.ts'
import { FailureNote } from '../../../components/ErrorState.tsx'
import { ExternalLink } from '../../../components/ExternalLink.tsx'
import classes from './TokenDialog.module.css'

export interface TokenDialogProps {
  readonly opened: boolean
  readonly page?: string | undefined
  readonly onClose: () => void
  /** A token was stored: what it was wanted for can be tried again. */
  readonly onStored?: () => void
}

/** Asks for the access token that gated models are given out for. It is stored, and never shown again. */
export function TokenDialog({ opened, onClose, ...rest }: TokenDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Access token for gated models" size={460}>
      {opened && <TokenForm onClose={onClose} {...rest} />}
    </Modal>
  )
}

function TokenForm({ page, onClose, onStored }: Omit<TokenDialogProps, 'opened'>) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const [draft, setDraft] = useState('')
  const known: ModelTokenView | undefined = useQuery(trpc.pulls.token.queryOptions()).data
  const store = useMutation(
    trpc.pulls.setToken.mutationOptions({
      onSuccess: (view, { token }) => {
        cache.setQueryData(trpc.pulls.token.queryKey(), view)
        setDraft('')
        if (token === null) return
        onStored?.()
        onClose()
      },
    }),
  )
  const token = draft.trim()
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (token !== '') store.mutate({ token })
      }}
    >
      <ol className={classes.steps}>
        <li>
          Accept the model’s licence with your account
          {page === undefined ? ' on the model’s page.' : ': '}
          {page !== undefined && <ExternalLink url={page}>licence page</ExternalLink>}
        </li>
        <li>Make a token that may read there, and paste it here.</li>
      </ol>
      <PasswordInput
        label="Access token"
        size="xs"
        autoComplete="off"
        placeholder={known?.from === 'settings' ? 'A token is stored' : 'hf_…'}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show what you type' }}
        data-autofocus
      />
      <p className={classes.note}>
        Stored encrypted with this node’s identity, sent to {known?.origin ?? 'the models’ server'} only, and
        not shown again.
        {known?.from === 'environment' && ' The one that is in use now is from the environment.'}
      </p>
      {store.error !== null && (
        <FailureNote failure={readFailure(store.error)} title="The token could not be stored" />
      )}
      <Group justify="flex-end" gap="xs">
        {known?.from === 'settings' && (
          <Button mr="auto" variant="subtle" color="gray" onClick={() => store.mutate({ token: null })}>
            Forget the stored one
          </Button>
        )}
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="filled" loading={store.isPending} disabled={token === ''}>
          {onStored === undefined ? 'Store' : 'Store and try again'}
        </Button>
      </Group>
    </form>
  )
}
