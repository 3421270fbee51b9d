import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import { Identifier } from '../../components/Identifier.tsx'
import { stateName } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'
import classes from './TestOutput.module.css'
import type { TestRunState } from './test-run.ts'

/** The states that the task went through, when, and who executed it. */
export function RunStates({ run }: { readonly run: TestRunState }) {
  const node = run.trace.findLast((step) => step.node !== undefined)?.node
  if (run.trace.length === 0) return null
  return (
    <div className={classes.states}>
      <ol aria-label={t('test:run.whatHappened')}>
        {run.trace.map((step) => (
          <li key={`${step.state} ${step.atMs}`}>
            {stateName(step.state)} <time>{duration(step.atMs - run.startedAtMs)}</time>
          </li>
        ))}
      </ol>
      {run.input.where === 'network' && node !== undefined && (
        <span>
          <Trans
            i18n={i18n}
            t={t}
            i18nKey="test:run.by"
            components={{ node: <Identifier value={node} label={t('test:run.node')} /> }}
          />
        </span>
      )}
    </div>
  )
}
