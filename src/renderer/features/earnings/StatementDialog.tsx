import { Button, Group, Modal, Select } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { EarningsGroupPage } from '../../../protocol/earnings-views.ts'
import { useTRPC } from '../../api/client.ts'
import { readFailure } from '../../api/failure.ts'
import { notifyDone } from '../../app/notify.tsx'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState, FailureNote } from '../../components/ErrorState.tsx'
import { Segmented } from '../../components/Segmented.tsx'
import { exactCredits } from '../../format/credits.ts'
import { shortIdentifier } from '../../format/identifiers.ts'
import classes from './StatementDialog.module.css'
import { type StatementPeriod, statementPeriods, statementRange } from './statement-period.ts'

const MOST_REQUESTERS = 200
const ALL_TIME = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER } as const

export interface StatementDialogProps {
  readonly opened: boolean
  readonly onClose: () => void
}

/** Asks whose debts, and of what time, and saves the statement where the operator says. */
export function StatementDialog({ opened, onClose }: StatementDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t('earnings:statement.title')} size={480}>
      {opened && <StatementForm onClose={onClose} />}
    </Modal>
  )
}

function StatementForm({ onClose }: Pick<StatementDialogProps, 'onClose'>) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const [requester, setRequester] = useState<string | null>(null)
  const [period, setPeriod] = useState<StatementPeriod>('all')
  const { data, error, refetch } = useQuery(
    trpc.earnings.groups.queryOptions(
      { by: 'requester', ...ALL_TIME, limit: MOST_REQUESTERS },
      { refetchOnMount: 'always' },
    ),
  )
  const page: EarningsGroupPage | undefined = data
  const save = useMutation(
    trpc.earnings.stateFile.mutationOptions({
      onSuccess: (saved: { path: string } | null) => {
        if (saved === null) return
        void cache.invalidateQueries(trpc.earnings.statements.pathFilter())
        notifyDone(t('earnings:statement.saved'), t('earnings:statement.savedMore', { path: saved.path }))
        onClose()
      },
    }),
  )
  if (page === undefined) {
    return error === null ? (
      <LoadingRows rows={4} />
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    )
  }
  const owing = page.groups.filter(({ acknowledgedMicro }) => acknowledgedMicro !== '0')
  if (owing.length === 0) {
    return <p className={classes.dim}>{t('earnings:statement.nobody')}</p>
  }
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (requester !== null) save.mutate({ requester, ...statementRange(period, Date.now()) })
      }}
    >
      <Select
        label={t('earnings:statement.requester')}
        placeholder={t('earnings:statement.requesterHint')}
        searchable
        data-autofocus
        value={requester}
        onChange={setRequester}
        data={owing.map(({ key, acknowledgedMicro }) => ({
          value: key,
          label: t('earnings:statement.owes', {
            requester: shortIdentifier(key),
            amount: exactCredits(acknowledgedMicro),
          }),
        }))}
      />
      <div>
        <p className={classes.label}>{t('earnings:statement.period')}</p>
        <Segmented
          label={t('earnings:statement.period')}
          value={period}
          options={statementPeriods.map((value) => ({
            value,
            label: t(`earnings:statement.periods.${value}`),
          }))}
          onChange={setPeriod}
        />
      </div>
      {save.error !== null && (
        <FailureNote failure={readFailure(save.error)} title={t('earnings:statement.failed')} />
      )}
      <Group justify="flex-end" gap={8}>
        <Button onClick={onClose}>{t('common:cancel')}</Button>
        <Button type="submit" variant="filled" disabled={requester === null} loading={save.isPending}>
          {t('earnings:statement.save')}
        </Button>
      </Group>
    </form>
  )
}
