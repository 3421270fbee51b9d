import { Button } from '@mantine/core'
import { IconAdjustmentsHorizontal, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { pauseEnds, pauseSentence } from '../../../locales/words/pause-words.ts'
import type { NodeStatusView } from '../../../protocol/views.ts'
import { isPausedByOperator, useNodeActions } from '../../app/use-node.ts'
import { useNavigate } from '../../app/use-route.ts'
import { useNow } from '../../components/Now.tsx'
import { plural } from '../../format/numbers.ts'
import { capitalised } from '../../format/words.ts'
import classes from './PauseNote.module.css'

/** Why no tasks are taken, until when, and what can be done. Nothing while they are. */
export function PauseNote({ status }: { readonly status: NodeStatusView }) {
  const { run, pending } = useNodeActions()
  const navigate = useNavigate()
  const now = useNow()
  const { pause } = status.guest
  if (status.phase !== 'paused' || pause === undefined) return null
  const byOperator = isPausedByOperator(status.guest)
  const action = byOperator ? 'resume' : 'serve'
  return (
    <section className={classes.note} aria-label="Paused">
      <IconPlayerPause aria-hidden size={18} />
      <div className={classes.words}>
        <p className={classes.title}>{pauseSentence(pause, now)}</p>
        <p className={classes.meaning}>
          {pause.untilMs === undefined && pause.reasons[0] !== undefined
            ? `${capitalised(pauseEnds(pause.reasons[0]))}. `
            : ''}
          {status.running > 0
            ? `${plural(status.running, 'task')} will be finished; no new ones are taken.`
            : 'No tasks are taken meanwhile. Receipts and results still pass.'}
        </p>
      </div>
      <div className={classes.actions}>
        <Button
          leftSection={<IconPlayerPlay aria-hidden size={14} />}
          loading={pending === action}
          onClick={() => run(action)}
        >
          {byOperator ? 'Take tasks again' : 'Work anyway for an hour'}
        </Button>
        {!byOperator && (
          <Button
            leftSection={<IconAdjustmentsHorizontal aria-hidden size={14} />}
            onClick={() => navigate({ view: 'settings' })}
          >
            Your rules
          </Button>
        )}
      </div>
    </section>
  )
}
