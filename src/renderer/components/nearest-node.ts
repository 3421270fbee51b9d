/** Something that stands somewhere in a drawing. */
export interface Placed {
  readonly id: string
  readonly x: number
  readonly y: number
}

const directions: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
}

/** What an arrow key, Home or End leads to from one of them; undefined where there is none or the key is another. */
export function nearestNode<Node extends Placed>(
  nodes: readonly Node[],
  fromId: string,
  key: string,
): Node | undefined {
  if (key === 'Home') return nodes[0]
  if (key === 'End') return nodes.at(-1)
  const direction = directions[key]
  const from = nodes.find(({ id }) => id === fromId)
  if (direction === undefined || from === undefined) return undefined
  let nearest: Node | undefined
  let least = Number.POSITIVE_INFINITY
  for (const node of nodes) {
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
