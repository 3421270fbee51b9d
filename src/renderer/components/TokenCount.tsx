import { t } from '../../locales/translate.ts'
import type { TaskView } from '../../protocol/views.ts'
import { count } from '../format/numbers.ts'
import classes from './figures.module.css'

/** Tokens of a task: those it took and those it made; while it runs, those it has made so far. */
export function TokenCount({ task }: { readonly task: TaskView }) {
  if (task.stats !== undefined) {
    const { promptTokens, completionTokens } = task.stats
    return (
      <span
        className={classes.figure}
        title={t('components:tokens.both', {
          prompt: t('components:tokens.prompt', { count: promptTokens }),
          completion: t('components:tokens.completion', { count: completionTokens }),
        })}
      >
        {count(promptTokens + completionTokens)}
      </span>
    )
  }
  if (task.liveTokens === undefined) return <Nothing />
  return (
    <span className={classes.live} title={t('components:tokens.soFar', { count: task.liveTokens })}>
      {count(task.liveTokens)}
    </span>
  )
}

/** Stands where there is no value, so that the eye does not search for one. */
export function Nothing() {
  return <span className={classes.nothing}>–</span>
}
