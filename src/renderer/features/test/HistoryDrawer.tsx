import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core'
import { IconHistory, IconSearch, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { TestHistoryItemView } from '../../../protocol/views.ts'
import { useTRPC, useTRPCClient } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { RelativeTime } from '../../components/RelativeTime.tsx'
import { ToneIcon } from '../../components/StateBadge.tsx'
import { plural } from '../../format/numbers.ts'
import type { Tone } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'
import classes from './drawers.module.css'
import { placeNames } from './run-words.ts'
import { TestDrawer, type TestDrawerProps } from './TestDrawer.tsx'

const outcomes: Readonly<Record<TestHistoryItemView['outcome'], { tone: Tone; word: string }>> = {
  done: { tone: 'earned', word: 'Done' },
  failed: { tone: 'attention', word: 'Failed' },
  stopped: { tone: 'neutral', word: 'Stopped' },
}

/** The test runs that are kept. Opening one puts its input into the fields and its result and steps into the output. */
export function HistoryDrawer({ opened, onClose, session }: TestDrawerProps) {
  return (
    <TestDrawer title="History" opened={opened} onClose={onClose}>
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
    onError: (failure) => notifyFailure(failure, 'The run could not be opened'),
  })
  const forget = useMutation({
    ...trpc.test.forget.mutationOptions(),
    onError: (failure) => notifyFailure(failure, 'It could not be forgotten'),
    onSettled: () => queries.invalidateQueries({ queryKey: trpc.test.history.queryKey() }),
  })
  if (error !== null && data === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <LoadingRows />
  if (data.length === 0) {
    return (
      <EmptyState icon={IconHistory} title="No runs yet">
        Each run of this view is kept here, on this computer, with what it was given and what came of it.
      </EmptyState>
    )
  }
  const found = data.filter((item) =>
    `${item.title} ${item.model} ${outcomes[item.outcome].word} ${placeNames[item.where]}`
      .toLowerCase()
      .includes(wanted.trim().toLowerCase()),
  )
  return (
    <>
      <TextInput
        aria-label="Find among the runs"
        placeholder="Find by title, model, place or outcome"
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
                <ToneIcon tone={outcomes[item.outcome].tone} size={14} />
                <span className={classes.name}>{item.title}</span>
                <span className={classes.when}>
                  <RelativeTime atMs={item.atMs} />
                </span>
              </span>
              <span className={classes.second}>
                {outcomes[item.outcome].word} · {placeNames[item.where]} · {item.model}
                {item.stats !== undefined && ` · ${duration(item.stats.totalMs)}`}
              </span>
            </button>
            <Tooltip label="Forget">
              <ActionIcon
                aria-label={`Forget ${item.title}`}
                className={classes.forget}
                onClick={() => forget.mutate({ id: item.id })}
              >
                <IconTrash aria-hidden size={15} />
              </ActionIcon>
            </Tooltip>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={classes.intro}>No run matches.</p>}
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
          <span>Forget all {plural(count, 'run')}? Nothing brings them back.</span>
          <Button onClick={() => setAsking(false)}>Keep</Button>
          <Button color="red" variant="filled" loading={isPending} onClick={onForget} data-autofocus>
            Forget
          </Button>
        </>
      ) : (
        <>
          <span>{plural(count, 'run')}, the newest first</span>
          <Button onClick={() => setAsking(true)}>Forget all</Button>
        </>
      )}
    </div>
  )
}
