import { t } from '../../../locales/translate.ts'
import '@xyflow/react/dist/base.css'
import { ActionIcon, Tooltip } from '@mantine/core'
import { useElementSize, useReducedMotion } from '@mantine/hooks'
import { IconMaximize, IconZoomIn, IconZoomOut } from '@tabler/icons-react'
import { Panel, ReactFlow, type ReactFlowInstance, type Viewport } from '@xyflow/react'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { nearestNode } from '../nearest-node.ts'
import { type GraphLine, LineEdge } from './GraphEdge.tsx'
import { GraphContext, type GraphNode, type GraphState, MarkNode, TaskNode } from './GraphNodes.tsx'
import { wayWords } from './graph-words.ts'
import { fitScale, type PlacedNode, type PlacedPicture, placePicture } from './layout.ts'
import type { WorkflowPicture } from './read-workflow.ts'
import classes from './WorkflowGraph.module.css'
import type { WorkflowGraphProps } from './WorkflowGraph.tsx'

const nodeTypes = { task: TaskNode, mark: MarkNode }
const edgeTypes = { line: LineEdge }
/** Without the library's own words for what a node and an edge are. */
const plain = { 'aria-roledescription': undefined }
/** The library's advice is on keys that do nothing here. */
const unsaid = {
  'node.a11yDescription.default': '',
  'node.a11yDescription.keyboardDisabled': '',
  'edge.a11yDescription.default': '',
}
/** Pixels. */
const LEAST_HEIGHT = 160
/** Smaller than this nothing can be read, and a part is shown, at `PART_SCALE`. */
const LEAST_SCALE = 0.5
const PART_SCALE = 0.8
const LEAST_ZOOM = 0.1

export interface GraphDrawingProps extends Omit<WorkflowGraphProps, 'workflowJson'> {
  readonly picture: WorkflowPicture
}

/** A workflow that can be drawn: laid out, moved about, lit up as it runs. */
export function GraphDrawing({ picture, log, selected, onSelect, maxHeight }: GraphDrawingProps) {
  const { ref, width, height } = useElementSize<HTMLDivElement>()
  const markerId = useId()
  const isCalm = useReducedMotion()
  const placed = useBestPlacing(picture, width, maxHeight ?? height)
  const flow = useRef<ReactFlowInstance<GraphNode, GraphLine>>(null)
  /** True once a person moved it: then it stays where it is until they fit it again. */
  const moved = useRef(false)
  const [focusedId, setFocusedId] = useState<string>()

  const nodes = useMemo(() => placed.nodes.map(flowNode), [placed])
  const edges = useMemo(
    () =>
      placed.edges.map((edge): GraphLine => {
        const from = picture.tasks.find(({ id }) => id === edge.edge?.source)?.name
        return {
          id: edge.id,
          type: 'line',
          domAttributes: plain,
          source: edge.source,
          target: edge.target,
          data: { placed: edge, markerId },
          ariaLabel:
            edge.edge === undefined
              ? t('workflow:graph.start')
              : t('workflow:way.from', { task: from, way: wayWords(edge.edge, picture) }),
        }
      }),
    [placed, picture, markerId],
  )
  // Of what is too large to be read as a whole, the part where the run is.
  const hereId = log.running?.taskId ?? log.steps.at(-1)?.taskId ?? picture.start
  const here =
    fitScale(placed, { width, height }) < LEAST_SCALE
      ? placed.nodes.find(({ task }) => task !== undefined && task.id === hereId)
      : undefined
  const view = useMemo(
    () => (here === undefined ? wholeOf(placed, { width, height }) : partOf(here, { width, height })),
    [placed, here, width, height],
  )
  // What is drawn by says that it is ready a moment later, when the frame may have got its size already.
  const newest = useRef(view)
  useEffect(() => {
    newest.current = view
    if (moved.current) return
    void flow.current?.setViewport(view, { duration: here === undefined || isCalm ? 0 : 120 })
  }, [view, here, isCalm])

  const selectedNode = placed.nodes.find(({ task }) => task !== undefined && task.id === selected)
  const isThere = placed.nodes.some(({ id }) => id === focusedId)
  const focusId =
    (isThere ? focusedId : undefined) ??
    selectedNode?.id ??
    placed.nodes.find(({ kind }) => kind === 'task')?.id
  const state: GraphState = { picture, log, selected, focusId, onSelect, onFocus: setFocusedId }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && selected !== undefined) {
      event.stopPropagation()
      onSelect(undefined)
      return
    }
    const tasks = placed.nodes.filter(({ kind }) => kind === 'task')
    const next = focusId === undefined ? undefined : nearestNode(tasks, focusId, event.key)
    if (next === undefined || !(event.target as Element).hasAttribute('data-node')) return
    event.preventDefault()
    const button = event.currentTarget.querySelector<HTMLElement>(`[data-node="${next.id}"]`)
    button?.focus({ preventScroll: true })
    const box = button?.getBoundingClientRect()
    const frame = event.currentTarget.getBoundingClientRect()
    if (
      box === undefined ||
      (box.top >= frame.top &&
        box.bottom <= frame.bottom &&
        box.left >= frame.left &&
        box.right <= frame.right)
    )
      return
    moved.current = true
    void flow.current?.setCenter(...centreOf(next), { zoom: flow.current.getZoom() })
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the buttons in it
    <div
      ref={ref}
      className={classes.frame}
      style={maxHeight === undefined ? undefined : { height: neededHeight(placed, width, maxHeight) }}
      onKeyDown={onKeyDown}
    >
      <GraphContext value={state}>
        <ReactFlow
          aria-label={t('workflow:graph.label')}
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          ariaLabelConfig={unsaid}
          deleteKeyCode={null}
          selectionKeyCode={null}
          panActivationKeyCode={null}
          minZoom={LEAST_ZOOM}
          maxZoom={1.6}
          // The wheel scrolls the page that this is a part of; with Control it zooms.
          zoomOnScroll={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: true }}
          onInit={(instance) => {
            flow.current = instance
            void instance.setViewport(newest.current)
          }}
          onMoveStart={(event) => {
            if (event !== null) moved.current = true
          }}
          onPaneClick={() => onSelect(undefined)}
        >
          <svg className={classes.defs} aria-hidden>
            <defs>
              <marker
                id={markerId}
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="8"
                markerHeight="8"
                markerUnits="userSpaceOnUse"
                orient="auto"
              >
                <path d="M0 0.5 L8 4 L0 7.5 Z" fill="context-stroke" />
              </marker>
            </defs>
          </svg>
          {picture.undrawn > 0 && (
            <Panel position="top-left" className={classes.note}>
              {t('workflow:graph.undrawn', { count: picture.undrawn })}
            </Panel>
          )}
          {picture.start === undefined && (
            <Panel position="bottom-left" className={classes.note}>
              {t('workflow:graph.noStart')}
            </Panel>
          )}
          <Panel position="bottom-right" className={classes.controls}>
            <Control label={t('workflow:graph.zoomOut')} icon={IconZoomOut} onClick={() => zoom(-1)} />
            <Control label={t('workflow:graph.zoomIn')} icon={IconZoomIn} onClick={() => zoom(1)} />
            <Control label={t('workflow:graph.fit')} icon={IconMaximize} onClick={fitWhole} />
          </Panel>
        </ReactFlow>
      </GraphContext>
    </div>
  )

  function fitWhole(): void {
    moved.current = here !== undefined
    void flow.current?.setViewport(wholeOf(placed, { width, height }))
  }

  function zoom(step: 1 | -1): void {
    moved.current = true
    if (step === 1) void flow.current?.zoomIn()
    else void flow.current?.zoomOut()
  }
}

