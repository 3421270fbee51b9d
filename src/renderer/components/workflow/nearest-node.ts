import type { PlacedNode } from './layout.ts'

const directions: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
}

/** The task that an arrow key, Home or End leads to from one; undefined where there is none or the key is another. */
export function nearestNode(
  nodes: readonly PlacedNode[],
  fromId: string,
  key: string,
): PlacedNode | undefined {
  const tasks = nodes.filter(({ kind }) => kind === 'task')
  if (key === 'Home') return tasks[0]
  if (key === 'End') return tasks.at(-1)
  const direction = directions[key]
  const from = tasks.find(({ id }) => id === fromId)
  if (direction === undefined || from === undefined) return undefined
  let nearest: PlacedNode | undefined
  let least = Number.POSITIVE_INFINITY
  for (const node of tasks) {
    const x = node.x - from.x
    const y = node.y - from.y
    const along = x * direction[0] + y * direction[1]
    if (along <= 0) continue
    const distance = along + Math.abs(x * direction[1] + y * direction[0])
    if (distance < least) {
      nearest = node
      least = distance
    }
  }
  return nearest
}
