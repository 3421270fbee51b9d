import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core'
import { IconHistory, IconSearch, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { spokenLanguage, t } from '../../../locales/translate.ts'
import type { TestHistoryItemView } from '../../../protocol/views.ts'
import { useTRPC, useTRPCClient } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { RelativeTime } from '../../components/RelativeTime.tsx'
import { ToneIcon } from '../../components/StateBadge.tsx'
import type { Tone } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'
import classes from './drawers.module.css'
import { placeName } from './run-words.ts'
import { TestDrawer, type TestDrawerProps } from './TestDrawer.tsx'

type Outcome = TestHistoryItemView['outcome']

const tones: Readonly<Record<Outcome, Tone>> = { done: 'earned', failed: 'attention', stopped: 'neutral' }

function outcomeWord(outcome: Outcome): string {
  return t(`test:history.${outcome}`)
}

/** The test runs that are kept. Opening one puts its input into the fields and its result and steps into the output. */
export function HistoryDrawer({ opened, onClose, session }: TestDrawerProps) {
  return (
    <TestDrawer title={t('test:page.history')} opened={opened} onClose={onClose}>
      <History session={session} onClose={onClose} />
    </TestDrawer>
  )
}

function History({ session, onClose }: Pick<TestDrawerProps, 'session' | 'onClose'>) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery({ ...trpc.test.history.queryOptions(), refetchOnMount: 'always' })
  const [wanted, setWanted] = useState('')
  const open = useMutation({
    mutationFn: (id: string) => client.test.past.query({ id }),
    onSuccess: (past) => {
      session.restore(past)
      onClose()
    },
    onError: (failure) => notifyFailure(failure, t('test:history.notOpened')),
  })
  const forget = useMutation({
    ...trpc.test.forget.mutationOptions(),
    onError: (failure) => notifyFailure(failure, t('test:history.notForgotten')),
    onSettled: () => queries.invalidateQueries({ queryKey: trpc.test.history.queryKey() }),
  })
  if (error !== null && data === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <LoadingRows />
  if (data.length === 0) {
    return (
      <EmptyState icon={IconHistory} title={t('test:history.empty')}>
        {t('test:history.emptyHint')}
      </EmptyState>
    )
  }
  const found = data.filter((item) =>
    `${item.title} ${item.model} ${outcomeWord(item.outcome)} ${placeName(item.where)}`
      .toLocaleLowerCase(spokenLanguage())
      .includes(wanted.trim().toLocaleLowerCase(spokenLanguage())),
  )
  return (
    <>
      <TextInput
        aria-label={t('test:history.find')}
        placeholder={t('test:history.findHint')}
        leftSection={<IconSearch aria-hidden size={14} />}
        className={classes.find}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      <ForgetAll count={data.length} onForget={() => forget.mutate({})} isPending={forget.isPending} />
      <ul className={classes.list}>
        {found.map((item) => (
          <li key={item.id} className={classes.row}>
            <button
              type="button"
              className={classes.item}
              disabled={open.isPending}
              onClick={() => open.mutate(item.id)}
            >
              <span className={classes.first}>
                <ToneIcon tone={tones[item.outcome]} size={14} />
                <span className={classes.name}>{item.title}</span>
                <span className={classes.when}>
                  <RelativeTime atMs={item.atMs} />
                </span>
              </span>
              <span className={classes.second}>
                {outcomeWord(item.outcome)} · {placeName(item.where)} · {item.model}
                {item.stats !== undefined && ` · ${duration(item.stats.totalMs)}`}
              </span>
            </button>
            <Tooltip label={t('test:history.forget')}>
              <ActionIcon
                aria-label={t('test:history.forgetOne', { title: item.title })}
                className={classes.forget}
                onClick={() => forget.mutate({ id: item.id })}
              >
                <IconTrash aria-hidden size={15} />
              </ActionIcon>
            </Tooltip>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={classes.intro}>{t('test:history.noMatch')}</p>}
    </>
  )
}

interface ForgetAllProps {
  readonly count: number
  readonly isPending: boolean
  readonly onForget: () => void
}

/** Asks once more, in place. */
function ForgetAll({ count, isPending, onForget }: ForgetAllProps) {
  const [isAsking, setAsking] = useState(false)
  return (
    <div className={classes.bar}>
      {isAsking ? (
        <>
          <span>{t('test:history.forgetAllAsk', { count })}</span>
          <Button onClick={() => setAsking(false)}>{t('test:history.keep')}</Button>
          <Button color="red" variant="filled" loading={isPending} onClick={onForget} data-autofocus>
            {t('test:history.forget')}
          </Button>
        </>
      ) : (
        <>
          <span>{t('test:history.newestFirst', { count })}</span>
          <Button onClick={() => setAsking(true)}>{t('test:history.forgetAll')}</Button>
        </>
      )}
    </div>
  )
}
