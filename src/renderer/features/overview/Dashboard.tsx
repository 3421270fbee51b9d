import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import type { EarningsView } from '../../../protocol/earnings-views.ts'
import type { ReachabilityLevel } from '../../../protocol/network-views.ts'
import type { NodeStatusView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { useModels, useNodeActions } from '../../app/use-node.ts'
import { useReachability } from '../../app/use-reachability.ts'
import { Credits } from '../../components/Credits.tsx'
import { FailureNote } from '../../components/ErrorState.tsx'
import { Tile } from '../../components/Panel.tsx'
import { SlotPips } from '../../components/SlotPips.tsx'
import { count, percent, rate, short } from '../../format/numbers.ts'
import { reachWords } from '../../format/reachability.ts'
import { SUMMARY_DAYS } from '../earnings/summary-days.ts'
import { SetUpList } from '../first-run/SetUpList.tsx'
import { MissingDevice } from '../models/devices/MissingDevice.tsx'
import { RestartInference } from '../models/served/ModelTrouble.tsx'
import classes from './Dashboard.module.css'
import { LatestTasks } from './LatestTasks.tsx'
import { PauseNote } from './PauseNote.tsx'
import { ThisComputer } from './ThisComputer.tsx'

const LastHour = lazy(async () => ({ default: (await import('./LastHour.tsx')).LastHour }))

export function Dashboard({ status }: { readonly status: NodeStatusView }) {
  const trpc = useTRPC()
  const models = useModels() ?? []
  const earnings = useQuery(trpc.earnings.summary.queryOptions({ days: SUMMARY_DAYS })).data
  const reach = useReachability().data
  return (
    <>
      <Trouble status={status} />
      <PauseNote status={status} />
      <SetUpList />
      <div className={classes.tiles}>
        <EarnedTile status={status} earnings={earnings} />
        <TasksTile status={status} />
        <SpeedTile status={status} />
        <ReachTile status={status} level={reach?.level} />
      </div>
      <div className={classes.middle}>
        <Suspense fallback={<div className={classes.chartRoom} />}>
          <LastHour />
        </Suspense>
        <ThisComputer models={models} />
      </div>
      <LatestTasks status={status} />
    </>
  )
}

/** What stops this computer from earning, above everything else. */
function Trouble({ status }: { readonly status: NodeStatusView }) {
  const { run } = useNodeActions()
  if (status.error !== undefined) {
    return <FailureNote failure={status.error} title={t('overview:stopped')} onRetry={() => run('join')} />
  }
  if (status.inference.state === 'broken') {
    return (
      <FailureNote
        failure={{
          code: 'inference_crashed',
          message: status.inference.reason ?? t('overview:crashed', { count: status.inference.restarts }),
        }}
        action={<RestartInference />}
      />
    )
  }
  return <MissingDevice />
}

function EarnedTile({
  status,
  earnings,
}: {
  readonly status: NodeStatusView
  readonly earnings?: EarningsView
}) {
  return (
    <Tile
      label={t('overview:earned.label')}
      value={<Credits micro={status.earnedTodayMicro} form="short" />}
      unit={t('overview:earned.unit')}
      detail={
        <>
          <span className={status.pendingMicro === '0' ? undefined : classes.waiting}>
            <Trans
              i18n={i18n}
              t={t}
              i18nKey="overview:earned.awaiting"
              components={{ amount: <Credits micro={status.pendingMicro} form="short" /> }}
            />
          </span>
          {' · '}
          {earnings === undefined || earnings.unpaidTasks === 0 ? (
            t('overview:earned.noneUnpaid')
          ) : (
            <span className={classes.attention}>
              {t('overview:earned.unpaid', { count: earnings.unpaidTasks })}
            </span>
          )}
        </>
      }
    />
  )
}

function TasksTile({ status: { tasksToday } }: { readonly status: NodeStatusView }) {
  const { completed, failed } = tasksToday
  const all = completed + failed
  return (
    <Tile
      label={t('overview:tasks.label')}
      value={<span title={count(completed)}>{short(completed)}</span>}
      detail={
        all === 0
          ? t('overview:tasks.none')
          : t('overview:tasks.ended', { share: percent(completed, all), count: failed })
      }
    />
  )
}

function SpeedTile({ status }: { readonly status: NodeStatusView }) {
  const { slots, running, queued, tokensPerSecond } = status
  return (
    <Tile
      label={t('overview:speed.label')}
      value={rate(tokensPerSecond)}
      unit={t('overview:speed.unit')}
      detail={
        slots === 0 ? (
          t('overview:speed.noSlots')
        ) : (
          <span className={classes.slots}>
            <SlotPips slots={slots} running={running} />
            {t('overview:speed.busy', { running, slots })}
            {queued > 0 && ` · ${t('overview:speed.queued', { count: queued })}`}
          </span>
        )
      }
    />
  )
}

function ReachTile({
  status,
  level,
}: {
  readonly status: NodeStatusView
  readonly level: ReachabilityLevel | undefined
}) {
  const isIn = status.phase === 'online' || status.phase === 'paused'
  const reach = level === undefined ? undefined : reachWords(level)
  return (
    <Tile
      label={t('overview:reach.label')}
      value={
        <span className={classes.words}>{isIn ? (reach?.title ?? '…') : t('overview:reach.notNow')}</span>
      }
      detail={
        isIn ? (
          <span title={reach?.meaning}>{t('overview:reach.peers', { count: status.peers })}</span>
        ) : (
          t('overview:reach.join')
        )
      }
    />
  )
}
