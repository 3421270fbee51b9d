import { Graph, type Point, layout as runDagre } from '@dagrejs/dagre'
import { directLine, routedLine } from './line-path.ts'
import type { PictureEdge, PictureTask, WorkflowPicture } from './read-workflow.ts'

/** Pixels. */
const TASK = { width: 232, height: 60 }
const MARK = { width: 84, height: 32 }
/** A label has room beside its words for how often its line was taken. */
export const LABEL = { maxWidth: 208, height: 22, charWidth: 6.6, padding: 16, times: 28 }

/** Layers that lines may cross, beside those that hold the picture together. */
const ROUTED_LAYERS = 60

export type Direction = 'down' | 'right'

export interface PlacedNode {
  /** Safe for any use: never a text out of the file. */
  readonly id: string
  readonly kind: 'start' | 'task' | 'end'
  readonly task?: PictureTask
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PlacedEdge {
  readonly id: string
  readonly source: string
  readonly target: string
  /** Undefined for the line from the start to the first task. */
  readonly edge?: PictureEdge
  /** An SVG path. */
  readonly path: string
  readonly label?: { readonly text: string; readonly x: number; readonly y: number; readonly width: number }
}

export interface PlacedPicture {
  readonly nodes: readonly PlacedNode[]
  readonly edges: readonly PlacedEdge[]
  readonly width: number
  readonly height: number
}

/** Lays a workflow out in layers, so that most lines go one way and loops stand out as those that come back. */
export function placePicture(picture: WorkflowPicture, direction: Direction): PlacedPicture {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({
    rankdir: direction === 'down' ? 'TB' : 'LR',
    nodesep: direction === 'down' ? 32 : 24,
    edgesep: 20,
    ranksep: direction === 'down' ? 30 : 48,
    marginx: 12,
    marginy: 12,
  })
  graph.setDefaultEdgeLabel(() => ({}))

  const idByTask = new Map(picture.tasks.map(({ id }, index) => [id, `task${index}`]))
  const nodes: Pick<PlacedNode, 'id' | 'kind' | 'task'>[] = picture.tasks.map((task, index) => ({
    id: `task${index}`,
    kind: 'task',
    task,
  }))
  const lines: Line[] = []
  const start = picture.start === undefined ? undefined : idByTask.get(picture.start)
  if (start !== undefined) {
    nodes.unshift({ id: 'start', kind: 'start' })
    lines.push({ id: 'begin', source: 'start', target: start })
  }
  for (const [index, edge] of picture.edges.entries()) {
    const source = idByTask.get(edge.source)
    const target = edge.target === undefined ? 'end' : idByTask.get(edge.target)
    if (source !== undefined && target !== undefined) lines.push({ id: `edge${index}`, source, target, edge })
  }
  if (lines.some(({ target }) => target === 'end')) nodes.push({ id: 'end', kind: 'end' })

  for (const { id, kind } of nodes) graph.setNode(id, { ...(kind === 'task' ? TASK : MARK) })
  const routed = routedLines(lines)
  for (const { id, source, target, edge } of routed) {
    graph.setEdge(
      source,
      target,
      {
        labelpos: 'c',
        width: edge?.label === undefined ? 0 : labelWidth(edge.label) + LABEL.times,
        height: edge?.label === undefined ? 0 : LABEL.height,
        // What usually happens is drawn straight.
        weight: edge === undefined || edge.branch === 'target' ? 4 : 1,
      },
      id,
    )
  }
  runDagre(graph)

  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  const placed = nodes.map((node): PlacedNode => {
    const size = node.kind === 'task' ? TASK : MARK
    const { x, y } = graph.node(node.id) as Point
    return { ...node, ...size, x: x - size.width / 2, y: y - size.height / 2 }
  })
  const nodeById = new Map(placed.map((node) => [node.id, node]))
  return {
    width,
    height,
    nodes: placed,
    edges: lines.map((line) => {
      const { path, middle } = routed.has(line)
        ? routedLine(graph.edge(line.source, line.target, line.id) as RoutedEdge)
        : directLine(
            nodeById.get(line.source) as PlacedNode,
            nodeById.get(line.target) as PlacedNode,
            direction,
          )
      const text = line.edge?.label
      return {
        ...line,
        path,
        ...(text !== undefined && { label: { text, ...middle, width: labelWidth(text) } }),
      }
    }),
  }
}

interface RoutedEdge extends Point {
  readonly points: readonly Point[]
}

type Line = Pick<PlacedEdge, 'id' | 'source' | 'target' | 'edge'>

/**
 * The lines that are led around the tasks. Each layer that a line crosses costs, and in a thicket the cost grows without
 * measure, so beyond a budget only those that reach a task first are: they hold the picture together. Others go straight.
 */
function routedLines(lines: readonly Line[]): ReadonlySet<Line> {
  const layers = new Map<string, number>()
  const firsts = new Set<Line>()
  const bySource = new Map<string, Line[]>()
  for (const line of lines) bySource.set(line.source, [...(bySource.get(line.source) ?? []), line])
  for (const { source } of lines) {
    if (layers.has(source)) continue
    layers.set(source, 0)
    const queue = [source]
    for (const from of queue) {
      for (const line of bySource.get(from) ?? []) {
        if (layers.has(line.target)) continue
        layers.set(line.target, (layers.get(from) ?? 0) + 1)
        firsts.add(line)
        queue.push(line.target)
      }
    }
  }
  const span = (line: Line) => Math.abs((layers.get(line.target) ?? 0) - (layers.get(line.source) ?? 0))
  const routed = new Set(firsts)
  let budget = ROUTED_LAYERS
  for (const line of lines.filter((other) => !firsts.has(other)).sort((a, b) => span(a) - span(b))) {
    budget -= Math.max(1, span(line))
    if (budget < 0) break
    routed.add(line)
  }
  return routed
}

/** How far a picture must be shrunk to fit into a frame, at most 1. Its size includes the labels of its lines. */
export function fitScale(placed: PlacedPicture, frame: { width: number; height: number }): number {
  if (placed.width === 0 || placed.height === 0) return 1
  return Math.min(1, frame.width / placed.width, frame.height / placed.height)
}

function labelWidth(text: string): number {
  // Chinese letters, and what stands between them, are twice as wide as others.
  const columns = text.length + (text.match(/[\u2e80-\u9fff\uac00-\ud7ff\uff00-\uffef]/g)?.length ?? 0) * 0.9
  return Math.min(LABEL.maxWidth, Math.ceil(columns * LABEL.charWidth) + LABEL.padding)
}
