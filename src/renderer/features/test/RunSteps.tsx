import { VisuallyHidden } from '@mantine/core'
import { t } from '../../../locales/translate.ts'
import { StepTrace } from '../../components/workflow/StepTrace.tsx'
import type { StepLog } from '../../components/workflow/step-log.ts'
import type { RunSelection } from './run-selection.ts'
import classes from './TestOutput.module.css'

export interface RunStepsProps {
  readonly workflowJson: string | undefined
  readonly log: StepLog
  readonly selection: RunSelection
  readonly onSelect: (selection: RunSelection) => void
}

/** The run step by step. */
export function RunSteps({ workflowJson, log, selection, onSelect }: RunStepsProps) {
  return (
    <div className={classes.steps}>
      <VisuallyHidden component="h3">{t('test:output.steps')}</VisuallyHidden>
      <StepTrace
        log={log}
        selected={selection.step}
        {...(workflowJson !== undefined && { workflowJson })}
        onSelect={(step) =>
          onSelect(
            step === undefined ? {} : { step, taskId: log.steps.find(({ index }) => index === step)?.taskId },
          )
        }
      />
    </div>
  )
}
