import { VisuallyHidden } from '@mantine/core'
import { IconArrowForwardUp, IconChevronRight, IconScissors } from '@tabler/icons-react'
import { memo } from 'react'
import { t } from '../../../locales/translate.ts'
import type { StepEnded } from '../../../protocol/workflow/step-report.ts'
import { count } from '../../format/numbers.ts'
import { duration } from '../../format/time.ts'
import { useNow } from '../Now.tsx'
import { ToneIcon } from '../StateBadge.tsx'
import { OperatorIcon } from './OperatorIcon.tsx'
import { operatorWords } from './operator-words.ts'
import { StepDetails } from './StepDetails.tsx'
import classes from './StepTrace.module.css'
import type { RunningStep } from './step-log.ts'
import { branchTone, branchWords, gapWords, stepTokens } from './step-words.ts'
import type { TraceNames } from './trace-names.ts'

export interface StepRowProps {
  readonly step: StepEnded
  readonly names: TraceNames
  /** Steps between the row above and this one. */
  readonly gap: { readonly skipped: number; readonly missing: number }
  /** Of the longest step that is listed: the bars are in proportion to it. */
  readonly longestMs: number
  readonly isOpen: boolean
  readonly onToggle: (index: number | undefined) => void
}

/** One step; a click opens what it read and made. */
export const StepRow = memo(
  function StepRow({ step, names, gap, longestMs, isOpen, onToggle }: StepRowProps) {
    const tokens = stepTokens(step)
    const words = gapWords(gap)
    const where = branchWords(step, names.nextOf)
    return (
      <>
        {words !== undefined && <p className={classes.gap}>{words}</p>}
        <div className={classes.step} data-open={isOpen || undefined}>
          <button
            type="button"
            className={classes.row}
            aria-expanded={isOpen}
            onClick={() => onToggle(isOpen ? undefined : step.index)}
          >
            <IconChevronRight aria-hidden size={13} className={classes.chevron} />
            <span className={classes.index} data-figures>
              <VisuallyHidden>{t('workflow:trace.stepBefore')}</VisuallyHidden>
              {count(step.index + 1)}
            </span>
            <Task taskId={step.taskId} names={names} />
            <span className={classes.branch} data-tone={branchTone(step)} title={where}>
              {step.branch === 'fallback' ? (
                <IconArrowForwardUp aria-hidden size={13} stroke={2.2} />
              ) : (
                <ToneIcon tone={branchTone(step)} size={13} />
              )}
              <span>{where}</span>
              {step.clipped === true && (
                <IconScissors
                  aria-label={t('workflow:trace.shortened')}
                  role="img"
                  size={13}
                  className={classes.clipped}
                />
              )}
            </span>
            <span className={classes.time} data-figures>
              {duration(step.durationMs)}
              <Bar part={longestMs === 0 ? 0 : step.durationMs / longestMs} />
            </span>
            <span className={classes.tokens} data-figures>
              {tokens !== undefined && (
                <>
                  {count(tokens)}
                  <VisuallyHidden>{t('workflow:trace.tokensAfter')}</VisuallyHidden>
                </>
              )}
            </span>
          </button>
          {isOpen && <StepDetails step={step} />}
        </div>
      </>
    )
  },
  (before, after) =>
    before.step === after.step &&
    before.names === after.names &&
    before.isOpen === after.isOpen &&
    before.longestMs === after.longestMs &&
    before.gap.skipped === after.gap.skipped &&
    before.gap.missing === after.gap.missing &&
    before.onToggle === after.onToggle,
)

/** The step that goes on now, with the time it has taken. */
export function RunningRow({ step, names }: { readonly step: RunningStep; readonly names: TraceNames }) {
  const elapsedMs = Math.max(0, useNow() - step.startedAtMs)
  return (
    <div className={classes.step}>
      <div className={classes.row} data-running>
        <span />
        <span className={classes.index} data-figures>
          <VisuallyHidden>{t('workflow:trace.stepBefore')}</VisuallyHidden>
          {count(step.index + 1)}
        </span>
        <Task taskId={step.taskId} names={names} />
        <span className={classes.branch} data-tone="running">
          <ToneIcon tone="running" size={13} />
          <span>{t('workflow:trace.running')}</span>
        </span>
        <span className={classes.time} data-figures>
          {elapsedMs < 1_000 ? '' : duration(elapsedMs)}
        </span>
        <span />
      </div>
    </div>
  )
}

function Task({ taskId, names }: { readonly taskId: string; readonly names: TraceNames }) {
  const operator = names.operatorOf(taskId)
  const word = operatorWords(operator)
  return (
    <span
      className={classes.task}
      title={t('workflow:task.named', { name: names.nameOf(taskId), operator: word })}
    >
      <OperatorIcon operator={operator} size={14} />
      <span className={classes.name}>{names.nameOf(taskId)}</span>
      <span className={classes.operator}>{word}</span>
    </span>
  )
}

function Bar({ part }: { readonly part: number }) {
  return (
    <span className={classes.bar} aria-hidden>
      <span style={{ width: `${Math.max(2, part * 100)}%` }} />
    </span>
  )
}
