import { Button, VisuallyHidden } from '@mantine/core'
import { IconCoins } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import type { EarningsGroupPage, EarningsGroupView } from '../../../protocol/earnings-views.ts'
import { useTRPC } from '../../api/client.ts'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { useNow } from '../../components/Now.tsx'
import { Panel } from '../../components/Panel.tsx'
import { exactCredits, shortCredits } from '../../format/credits.ts'
import { shortIdentifier } from '../../format/identifiers.ts'
import { listed } from '../../format/lists.ts'
import { type DayRange, rangeOf } from './day-range.ts'
import type { EarningsFilter } from './earnings-filter.ts'
import { PaymentBar } from './PaymentBar.tsx'
import { paymentStages, type StageAmounts, stageAmounts, totalOf } from './payment-stages.ts'
import classes from './Ranking.module.css'

const PAGE_SIZE = 6

export interface RankingProps {
  readonly by: 'model' | 'requester'
  readonly range: DayRange
  readonly filter: EarningsFilter
  readonly onFilter: (filter: EarningsFilter) => void
}

/** Models, or requesters, by what they brought. A click shows the days of that one alone, another one all again. */
export function Ranking({ by, range, filter, onFilter }: RankingProps) {
  const title = t(`earnings:ranking.${by}.title`)
  // Not by itself: the others would be gone from the list that one chooses from.
  const others = by === 'model' ? { requester: filter.requester } : { model: filter.model }
  const query = useInfiniteQuery(
    useTRPC().earnings.groups.infiniteQueryOptions(
      { by, ...rangeOf(Number(range), useNow()), ...others, limit: PAGE_SIZE },
      { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData },
    ),
  )
  const pages: readonly EarningsGroupPage[] | undefined = query.data?.pages
  const groups = (pages ?? []).flatMap((page) => page.groups)
  let fullMicro = 0n
  for (const group of groups) {
    const total = totalOf(stageAmounts(group))
    if (total > fullMicro) fullMicro = total
  }
  return (
    <Panel title={title} aside={t('earnings:ranking.aside', { days: range })}>
      {pages !== undefined ? (
        groups.length === 0 ? (
          <EmptyState icon={IconCoins} title={t('earnings:ranking.empty')}>
            {t('earnings:ranking.emptyMore')}
          </EmptyState>
        ) : (
          <>
            <ul className={classes.list} aria-label={title}>
              {groups.map((group) => (
                <Group
                  key={group.key}
                  group={group}
                  name={by === 'model' ? group.key : shortIdentifier(group.key)}
                  isIdentifier={by === 'requester'}
                  fullMicro={fullMicro}
                  chosen={filter[by] === group.key}
                  onToggle={() =>
                    onFilter({ ...filter, [by]: filter[by] === group.key ? undefined : group.key })
                  }
                />
              ))}
            </ul>
            {query.hasNextPage && (
              <Button
                variant="subtle"
                loading={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
                aria-label={t(`earnings:ranking.${by}.more`)}
              >
                {t('earnings:ranking.more')}
              </Button>
            )}
          </>
        )
      ) : query.error !== null ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <LoadingRows rows={4} />
      )}
    </Panel>
  )
}

interface GroupProps {
  readonly group: EarningsGroupView
  readonly name: string
  readonly isIdentifier: boolean
  readonly fullMicro: bigint
  readonly chosen: boolean
  readonly onToggle: () => void
}

function Group({ group, name, isIdentifier, fullMicro, chosen, onToggle }: GroupProps) {
  const amounts = stageAmounts(group)
  return (
    <li>
      <button
        type="button"
        className={classes.group}
        aria-pressed={chosen}
        title={isIdentifier ? group.key : undefined}
        onClick={onToggle}
      >
        <span className={classes.name} data-identifier={isIdentifier || undefined}>
          {name}
        </span>
        <span className={classes.tasks}>{t('earnings:taskCount', { count: group.tasks })}</span>
        <span className={classes.amount} data-figures>
          {shortCredits(totalOf(amounts))}
        </span>
        <PaymentBar amounts={amounts} fullMicro={fullMicro} />
        <VisuallyHidden>{t('earnings:ranking.amounts', { stages: amountWords(amounts) })}</VisuallyHidden>
      </button>
    </li>
  )
}

function amountWords(amounts: StageAmounts): string {
  const parts = paymentStages
    .filter(({ id }) => amounts[id] > 0n)
    .map(({ id }) =>
      t('earnings:stage.of', {
        stage: t(`earnings:stage.${id}.inline`),
        amount: exactCredits(amounts[id]),
      }),
    )
  return parts.length === 0 ? t('earnings:byDay.nothing') : listed(parts)
}
