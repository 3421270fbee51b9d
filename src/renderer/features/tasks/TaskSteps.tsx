import { useMemo, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { TaskDetailView } from '../../../protocol/views.ts'
import type { StepReport } from '../../../protocol/workflow/step-report.ts'
import { Segmented } from '../../components/Segmented.tsx'
import { MemoryInspector } from '../../components/workflow/MemoryInspector.tsx'
import { StepTrace } from '../../components/workflow/StepTrace.tsx'
import { logOf, withRunEnded } from '../../components/workflow/step-log.ts'
import { WorkflowGraph } from '../../components/workflow/WorkflowGraph.tsx'
import { isEnded } from '../../format/task-words.ts'
import classes from './TaskSteps.module.css'

export interface TaskStepsProps {
  readonly task: TaskDetailView
  readonly steps: readonly StepReport[]
}

/** Pixels: more would push the steps out of sight. */
const GRAPH_MAX_HEIGHT = 600

const shownParts = ['steps', 'memory'] as const
type Shown = (typeof shownParts)[number]

interface Selection {
  readonly taskId?: string | undefined
  readonly index?: number | undefined
}

/** What a task's run did: its workflow with the ways it took, and its steps. A click in one shows the same in the other. */
export function TaskSteps({ task, steps }: TaskStepsProps) {
  const [selected, setSelected] = useState<Selection>({})
  const [shown, setShown] = useState<Shown>('steps')
  const hasEnded = isEnded(task.state)
  const log = useMemo(() => (hasEnded ? withRunEnded(logOf(steps)) : logOf(steps)), [steps, hasEnded])
  const selectStep = (index: number | undefined) =>
    setSelected({ index, taskId: log.steps.find((step) => step.index === index)?.taskId })
  const selectTask = (taskId: string | undefined) =>
    setSelected({ taskId, index: log.steps.findLast((step) => step.taskId === taskId)?.index })
  return (
    <div className={classes.steps}>
      <div className={classes.graph}>
        <WorkflowGraph
          workflowJson={task.workflowJson}
          log={log}
          selected={selected.taskId}
          onSelect={selectTask}
          maxHeight={GRAPH_MAX_HEIGHT}
        />
      </div>
      <Segmented
        label={t('tasks:steps.show')}
        value={shown}
        options={shownParts.map((value) => ({ value, label: t(`tasks:steps.${value}`) }))}
        onChange={setShown}
      />
      {shown === 'steps' ? (
        <div className={classes.trace}>
          <StepTrace
            log={log}
            selected={selected.index}
            onSelect={selectStep}
            workflowJson={task.workflowJson}
          />
        </div>
      ) : (
        <div className={classes.memory}>
          <MemoryInspector
            workflowJson={task.workflowJson}
            log={log}
            upTo={selected.index}
            input={task.input}
          />
        </div>
      )}
    </div>
  )
}
