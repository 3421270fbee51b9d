import { Graph, type Point, layout as runDagre } from '@dagrejs/dagre'
import type { PictureEdge, PictureTask, WorkflowPicture } from './read-workflow.ts'

/** Pixels. */
const TASK = { width: 216, height: 60 }
const MARK = { width: 84, height: 32 }
const LABEL = { maxWidth: 208, height: 22, charWidth: 6.6, padding: 16 }

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
  const lines: Pick<PlacedEdge, 'id' | 'source' | 'target' | 'edge'>[] = []
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
  for (const { id, source, target, edge } of lines) {
    graph.setEdge(
      source,
      target,
      {
        labelpos: 'c',
        width: edge?.label === undefined ? 0 : labelWidth(edge.label),
        height: edge?.label === undefined ? 0 : LABEL.height,
        // What usually happens is drawn straight.
        weight: edge === undefined || edge.branch === 'target' ? 4 : 1,
      },
      id,
    )
  }
  runDagre(graph)

  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  return {
    width,
    height,
    nodes: nodes.map((node) => {
      const size = node.kind === 'task' ? TASK : MARK
      const { x, y } = graph.node(node.id) as Point
      return { ...node, ...size, x: x - size.width / 2, y: y - size.height / 2 }
    }),
    edges: lines.map((line) => {
      const { points, x, y } = graph.edge(line.source, line.target, line.id) as Partial<Point> & {
        points: Point[]
      }
      const text = line.edge?.label
      return {
        ...line,
        path: curve(points),
        ...(text === undefined || x === undefined || y === undefined
          ? {}
          : { label: { text, x, y, width: labelWidth(text) } }),
      }
    }),
  }
}

/** How far a picture must be shrunk to fit into a frame, at most 1. */
export function fitScale(placed: PlacedPicture, frame: { width: number; height: number }): number {
  if (placed.width === 0 || placed.height === 0) return 1
  return Math.min(1, frame.width / placed.width, frame.height / placed.height)
}

function labelWidth(text: string): number {
  return Math.min(LABEL.maxWidth, Math.ceil(text.length * LABEL.charWidth) + LABEL.padding)
}

/** A smooth line near the points, through the first and the last. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points
  const last = rest.at(-1)
  if (first === undefined || last === undefined) return ''
  let path = `M${at(first)}`
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1]
    if (next === undefined) path += `L${at(last)}`
    else {
      const middle = { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
      path += `Q${at(point)} ${at(index === rest.length - 2 ? last : middle)}`
      if (index === rest.length - 2) return path
    }
  }
  return path
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`
}
