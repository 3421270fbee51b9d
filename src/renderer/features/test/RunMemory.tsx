import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import { MemoryInspector } from '../../components/workflow/MemoryInspector.tsx'
import type { StepLog } from '../../components/workflow/step-log.ts'
import type { RunSelection } from './run-selection.ts'
import classes from './TestOutput.module.css'

export interface RunMemoryProps {
  readonly workflowJson: string
  readonly input: string | undefined
  readonly log: StepLog
  readonly selection: RunSelection
  readonly onSelect: (selection: RunSelection) => void
}

/** What the run's memory holds after a step: the selected one, or the newest. */
export function RunMemory({ workflowJson, input, log, selection, onSelect }: RunMemoryProps) {
  const { steps } = log
  const at = selection.step === undefined ? -1 : steps.findIndex(({ index }) => index === selection.step)
  const shown = at === -1 ? steps.length - 1 : at
  const go = (to: number) => {
    const step = steps[to]
    if (step !== undefined) onSelect({ step: step.index, taskId: step.taskId })
  }
  return (
    <>
      {steps.length > 0 && (
        <div className={classes.walk}>
          <Tooltip label={t('test:output.previousStep')}>
            <ActionIcon
              aria-label={t('test:output.previousStep')}
              disabled={shown <= 0}
              onClick={() => go(shown - 1)}
            >
              <IconChevronLeft aria-hidden size={16} />
            </ActionIcon>
          </Tooltip>
          <span data-figures>
            {t('test:output.stepOf', { step: (steps[shown]?.index ?? 0) + 1, steps: log.lastIndex + 1 })}
          </span>
          <Tooltip label={t('test:output.nextStep')}>
            <ActionIcon
              aria-label={t('test:output.nextStep')}
              disabled={shown >= steps.length - 1}
              onClick={() => go(shown + 1)}
            >
              <IconChevronRight aria-hidden size={16} />
            </ActionIcon>
          </Tooltip>
          <Button size="compact-xs" disabled={at === -1} onClick={() => onSelect({})}>
            {t('test:output.newest')}
          </Button>
        </div>
      )}
      <section
        className={classes.memory}
        aria-label={t('test:output.memory')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <MemoryInspector
          workflowJson={workflowJson}
          log={log}
          upTo={at === -1 ? undefined : selection.step}
          input={input}
        />
      </section>
    </>
  )
}
