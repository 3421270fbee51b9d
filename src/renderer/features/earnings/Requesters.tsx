import { Button } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { t } from '../../../locales/translate.ts'
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

const requesterColumns = (): readonly Column<RequesterExposureView>[] => [
  {
    id: 'standing',
    header: t('earnings:requesters.column.standing'),
    width: '130px',
    cell: (requester) => {
      const { label, tone } = requesterStanding(requester)
      return <ToneBadge tone={tone}>{label}</ToneBadge>
    },
  },
  {
    id: 'requester',
    header: t('earnings:requesters.column.requester'),
    width: 'minmax(120px, 1fr)',
    cell: ({ requester }) => <Identifier value={requester} label={t('earnings:id.requester')} />,
  },
  {
    id: 'open',
    header: t('earnings:requesters.column.open'),
    width: 'minmax(166px, 1.6fr)',
    cell: ({ openMicro, limitMicro }) => <LimitMeter openMicro={openMicro} limitMicro={limitMicro} />,
  },
  {
    id: 'results',
    header: t('earnings:requesters.column.results'),
    width: '84px',
    align: 'end',
    fromWidth: 800,
    cell: ({ results }) => count(results),
  },
  {
    id: 'lost',
    header: t('earnings:requesters.column.lost'),
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
    header: t('earnings:requesters.column.counted'),
    width: '122px',
    align: 'end',
    cell: ({ acknowledgedMicro }) =>
      acknowledgedMicro === '0' ? <Nothing /> : <Credits micro={acknowledgedMicro} form="aligned" />,
  },
]

/** Who may leave how much unpaid, and does. A row opens what that requester brought. */
export function Requesters({ onOpen }: { readonly onOpen: (requester: string) => void }) {
  const columns = useMemo(() => requesterColumns(), [])
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
      <Panel flush grow label={t('earnings:requesters.title')}>
        {query.error !== null && first === undefined ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : first === undefined ? (
          <LoadingRows rows={10} />
        ) : (
          <DataTable
            label={t('earnings:requesters.title')}
            rows={requesters}
            columns={columns}
            rowId={({ requester }) => requester}
            onOpen={({ requester }) => onOpen(requester)}
            hasMore={query.hasNextPage}
            onMore={() => {
              if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage()
            }}
            empty={
              <EmptyState icon={IconUsers} title={t('earnings:requesters.empty')}>
                {t('earnings:requesters.emptyMore')}
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
      title={t('earnings:requesters.strangers')}
      aside={
        <Button onClick={() => navigate({ view: 'settings' })}>
          {t('earnings:requesters.changeLimits')}
        </Button>
      }
    >
      <LimitMeter openMicro={strangersOpenMicro} limitMicro={strangersLimitMicro} withUnit />
      <p className={classes.dim}>
        {isUsedUp
          ? t('earnings:requesters.usedUp', { limit: exactCredits(strangersLimitMicro) })
          : t('earnings:requesters.shared')}
      </p>
      <p className={classes.dim}>{t('earnings:requesters.counted')}</p>
    </Panel>
  )
}
