import { IconSchema } from '@tabler/icons-react'
import { lazy, Suspense, useDeferredValue, useMemo } from 'react'
import { t } from '../../../locales/translate.ts'
import { EmptyState } from '../EmptyState.tsx'
import { readWorkflow, type WorkflowPicture } from './read-workflow.ts'
import type { StepLog } from './step-log.ts'
import classes from './WorkflowGraph.module.css'

// What draws and lays out graphs is large, and most of the window does without.
const GraphDrawing = lazy(async () => ({ default: (await import('./GraphDrawing.tsx')).GraphDrawing }))

export interface WorkflowGraphProps {
  /** Any text: what can be drawn of it is drawn. */
  readonly workflowJson: string
  readonly log: StepLog
  readonly selected: string | undefined
  readonly onSelect: (taskId: string | undefined) => void
  /** Takes the height that it needs, up to so many pixels, and not that of what it is in. */
  readonly maxHeight?: number | undefined
}

/** A workflow's tasks and the ways between them; while it runs, what happens. Fills the height of what it is in. */
export function WorkflowGraph({ workflowJson, log, selected, onSelect, maxHeight }: WorkflowGraphProps) {
  const text = useDeferredValue(workflowJson)
  // A run may tell of many steps a second: never at the cost of a click.
  const shownLog = useDeferredValue(log)
  const reading = useMemo(() => readWorkflow(text), [text])
  // The same object while only prompts are edited: nothing is laid out anew then.
  const structure = reading.picture === undefined ? '' : JSON.stringify(reading.picture)
  const picture = useMemo(
    () => (structure === '' ? undefined : (JSON.parse(structure) as WorkflowPicture)),
    [structure],
  )
  if (reading.missing !== undefined || picture === undefined) {
    return (
      <div className={classes.frame}>
        <EmptyState icon={IconSchema} title={reading.missing?.title ?? t('workflow:nothing.noTasks.title')}>
          {reading.missing?.hint}
        </EmptyState>
      </div>
    )
  }
  return (
    <Suspense fallback={<div className={classes.frame} />}>
      <GraphDrawing
        picture={picture}
        log={shownLog}
        selected={selected}
        onSelect={onSelect}
        maxHeight={maxHeight}
      />
    </Suspense>
  )
}
