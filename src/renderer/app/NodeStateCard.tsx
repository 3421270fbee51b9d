import { Button, Group, Modal, VisuallyHidden } from '@mantine/core'
import { useState } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../locales/translate.ts'
import { capitalised } from '../../locales/words/capitalised.ts'
import { pauseEnds, pauseReasons, timeToCome } from '../../locales/words/pause-words.ts'
import { stateWords } from '../../locales/words/phase-words.ts'
import type { PauseView } from '../../protocol/guest/pause-views.ts'
import type { NodePhase, NodeStatusView } from '../../protocol/views.ts'
import { Credits } from '../components/Credits.tsx'
import { useFromNow } from '../components/Now.tsx'
import { errorWords } from '../format/error-words.ts'
import { uptime } from '../format/time.ts'
import { troubleWords } from '../format/trouble-words.ts'
import classes from './NodeStateCard.module.css'
import { PauseMenu } from './PauseMenu.tsx'
import { allowedActions, type NodeAction, type NodeActions, useNodeActions } from './use-node.ts'

/** Whether it is what most people want in that state. */
function isMain(action: NodeAction, phase: NodePhase): boolean {
  return action === 'join' || (action === 'resume' && phase === 'paused')
}

/** What an action is called in that state. */
export function actionLabel(action: NodeAction, phase: NodePhase): string {
  return t(action === 'resume' && phase === 'online' ? 'guest:action.obey' : `guest:action.${action}`)
}

export interface NodeStateCardProps {
  readonly status: NodeStatusView
  /** What is shown beside has the one large button. */
  readonly quiet: boolean
}

/** The node's state and its switches: at the same place in every view, in the tray's words. */
export function NodeStateCard({ status, quiet }: NodeStateCardProps) {
  const actions = useNodeActions()
  const words = useFromNow((now) => stateWords(status, now))
  return (
    <section className={classes.card} aria-label={t('shell:card.node')}>
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
  const { phase, reason, trouble, error, network, onlineSinceMs, earnedTodayMicro } = status
  const { overridden, quiet } = status.guest
  const rulesRestTo = useFromNow((now) => overridden && timeToCome(overridden.untilMs, now))
  const onFor = useFromNow((now) => (onlineSinceMs === undefined ? undefined : uptime(now - onlineSinceMs)))
  if (phase === 'failed')
    return error === undefined
      ? (reason ?? t('shell:card.notEarning'))
      : t('shell:card.failed', { what: errorWords(error.code, error.message).title })
  if (trouble !== undefined) return troubleWords(trouble)
  if (reason !== undefined) return reason
  if (phase === 'offline') return t('shell:card.notEarning')
  if (phase === 'joining') return t('shell:card.looking', { network })
  if (phase === 'leaving') return t('shell:card.finishing', { count: status.running })
  if (phase === 'paused' && status.guest.pause !== undefined)
    return <PauseLines pause={status.guest.pause} running={status.running} />
  return (
    <>
      {rulesRestTo !== undefined && <p>{t('shell:card.rulesRest', { time: rulesRestTo })}</p>}
      <p>
        <Trans
          i18n={i18n}
          t={t}
          i18nKey="shell:card.today"
          components={{ credits: <Credits micro={earnedTodayMicro} form="short" /> }}
        />
      </p>
      {quiet && <p>{t('guest:quietMode')}</p>}
      {onFor !== undefined && (
        <p className={classes.oneLine} title={t('shell:card.onNetwork', { network })}>
          {t('shell:card.onFor', { time: onFor, network })}
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
      {running > 0 && <p>{t('shell:card.finishing', { count: running })}</p>}
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
        title={t('shell:leaving.title', { count: status.running })}
        size={420}
      >
        <p>{t('shell:leaving.text')}</p>
        <Group justify="flex-end" mt="lg" gap="xs">
          <Button
            variant="subtle"
            color="gray"
            onClick={() => {
              setAsking(false)
              actions.run('leave')
            }}
          >
            {t('shell:leaving.anyway')}
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
              {t('shell:leaving.pause')}
            </Button>
          )}
        </Group>
      </Modal>
    </div>
  )
}
