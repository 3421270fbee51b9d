import { Button } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { ExposureView, RequesterExposureView } from '../../../protocol/earnings-views.ts'
import { useTRPC } from '../../api/client.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Credits } from '../../components/Credits.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { Panel } from '../../components/Panel.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { Nothing } from '../../components/TokenCount.tsx'
import { exactCredits } from '../../format/credits.ts'
import { count } from '../../format/numbers.ts'
import { LimitMeter } from './LimitMeter.tsx'
import classes from './Requesters.module.css'
import { requesterStanding } from './requester-words.ts'

const PAGE_SIZE = 100

const columns: readonly Column<RequesterExposureView>[] = [
  {
    id: 'standing',
    header: 'Standing',
    width: '130px',
    cell: (requester) => {
      const { label, tone } = requesterStanding(requester)
      return <ToneBadge tone={tone}>{label}</ToneBadge>
    },
  },
  {
    id: 'requester',
    header: 'Requester',
    width: 'minmax(120px, 1fr)',
    cell: ({ requester }) => <Identifier value={requester} label="requester" />,
  },
  {
    id: 'open',
    header: 'Not paid yet, of its limit',
    width: 'minmax(166px, 1.6fr)',
    cell: ({ openMicro, limitMicro }) => <LimitMeter openMicro={openMicro} limitMicro={limitMicro} />,
  },
  {
    id: 'results',
    header: 'Results',
    width: '84px',
    align: 'end',
    fromWidth: 800,
    cell: ({ results }) => count(results),
  },
  {
    id: 'lost',
    header: 'Never paid',
    width: '102px',
    align: 'end',
    cell: ({ lostMicro }) =>
      lostMicro === '0' ? (
        <Nothing />
      ) : (
        <span className={classes.lost}>
          <Credits micro={lostMicro} form="aligned" />
        </span>
      ),
  },
  {
    id: 'acknowledged',
    header: 'Credits counted',
    width: '122px',
    align: 'end',
    cell: ({ acknowledgedMicro }) =>
      acknowledgedMicro === '0' ? <Nothing /> : <Credits micro={acknowledgedMicro} form="aligned" />,
  },
]

/** Who may leave how much unpaid, and does. A row opens what that requester brought. */
export function Requesters({ onOpen }: { readonly onOpen: (requester: string) => void }) {
  const query = useInfiniteQuery(
    useTRPC().earnings.exposure.infiniteQueryOptions(
      { limit: PAGE_SIZE },
      { getNextPageParam: (page) => page.nextCursor, refetchOnMount: 'always' },
    ),
  )
  const pages: readonly ExposureView[] | undefined = query.data?.pages
  const requesters = useMemo(() => (pages ?? []).flatMap((page) => page.requesters), [pages])
  const first = pages?.[0]
  return (
    <>
      {first !== undefined && <Strangers exposure={first} />}
      <Panel flush grow label="Requesters">
        {query.error !== null && first === undefined ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : first === undefined ? (
          <LoadingRows rows={10} />
        ) : (
          <DataTable
            label="Requesters"
            rows={requesters}
            columns={columns}
            rowId={({ requester }) => requester}
            onOpen={({ requester }) => onOpen(requester)}
            hasMore={query.hasNextPage}
            onMore={() => {
              if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage()
            }}
            empty={
              <EmptyState icon={IconUsers} title="Nobody has asked for anything yet">
                Each requester that has a result of yours is listed here, with what it may leave unpaid.
              </EmptyState>
            }
          />
        )}
      </Panel>
    </>
  )
}

/** What all who never paid may leave unpaid together. */
function Strangers({ exposure }: { readonly exposure: ExposureView }) {
  const { strangersOpenMicro, strangersLimitMicro } = exposure
  const navigate = useNavigate()
  const isUsedUp = BigInt(strangersOpenMicro) >= BigInt(strangersLimitMicro)
  return (
    <Panel
      title="Requesters who never paid, together"
      aside={<Button onClick={() => navigate({ view: 'settings' })}>Change limits</Button>}
    >
      <LimitMeter openMicro={strangersOpenMicro} limitMicro={strangersLimitMicro} unit="credits" />
      <p className={classes.dim}>
        {isUsedUp
          ? `Of a day's work for newcomers, all of the ${exactCredits(strangersLimitMicro)} credits are used. Newcomers wait; those who have paid do not.`
          : 'You work before you are paid. New identities cost nothing, so all newcomers share this limit: more than that is not lost in a day. Each requester has a limit of its own besides, which grows as it pays.'}
      </p>
      <p className={classes.dim}>
        Amounts are in credits. Credits counted are those that a requester signed for, each result with at
        least 0.01: its limit grows with them.
      </p>
    </Panel>
  )
}
