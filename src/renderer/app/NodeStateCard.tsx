import { Button, Group, Modal, VisuallyHidden } from '@mantine/core'
import { useState } from 'react'
import { pauseEnds, pauseReasons, timeToCome } from '../../locales/words/pause-words.ts'
import { stateWords } from '../../locales/words/phase-words.ts'
import type { PauseView } from '../../protocol/guest/pause-views.ts'
import type { NodePhase, NodeStatusView } from '../../protocol/views.ts'
import { Credits } from '../components/Credits.tsx'
import { useNow } from '../components/Now.tsx'
import { errorWords } from '../format/error-words.ts'
import { plural } from '../format/numbers.ts'
import { uptime } from '../format/time.ts'
import { capitalised } from '../format/words.ts'
import classes from './NodeStateCard.module.css'
import { PauseMenu } from './PauseMenu.tsx'
import { allowedActions, type NodeAction, type NodeActions, useNodeActions } from './use-node.ts'

const actionLabels: Readonly<Record<NodeAction, string>> = {
  join: 'Join',
  leave: 'Leave',
  pause: 'Pause',
  resume: 'Resume',
  serve: 'Work anyway',
}

/** Whether it is what most people want in that state. */
function isMain(action: NodeAction, phase: NodePhase): boolean {
  return action === 'join' || (action === 'resume' && phase === 'paused')
}

/** What an action is called in that state. */
export function actionLabel(action: NodeAction, phase: NodePhase): string {
  return action === 'resume' && phase === 'online' ? 'Back to your rules' : actionLabels[action]
}

export interface NodeStateCardProps {
  readonly status: NodeStatusView
  /** What is shown beside has the one large button. */
  readonly quiet: boolean
}

/** The node's state and its switches: at the same place in every view, in the tray's words. */
export function NodeStateCard({ status, quiet }: NodeStateCardProps) {
  const actions = useNodeActions()
  const words = stateWords(status, useNow())
  return (
    <section className={classes.card} aria-label="Node">
      <p className={classes.state}>
        <PhaseDot status={status} />
        {words}
      </p>
      <VisuallyHidden role="status">{words}</VisuallyHidden>
      <div className={classes.lines}>
        <StateLines status={status} />
      </div>
      <Actions status={status} actions={actions} quiet={quiet} />
    </section>
  )
}

/** A sign beside the word: full while earning, a ring while ready, a bar while it needs you. */
export function PhaseDot({ status: { phase, running } }: { readonly status: NodeStatusView }) {
  const kind = phase === 'online' ? (running > 0 ? 'earning' : 'ready') : phase
  return <i aria-hidden className={classes.dot} data-kind={kind} />
}

function StateLines({ status }: { readonly status: NodeStatusView }) {
  const now = useNow()
  const { phase, reason, error, network, onlineSinceMs, earnedTodayMicro } = status
  if (phase === 'failed')
    return error === undefined
      ? (reason ?? 'Not earning')
      : `${errorWords(error.code, error.message).title}. Not earning.`
  if (reason !== undefined) return reason
  if (phase === 'offline') return 'Not earning'
  if (phase === 'joining') return `Looking for the ${network} network`
  if (phase === 'leaving') return `Finishing ${plural(status.running, 'task')}`
  if (phase === 'paused' && status.guest.pause !== undefined)
    return <PauseLines pause={status.guest.pause} running={status.running} />
  const { overridden, quiet } = status.guest
  return (
    <>
      {overridden !== undefined && <p>Your rules rest until {timeToCome(overridden.untilMs, now)}</p>}
      <p>
        <Credits micro={earnedTodayMicro} form="short" /> credits today
      </p>
      {quiet && <p>Quiet mode</p>}
      {onlineSinceMs !== undefined && (
        <p className={classes.oneLine} title={`On the network ${network}`}>
          {uptime(now - onlineSinceMs)} on {network}
        </p>
      )}
    </>
  )
}

function PauseLines({ pause, running }: { readonly pause: PauseView; readonly running: number }) {
  const [first] = pause.reasons
  return (
    <>
      <p>{capitalised(pauseReasons(pause.reasons))}</p>
      {pause.untilMs === undefined && first !== undefined && first.code !== 'operator' && (
        <p>{capitalised(pauseEnds(first))}</p>
      )}
      {running > 0 && <p>Finishing {plural(running, 'task')}</p>}
    </>
  )
}

function Actions({ status, actions, quiet }: NodeStateCardProps & { readonly actions: NodeActions }) {
  const [asking, setAsking] = useState(false)
  const { phase } = status
  const allowed = allowedActions(status)
  const start = (action: NodeAction) => {
    if (action === 'leave' && status.running > 0) setAsking(true)
    else actions.run(action)
  }
  if (allowed.length === 0) return null
  return (
    <div className={classes.actions}>
      {allowed.map((action) =>
        action === 'pause' ? (
          <PauseMenu key={action} loading={actions.pending === action} onPause={actions.pause} />
        ) : (
          <Button
            key={action}
            variant={isMain(action, phase) && !quiet ? 'filled' : 'default'}
            loading={actions.pending === action}
            onClick={() => start(action)}
          >
            {actionLabel(action, phase)}
          </Button>
        ),
      )}
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={`${plural(status.running, 'task')} running`}
        size={420}
      >
        <p>
          Leaving gives them up to 30 seconds to finish. What is not done by then is stopped and not paid.
          Pausing takes no new tasks and lets all of them finish.
        </p>
        <Group justify="flex-end" mt="lg" gap="xs">
          <Button
            variant="subtle"
            color="gray"
            onClick={() => {
              setAsking(false)
              actions.run('leave')
            }}
          >
            Leave anyway
          </Button>
          {allowed.includes('pause') && (
            <Button
              variant="filled"
              onClick={() => {
                setAsking(false)
                actions.run('pause')
              }}
              data-autofocus
            >
              Pause instead
            </Button>
          )}
        </Group>
      </Modal>
    </div>
  )
}
