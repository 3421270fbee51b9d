import { t } from '../../../locales/translate.ts'
import { StepDetails } from '../../components/workflow/StepDetails.tsx'
import type { StepLog } from '../../components/workflow/step-log.ts'
import { WorkflowGraph } from '../../components/workflow/WorkflowGraph.tsx'
import type { RunSelection } from './run-selection.ts'
import classes from './TestOutput.module.css'

export interface RunGraphProps {
  readonly workflowJson: string
  readonly log: StepLog
  readonly selection: RunSelection
  readonly onSelect: (selection: RunSelection) => void
  /** Shows what the selected step was given and what came of it. */
  readonly hasDetails?: boolean
}

/** The workflow and the ways that the run took. A task stands for its newest step. */
export function RunGraph({ workflowJson, log, selection, onSelect, hasDetails = false }: RunGraphProps) {
  const step = log.steps.find(({ index }) => index === selection.step)
  return (
    <>
      <div className={classes.graph}>
        <WorkflowGraph
          workflowJson={workflowJson}
          log={log}
          selected={selection.taskId}
          onSelect={(taskId) =>
            onSelect(
              taskId === undefined
                ? {}
                : { taskId, step: log.steps.findLast((step) => step.taskId === taskId)?.index },
            )
          }
        />
      </div>
      {hasDetails && step !== undefined && (
        <section className={classes.details} aria-label={t('test:output.newestStep')}>
          <StepDetails step={step} />
        </section>
      )}
    </>
  )
}
