import { IconFlag, IconPlayerPlay } from '@tabler/icons-react'
import { Handle, type Node, type NodeProps, Position } from '@xyflow/react'
import { createContext, memo, useContext } from 'react'
import { t } from '../../../locales/translate.ts'
import { ToneIcon } from '../StateBadge.tsx'
import { taskFigures, taskSentence, taskState } from './graph-words.ts'
import type { PlacedNode } from './layout.ts'
import { OperatorIcon } from './OperatorIcon.tsx'
import { operatorWords } from './operator-words.ts'
import type { PictureTask, WorkflowPicture } from './read-workflow.ts'
import { edgeKey, type StepLog } from './step-log.ts'
import classes from './WorkflowGraph.module.css'

export interface GraphState {
  readonly picture: WorkflowPicture
  readonly log: StepLog
  readonly selected: string | undefined
  /** The task that Tab leads to; the arrows move it. */
  readonly focusId: string | undefined
  readonly onSelect: (taskId: string | undefined) => void
  readonly onFocus: (nodeId: string) => void
}

/** What all nodes and lines draw. Not in their data: the layout stays the same object while a run goes on. */
export const GraphContext = createContext<GraphState | undefined>(undefined)

export type GraphNode = Node<{ readonly placed: PlacedNode }>

export const TaskNode = memo(function TaskNode({ id, data }: NodeProps<GraphNode>) {
  const { task } = data.placed
  const state = useContext(GraphContext)
  if (task === undefined || state === undefined) return null
  return (
    <>
      <TaskButton nodeId={id} task={task} state={state} />
      <Ends />
    </>
  )
})

function TaskButton({
  nodeId,
  task,
  state,
}: {
  readonly nodeId: string
  readonly task: PictureTask
  readonly state: GraphState
}) {
  const { picture, log, selected } = state
  const { tone, label } = taskState(task, log)
  const isSelected = selected === task.id
  return (
    <button
      type="button"
      className={`${classes.task} nopan`}
      data-node={nodeId}
      data-tone={tone}
      data-unreached={(!task.isReached && tone === 'neutral') || undefined}
      aria-pressed={isSelected}
      aria-label={taskSentence(task, picture, log)}
      title={task.name}
      tabIndex={state.focusId === nodeId ? 0 : -1}
      onClick={() => state.onSelect(isSelected ? undefined : task.id)}
      onFocus={() => state.onFocus(nodeId)}
    >
      <span className={classes.first}>
        <span className={classes.name}>{task.name}</span>{' '}
        {label !== undefined && (
          <span className={classes.state} data-tone={tone}>
            <ToneIcon tone={tone} size={13} />
            {label}
          </span>
        )}
      </span>{' '}
      <span className={classes.second}>
        <span className={classes.operator}>
          <OperatorIcon operator={task.operator} size={14} />
          {operatorWords(task.operator)}
        </span>{' '}
        <span data-figures>{taskFigures(task.id, log)}</span>
      </span>
    </button>
  )
}

/** Where a run begins and where it ends. */
export const MarkNode = memo(function MarkNode({ data }: NodeProps<GraphNode>) {
  const state = useContext(GraphContext)
  const isEnd = data.placed.kind === 'end'
  const isReached = state !== undefined && isEnd && hasEnded(state)
  return (
    <>
      <div className={classes.mark} data-tone={isReached ? 'earned' : undefined}>
        {isReached ? (
          <ToneIcon tone="earned" size={13} />
        ) : isEnd ? (
          <IconFlag aria-hidden size={13} />
        ) : (
          <IconPlayerPlay aria-hidden size={13} />
        )}
        {t(isEnd ? (isReached ? 'workflow:graph.ended' : 'workflow:graph.end') : 'workflow:graph.start')}
      </div>
      <Ends />
    </>
  )
})

/** Whether the newest step led out of the workflow. */
function hasEnded({ log, picture }: GraphState): boolean {
  const last = log.steps.at(-1)
  if (log.running !== undefined || last === undefined) return false
  const key = edgeKey(last.taskId, last.branch)
  return picture.edges.some((edge) => edge.key === key && edge.target === undefined)
}

/** Where lines begin and end; without them there are none. Their places come from the layout. */
function Ends() {
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} className={classes.handle} />
      <Handle type="source" position={Position.Bottom} isConnectable={false} className={classes.handle} />
    </>
  )
}
