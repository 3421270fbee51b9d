import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core'
import {
  IconAlertTriangle,
  IconChevronDown,
  IconChevronUp,
  IconCircleCheck,
  IconCircleX,
} from '@tabler/icons-react'
import { plural } from '../../../format/numbers.ts'
import classes from './WorkflowEditor.module.css'
import type { Problem, Problems } from './workflow-lint.ts'

export interface ProblemBarProps {
  /** Undefined until the text was checked for the first time. */
  readonly problems: Problems | undefined
  readonly onNext: () => void
  readonly onPrevious: () => void
}

/** One line under the editor: how many problems there are, the one at hand, and the way to the others. */
export function ProblemBar({ problems, onNext, onPrevious }: ProblemBarProps) {
  const list = problems?.list ?? []
  const shown = list[problems?.current ?? 0]
  return (
    <div className={classes.bar}>
      <VisuallyHidden role="status">{spoken(problems)}</VisuallyHidden>
      {shown === undefined ? (
        <span className={classes.fine}>
          {problems !== undefined && <IconCircleCheck aria-hidden size={14} />}
          {problems === undefined ? 'Checking…' : 'No problems'}
        </span>
      ) : (
        <>
          <span className={classes.count} data-severity={worst(list)}>
            {worst(list) === 'error' ? (
              <IconCircleX aria-hidden size={14} />
            ) : (
              <IconAlertTriangle aria-hidden size={14} />
            )}
            {countWords(list)}
          </span>
          <button type="button" className={classes.problem} title={problemWords(shown)} onClick={onNext}>
            {problemWords(shown)}
          </button>
          <Tooltip label="Previous problem (Shift F8)">
            <ActionIcon size={22} aria-label="Previous problem" onClick={onPrevious}>
              <IconChevronUp aria-hidden size={15} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Next problem (F8)">
            <ActionIcon size={22} aria-label="Next problem" onClick={onNext}>
              <IconChevronDown aria-hidden size={15} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
    </div>
  )
}

function worst(list: readonly Problem[]): Problem['severity'] {
  return list.some(({ severity }) => severity === 'error') ? 'error' : 'warning'
}

function countWords(list: readonly Problem[]): string {
  const warnings = list.filter(({ severity }) => severity === 'warning').length
  const errors = list.length - warnings
  return [
    ...(errors > 0 ? [plural(errors, 'problem')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ].join(', ')
}

function problemWords({ line, message, path }: Problem): string {
  return `Line ${line}: ${message}${path === undefined ? '' : ` — ${path}`}`
}

function spoken(problems: Problems | undefined): string {
  if (problems === undefined) return ''
  const { list, current = 0 } = problems
  const shown = list[current]
  return shown === undefined ? 'No problems' : `${countWords(list)}. ${problemWords(shown)}`
}
