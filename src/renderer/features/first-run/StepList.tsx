import { IconCheck } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import { type FirstRunStep, type FirstRunView, firstRunSteps } from '../../../protocol/first-run-views.ts'
import classes from './StepList.module.css'

export interface StepListProps {
  readonly view: FirstRunView
  readonly current: FirstRunStep
  readonly onGo: (step: FirstRunStep) => void
}

/** Where one is among the steps; each can be gone to. */
export function StepList({ view, current, onGo }: StepListProps) {
  const at = firstRunSteps.indexOf(current)
  return (
    <nav aria-label={t('setup:page.steps')}>
      <ol className={classes.steps}>
        {firstRunSteps.map((step, index) => {
          const done = isDone(view, step, index < at)
          return (
            <li key={step} className={classes.item}>
              <button
                type="button"
                className={classes.step}
                aria-current={step === current ? 'step' : undefined}
                data-done={done || undefined}
                onClick={() => onGo(step)}
              >
                <span className={classes.sign} aria-hidden>
                  {done && step !== current ? <IconCheck size={13} stroke={2.6} /> : index + 1}
                </span>
                {t(`setup:step.${step}`)}
              </button>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}

/** What has a state of its own is done when that is; the others once one is past them. */
function isDone({ tasks }: FirstRunView, step: FirstRunStep, isPast: boolean): boolean {
  const task = tasks.find(({ id }) => id === step)
  if (task === undefined) return isPast
  return task.state === 'done' || (isPast && (task.state === 'running' || task.state === 'left'))
}
