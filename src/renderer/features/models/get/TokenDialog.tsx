import { Button, Group, Modal, PasswordInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../../locales/translate.ts'
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
    <Modal opened={opened} onClose={onClose} title={t('models-get:token.title')} size={460}>
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
          {page === undefined ? (
            t('models-get:token.accept')
          ) : (
            <Trans
              i18n={i18n}
              t={t}
              i18nKey="models-get:token.acceptAt"
              components={{ page: <ExternalLink url={page}>{null}</ExternalLink> }}
            />
          )}
        </li>
        <li>{t('models-get:token.make')}</li>
      </ol>
      <PasswordInput
        label={t('models-get:token.label')}
        size="xs"
        autoComplete="off"
        placeholder={known?.from === 'settings' ? t('models-get:token.stored') : 'hf_…'}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('models-get:token.show') }}
        data-autofocus
      />
      <p className={classes.note}>
        {known === undefined
          ? t('models-get:token.noteServer')
          : t('models-get:token.note', { server: known.origin })}
        {known?.from === 'environment' && ` ${t('models-get:token.fromEnvironment')}`}
      </p>
      {store.error !== null && (
        <FailureNote failure={readFailure(store.error)} title={t('models-get:token.failed')} />
      )}
      <Group justify="flex-end" gap="xs">
        {known?.from === 'settings' && (
          <Button mr="auto" variant="subtle" color="gray" onClick={() => store.mutate({ token: null })}>
            {t('models-get:token.forget')}
          </Button>
        )}
        <Button onClick={onClose}>{t('common:cancel')}</Button>
        <Button type="submit" variant="filled" loading={store.isPending} disabled={token === ''}>
          {onStored === undefined ? t('models-get:token.store') : t('models-get:token.storeAndRetry')}
        </Button>
      </Group>
    </form>
  )
}
