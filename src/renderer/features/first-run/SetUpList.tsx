import { ActionIcon, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useId } from 'react'
import { t } from '../../../locales/translate.ts'
import type { FirstRunView } from '../../../protocol/first-run-views.ts'
import { routeHash } from '../../app/routes.ts'
import { useFirstRun } from '../../app/use-first-run.ts'
import { percent } from '../../format/numbers.ts'
import classes from './SetUpList.module.css'
import { taskTitle } from './set-up-words.ts'
import { TaskSign } from './TaskSign.tsx'
import { useChosenPull } from './use-chosen-pull.ts'
import { useSetUp } from './use-set-up.ts'

type Task = FirstRunView['tasks'][number]

/** What is left to do once the node runs, until it is done or put away. */
export function SetUpList() {
  const { view } = useFirstRun()
  if (view === undefined || view.dismissed || view.tasks.every(isSettled)) return null
  return <List view={view} />
}

function List({ view }: { readonly view: FirstRunView }) {
  const id = useId()
  const { dismiss } = useSetUp()
  const settled = view.tasks.filter(isSettled).length
  return (
    <section className={classes.list} aria-labelledby={id}>
      <div className={classes.head}>
        <h2 id={id} className={classes.title}>
          {t('setup:list.title')}
        </h2>
        <span className={classes.progress}>
          {t('setup:list.progress', { done: settled, all: view.tasks.length })}
        </span>
      </div>
      <ul className={classes.tasks}>
        {view.tasks.map((task) => (
          <Item key={task.id} task={task} view={view} />
        ))}
      </ul>
      <Tooltip label={t('setup:list.dismiss')}>
        <ActionIcon
          aria-label={t('setup:list.dismiss')}
          loading={dismiss.isPending}
          onClick={() => dismiss.mutate({ dismissed: true })}
        >
          <IconX aria-hidden size={16} />
        </ActionIcon>
      </Tooltip>
    </section>
  )
}

function Item({ task, view: { model } }: { readonly task: Task; readonly view: FirstRunView }) {
  const { share } = useChosenPull(model)
  const far =
    task.id === 'model' && task.state === 'running' && share !== undefined
      ? percent(Math.floor(share * 100), 100)
      : undefined
  return (
    <li className={classes.task} data-state={task.state}>
      <TaskSign state={task.state} />
      {isSettled(task) ? (
        <span>{taskTitle(task)}</span>
      ) : (
        <a href={routeHash({ view: 'overview', tab: 'first-run', step: task.id })}>{taskTitle(task)}</a>
      )}
      {far !== undefined && (
        <span className={classes.far} data-figures>
          {far}
        </span>
      )}
    </li>
  )
}

function isSettled({ state }: Task): boolean {
  return state === 'done' || state === 'left'
}
