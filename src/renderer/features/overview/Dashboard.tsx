import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
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
import { healthChecks } from '../../format/health.ts'
import { count, percent, plural, rate, short } from '../../format/numbers.ts'
import { reachWords } from '../../format/reachability.ts'
import { SUMMARY_DAYS } from '../earnings/summary-days.ts'
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
        <ThisComputer models={models} checks={healthChecks(status, models, earnings, reach?.level)} />
      </div>
      <LatestTasks status={status} />
    </>
  )
}

/** What stops this computer from earning, above everything else. */
function Trouble({ status }: { readonly status: NodeStatusView }) {
  const { run } = useNodeActions()
  if (status.error !== undefined) {
    return <FailureNote failure={status.error} title="The node stopped" onRetry={() => run('join')} />
  }
  if (status.inference.state === 'broken') {
    return (
      <FailureNote
        failure={{
          code: 'inference_crashed',
          message:
            status.inference.reason ??
            `It crashed ${plural(status.inference.restarts, 'time')} and is not started again.`,
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
      label="Earned today"
      value={<Credits micro={status.earnedTodayMicro} form="short" />}
      unit="credits"
      detail={
        <>
          <span className={status.pendingMicro === '0' ? undefined : classes.waiting}>
            <Credits micro={status.pendingMicro} form="short" /> awaiting receipts
          </span>
          {' · '}
          {earnings === undefined || earnings.unpaidTasks === 0 ? (
            'none unpaid'
          ) : (
            <span className={classes.attention}>{count(earnings.unpaidTasks)} unpaid</span>
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
      label="Tasks today"
      value={<span title={count(completed)}>{short(completed)}</span>}
      detail={all === 0 ? 'None yet' : `${percent(completed, all)} completed · ${count(failed)} failed`}
    />
  )
}

function SpeedTile({ status }: { readonly status: NodeStatusView }) {
  const { slots, running, queued, tokensPerSecond } = status
  return (
    <Tile
      label="Speed now"
      value={rate(tokensPerSecond)}
      unit="tokens/s"
      detail={
        slots === 0 ? (
          'No slots: no model is loaded'
        ) : (
          <span className={classes.slots}>
            <SlotPips slots={slots} running={running} />
            {running} of {slots} busy{queued > 0 && ` · ${count(queued)} queued`}
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
      label="Reachable"
      value={<span className={classes.words}>{isIn ? (reach?.title ?? '…') : 'Not now'}</span>}
      detail={
        isIn ? (
          <span title={reach?.meaning}>{plural(status.peers, 'peer')} connected</span>
        ) : (
          'Join to be found'
        )
      }
    />
  )
}
