import { type Edge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react'
import { memo, useContext } from 'react'
import { count } from '../../format/numbers.ts'
import { GraphContext } from './GraphNodes.tsx'
import { LABEL, type PlacedEdge } from './layout.ts'
import { isEmptyLog } from './step-log.ts'
import classes from './WorkflowGraph.module.css'

export type GraphLine = Edge<{ readonly placed: PlacedEdge; readonly markerId: string }>

/** One way from a task to the next: faint until it is taken, moving while it is the one that led to what runs now. */
export const LineEdge = memo(function LineEdge({ data }: EdgeProps<GraphLine>) {
  const state = useContext(GraphContext)
  if (state === undefined || data === undefined) return null
  const { placed, markerId } = data
  const { log } = state
  const { edge, label, path } = placed
  const taken = edge === undefined ? (isEmptyLog(log) ? 0 : 1) : (log.edges.get(edge.key) ?? 0)
  const isLast = edge === undefined ? log.lastEdge === undefined : log.lastEdge === edge.key
  const isCurrent = taken > 0 && isLast && log.running !== undefined
  const times = taken > 1 ? ` ${count(taken)}×` : ''
  return (
    <>
      <path
        d={path}
        className={classes.line}
        data-taken={taken > 0 || undefined}
        data-current={isCurrent || undefined}
        data-branch={edge?.branch}
        markerEnd={`url(#${markerId})`}
      />
      {isCurrent && <path d={path} className={classes.flow} />}
      {label !== undefined && (
        <EdgeLabelRenderer>
          <div
            className={classes.label}
            data-taken={taken > 0 || undefined}
            data-branch={edge?.branch}
            title={label.text}
            style={{
              maxWidth: label.width + LABEL.times,
              transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)`,
            }}
          >
            <span>{label.text}</span>
            {times}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  )
})