/** All of it. The library's own way looks at the tasks only, and cuts off the words of lines beside them. */
function wholeOf(
  placed: PlacedPicture,
  frame: { readonly width: number; readonly height: number },
): Viewport {
  const zoom = Math.max(LEAST_ZOOM, fitScale(placed, frame))
  return { x: (frame.width - placed.width * zoom) / 2, y: (frame.height - placed.height * zoom) / 2, zoom }
}

/** What is around one task. */
function partOf(node: PlacedNode, frame: { readonly width: number; readonly height: number }): Viewport {
  const [x, y] = centreOf(node)
  return { x: frame.width / 2 - x * PART_SCALE, y: frame.height / 2 - y * PART_SCALE, zoom: PART_SCALE }
}

function Control({
  label,
  icon: Icon,
  onClick,
}: {
  readonly label: string
  readonly icon: typeof IconZoomIn
  readonly onClick: () => void
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={onClick}>
        <Icon aria-hidden size={16} />
      </ActionIcon>
    </Tooltip>
  )
}

function flowNode(placed: PlacedPicture['nodes'][number]): GraphNode {
  const { id, kind, x, y, width, height } = placed
  return {
    id,
    type: kind === 'task' ? 'task' : 'mark',
    position: { x, y },
    width,
    height,
    data: { placed },
    domAttributes: plain,
  }
}

function centreOf({ x, y, width, height }: PlacedNode): [x: number, y: number] {
  return [x + width / 2, y + height / 2]
}

/** With room for the buttons below. */
function neededHeight(placed: PlacedPicture, width: number, maxHeight: number): number {
  const scale = fitScale(placed, { width, height: Number.POSITIVE_INFINITY })
  return Math.min(maxHeight, Math.max(LEAST_HEIGHT, placed.height * scale + 56))
}

/** Downwards, or to the right where the frame is so wide that this leaves the words much larger. */
function useBestPlacing(picture: WorkflowPicture, width: number, height: number): PlacedPicture {
  const isWide = width > height * 1.2
  const down = useMemo(() => placePicture(picture, 'down'), [picture])
  const right = useMemo(() => (isWide ? placePicture(picture, 'right') : undefined), [picture, isWide])
  const frame = { width, height }
  return right !== undefined && fitScale(right, frame) > fitScale(down, frame) * 1.15 ? right : down
}
