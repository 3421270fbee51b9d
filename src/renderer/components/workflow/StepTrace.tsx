import { Button } from '@mantine/core'
import { IconArrowDown, IconRoute } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import { EmptyState } from '../EmptyState.tsx'
import { readWorkflow } from './read-workflow.ts'
import { RunningRow, StepRow } from './StepRow.tsx'
import classes from './StepTrace.module.css'
import { gapBefore, isEmptyLog, type StepLog } from './step-log.ts'
import { traceNames } from './trace-names.ts'

export interface StepTraceProps {
  readonly log: StepLog
  /** The index of the step that is open. */
  readonly selected: number | undefined
  readonly onSelect: (index: number | undefined) => void
  /** For the tasks' names and operators; without it a step is called by its task's id. */
  readonly workflowJson?: string
}

const ROW_HEIGHT = 32
/** Nearer to the end than this counts as being there. */
const END_SLACK_PX = 24

/**
 * What a run did, step by step, newest last. It follows the newest while it stands at the end; scrolling up, or opening
 * a step, holds it where it is. Fills the height of what it is in.
 */
export function StepTrace({ log, selected, onSelect, workflowJson = '' }: StepTraceProps) {
  const { steps, running, past } = log
  const scroller = useRef<HTMLElement>(null)
  const [follows, setFollows] = useState(true)
  const names = useMemo(
    () => traceNames(readWorkflow(workflowJson).picture, log.operators),
    [workflowJson, log.operators],
  )
  const longestMs = useMemo(() => steps.reduce((most, step) => Math.max(most, step.durationMs), 0), [steps])
  const rows = steps.length + (running === undefined ? 0 : 1)
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (row) => steps[row]?.index ?? `running ${running?.index}`,
    overscan: 12,
  })

  // Opened from elsewhere, as by a click into the graph: it is brought into view, and stays there.
  const openRow = selected === undefined ? -1 : steps.findIndex(({ index }) => index === selected)
  const [shownStep, setShownStep] = useState<number>()
  useEffect(() => {
    if (selected === shownStep) return
    setShownStep(selected)
    if (openRow === -1) return
    setFollows(false)
    virtual.scrollToIndex(openRow, { align: 'start' })
  }, [selected, shownStep, openRow, virtual])

  const toggle = useCallback(
    (index: number | undefined) => {
      // It was clicked here: it must not jump away from under the pointer.
      setShownStep(index)
      if (index !== undefined) setFollows(false)
      onSelect(index)
    },
    [onSelect],
  )

  const newest = running?.index ?? log.lastIndex
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new step is a reason to scroll
  useEffect(() => {
    if (follows && rows > 0) virtual.scrollToIndex(rows - 1, { align: 'end' })
  }, [follows, rows, newest, virtual])

  const onScroll = () => {
    const element = scroller.current
    if (element === null || selected !== undefined) return
    setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < END_SLACK_PX)
  }

  if (isEmptyLog(log)) {
    return (
      <div className={classes.frame}>
        <EmptyState icon={IconRoute} title={t('workflow:trace.noSteps')}>
          {t('workflow:trace.noStepsHint')}
        </EmptyState>
      </div>
    )
  }
  return (
    <div className={classes.frame}>
      {log.dropped > 0 && (
        <p className={classes.note}>{t('workflow:trace.dropped', { count: log.dropped })}</p>
      )}
      <div className={classes.head} aria-hidden>
        <span />
        <span className={classes.index}>#</span>
        <span>{t('workflow:trace.task')}</span>
        <span>{t('workflow:trace.wentOnTo')}</span>
        <span className={classes.time}>{t('workflow:trace.time')}</span>
        <span className={classes.tokens}>{t('workflow:trace.tokens')}</span>
      </div>
      <section
        ref={scroller}
        className={classes.scroller}
        aria-label={t('workflow:trace.steps')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: a list whose items are placed by hand */}
        <div role="list" className={classes.body} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const step = steps[item.index]
            const previous = steps[item.index - 1]?.index ?? past.lastIndex
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              <div
                key={item.key}
                ref={virtual.measureElement}
                role="listitem"
                aria-setsize={rows}
                aria-posinset={item.index + 1}
                data-index={item.index}
                className={classes.item}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {step !== undefined ? (
                  <StepRow
                    step={step}
                    names={names}
                    gap={gapBefore(step, previous)}
                    longestMs={longestMs}
                    isOpen={step.index === selected}
                    onToggle={toggle}
                  />
                ) : (
                  running !== undefined && <RunningRow step={running} names={names} />
                )}
              </div>
            )
          })}
        </div>
      </section>
      {!follows && running !== undefined && (
        <Button
          className={classes.follow}
          radius="xl"
          leftSection={<IconArrowDown aria-hidden size={14} />}
          onClick={() => {
            onSelect(undefined)
            setFollows(true)
          }}
        >
          {t('workflow:trace.follow')}
        </Button>
      )}
    </div>
  )
}
