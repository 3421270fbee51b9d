import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core'
import {
  IconAlertTriangle,
  IconChevronDown,
  IconChevronUp,
  IconCircleCheck,
  IconCircleX,
} from '@tabler/icons-react'
import { t } from '../../../../locales/translate.ts'
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
          {t(problems === undefined ? 'test:editor.checking' : 'test:editor.noProblems')}
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
          <Tooltip label={t('test:editor.previousKey')}>
            <ActionIcon size={22} aria-label={t('test:editor.previous')} onClick={onPrevious}>
              <IconChevronUp aria-hidden size={15} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('test:editor.nextKey')}>
            <ActionIcon size={22} aria-label={t('test:editor.next')} onClick={onNext}>
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
  const problemCount = t('test:editor.problems', { count: errors })
  const warningCount = t('test:editor.warnings', { count: warnings })
  if (errors > 0 && warnings > 0)
    return t('test:editor.both', { problems: problemCount, warnings: warningCount })
  return errors > 0 ? problemCount : warningCount
}

function problemWords({ line, message, path }: Problem): string {
  return path === undefined
    ? t('test:editor.problem', { line, message })
    : t('test:editor.problemAt', { line, message, path })
}

function spoken(problems: Problems | undefined): string {
  if (problems === undefined) return ''
  const { list, current = 0 } = problems
  const shown = list[current]
  return shown === undefined
    ? t('test:editor.noProblems')
    : t('test:editor.spoken', { problems: countWords(list), problem: problemWords(shown) })
}
