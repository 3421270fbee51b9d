interface Point {
  readonly x: number
  readonly y: number
}

interface Box extends Point {
  readonly width: number
  readonly height: number
}

export interface LinePath {
  /** An SVG path. */
  readonly path: string
  /** Where its words go. */
  readonly middle: Point
}

/** How far a line that comes back leaves the side of its tasks, pixels. */
const BULGE = 48

/** A smooth line near the points that a layout gave, through the first and the last. */
export function routedLine({
  points,
  x,
  y,
}: { readonly points: readonly Point[] } & Partial<Point>): LinePath {
  const [first, ...rest] = points
  const last = rest.at(-1)
  if (first === undefined || last === undefined) return { path: '', middle: { x: x ?? 0, y: y ?? 0 } }
  const middle = { x: x ?? (first.x + last.x) / 2, y: y ?? (first.y + last.y) / 2 }
  let path = `M${at(first)}`
  for (const [index, point] of rest.slice(0, -1).entries()) {
    const next = rest[index + 1] as Point
    // Half-way to the next, so that the pieces join without a bend; the last piece ends at the end.
    const end = next === last ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
    path += `Q${at(point)} ${at(end)}`
  }
  return { path: rest.length === 1 ? `${path}L${at(last)}` : path, middle }
}

/** A line from one box to another that heeds nothing between them: onwards it is an S, backwards a bow at their side. */
export function directLine(from: Box, to: Box, direction: 'down' | 'right'): LinePath {
  const down = direction === 'down'
  const isOnward = down ? to.y >= from.y + from.height : to.x >= from.x + from.width
  let start: Point
  let end: Point
  let bend: [Point, Point]
  if (isOnward) {
    start = down
      ? { x: centre(from).x, y: from.y + from.height }
      : { x: from.x + from.width, y: centre(from).y }
    end = down ? { x: centre(to).x, y: to.y } : { x: to.x, y: centre(to).y }
    const half = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 }
    bend = down
      ? [
          { x: start.x, y: half.y },
          { x: end.x, y: half.y },
        ]
      : [
          { x: half.x, y: start.y },
          { x: half.x, y: end.y },
        ]
  } else {
    start = down
      ? { x: from.x + from.width, y: centre(from).y }
      : { x: centre(from).x, y: from.y + from.height }
    end = down ? { x: to.x + to.width, y: centre(to).y - 6 } : { x: centre(to).x - 6, y: to.y + to.height }
    const side = down ? Math.max(start.x, end.x) + BULGE : Math.max(start.y, end.y) + BULGE
    bend = down
      ? [
          { x: side, y: start.y },
          { x: side, y: end.y },
        ]
      : [
          { x: start.x, y: side },
          { x: end.x, y: side },
        ]
  }
  return {
    path: `M${at(start)}C${at(bend[0])} ${at(bend[1])} ${at(end)}`,
    middle: {
      x: (start.x + 3 * bend[0].x + 3 * bend[1].x + end.x) / 8,
      y: (start.y + 3 * bend[0].y + 3 * bend[1].y + end.y) / 8,
    },
  }
}

function centre({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 }
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`
}
