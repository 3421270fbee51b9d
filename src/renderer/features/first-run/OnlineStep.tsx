import { Button } from '@mantine/core'
import { t } from '../../../locales/translate.ts'
import { routeHash } from '../../app/routes.ts'
import { useReachability } from '../../app/use-reachability.ts'
import { reachWords } from '../../format/reachability.ts'
import classes from './OnlineStep.module.css'
import frame from './StepFrame.module.css'
import { StepFrame } from './StepFrame.tsx'
import { taskTitle } from './set-up-words.ts'
import type { StepProps } from './step-props.ts'
import { TaskSign } from './TaskSign.tsx'
import { useSetUp } from './use-set-up.ts'

/** The last step: on the network, and what was set up for it. */
export function OnlineStep({ status, view, onBack, onDone }: StepProps) {
  const { startEarning } = useSetUp()
  const reach = useReachability().data
  const isIn = status.phase === 'online' || status.phase === 'paused'
  const joining = startEarning.isPending || status.phase === 'joining'
  return (
    <StepFrame
      title={isIn ? t('setup:online.titleOn') : t('setup:online.title')}
      lead={t('setup:online.lead')}
      onBack={onBack}
      next={
        isIn ? (
          <Button size="md" variant="filled" onClick={onDone}>
            {t('setup:online.open')}
          </Button>
        ) : (
          <Button size="md" variant="filled" loading={joining} onClick={() => startEarning.mutate()}>
            {t('setup:welcome.start')}
          </Button>
        )
      }
    >
      <p role="status" className={classes.live}>
        {joining
          ? t('setup:welcome.joining', { network: status.network })
          : isIn && reach !== undefined && reach !== null
            ? reachWords(reach.level).meaning
            : ''}
      </p>
      <ul className={`${frame.rows} ${classes.summary}`} aria-label={t('setup:online.summary')}>
        {view.tasks
          .filter(({ id }) => id !== 'online')
          .map((task) => (
            <li key={task.id}>
              <TaskSign state={task.state} />
              {task.state === 'done' || task.state === 'left' ? (
                taskTitle(task)
              ) : (
                <a href={routeHash({ view: 'overview', tab: 'first-run', step: task.id })}>
                  {taskTitle(task)}
                </a>
              )}
            </li>
          ))}
      </ul>
    </StepFrame>
  )
}
