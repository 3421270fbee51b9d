import { describe, expect, it } from 'vitest'
import type { UnplacedQuery } from '../../../../src/node/requester/request-store.ts'
import { UnplacedQueue } from '../../../../src/node/requester/unplaced-queue.ts'

const NORMAL = 1

/** Tasks 1 to `size` in the store, of which some have left. */
function queueOf(size: number, windowTasks = 4) {
  const gone = new Set<number>()
  const placed = new Set<string>()
  let reads = 0
  const requests = {
    unplaced: ({ priority, afterSeq, limit }: UnplacedQuery) => {
      reads++
      return Array.from({ length: priority === NORMAL ? size : 0 }, (_, index) => index + 1)
        .filter((seq) => seq > afterSeq && !gone.has(seq))
        .slice(0, limit)
        .map((seq) => ({ seq, taskId: `t${seq}` }))
    },
  }
  const queue = new UnplacedQueue(requests, 'key', {
    driver: 'd',
    windowTasks,
    isPlaced: (taskId) => placed.has(taskId),
  })
  queue.added(size, 'normal')
  return { queue, gone, placed, reads: () => reads }
}

/** Tasks of each priority, named by it and numbered, all of them in the store. */
function queueOfPriorities(sizes: readonly [low: number, normal: number, high: number]) {
  const names = ['low', 'normal', 'high'] as const
  const requests = {
    unplaced: ({ priority, afterSeq, limit }: UnplacedQuery) =>
      Array.from({ length: Math.min(limit, (sizes[priority] ?? 0) - afterSeq) }, (_, index) => {
        const seq = afterSeq + index + 1
        return { seq, taskId: `${names[priority]}-${seq}` }
      }),
  }
  const queue = new UnplacedQueue(requests, 'key', { driver: 'd', windowTasks: 4, isPlaced: () => false })
  for (const [index, name] of names.entries()) queue.added(sizes[index] ?? 0, name)
  const takeNext = (): string => {
    const [next = ''] = queue.peek(3)
    queue.take(next)
    return next
  }
  return { queue, takeNext }
}

describe('the tasks without a node', () => {
  it('come in order, a window at a time, each once', () => {
    const { queue, reads } = queueOf(100)
    const order: string[] = []
    while (queue.count > 0) {
      const [next = ''] = queue.peek(2)
      expect(queue.peek(2).length).toBeLessThanOrEqual(2)
      expect(queue.take(next)).toBe(true)
      order.push(next)
    }
    expect(order).toEqual(Array.from({ length: 100 }, (_, index) => `t${index + 1}`))
    expect(reads()).toBeLessThan(110)
    expect(queue.take('t1')).toBe(false)
  })

  it('that come back are first again', () => {
    const { queue } = queueOf(10)
    queue.take(queue.peek(1)[0] ?? '')
    expect(queue.count).toBe(9)
    queue.putBack('t1', 'normal')
    queue.putBack('t1', 'normal')
    expect(queue.count).toBe(10)
    expect(queue.peek(2)).toEqual(['t1', 't2'])
  })

  it('that ended are not given out, in the window or beyond it', () => {
    const { queue, gone } = queueOf(10)
    queue.peek(1)
    queue.ended('t2', 'normal')
    gone.add(9)
    queue.ended('t9', 'normal')
    expect(queue.count).toBe(8)
    const left: string[] = []
    for (let [next] = queue.peek(1); next !== undefined; [next] = queue.peek(1)) {
      queue.take(next)
      left.push(next)
    }
    expect(left).toEqual(['t1', 't3', 't4', 't5', 't6', 't7', 't8', 't10'])
    expect(queue.count).toBe(0)
  })

  it('are not read again while the disk does not know yet that a node has them', () => {
    const { queue, placed } = queueOf(3)
    placed.add('t1')
    expect(queue.peek(5)).toEqual(['t2', 't3'])
  })
})

describe('tasks of several priorities', () => {
  it('go out by priority, but for a share of each lower one, however many of the higher keep coming', () => {
    const { queue, takeNext } = queueOfPriorities([5, 40, 1_000_000])
    const order = Array.from({ length: 1_000 }, takeNext)
    const countOf = (name: string) => order.filter((id) => id.startsWith(name)).length
    expect(countOf('high')).toBeGreaterThan(850)
    expect(countOf('normal')).toBe(40)
    expect(countOf('low')).toBe(5)
    // Within a priority the oldest first.
    const highs = order.filter((id) => id.startsWith('high'))
    expect(highs).toEqual(highs.map((_, index) => `high-${index + 1}`))
    expect(queue.count).toBe(1_000_045 - 1_000)
  })

  it('let one that comes late pass a long queue of lower ones at once', () => {
    const { queue, takeNext } = queueOfPriorities([100_000, 0, 0])
    for (let taken = 0; taken < 500; taken++) takeNext()
    queue.putBack('urgent', 'high')
    expect(takeNext()).toBe('urgent')
    expect(takeNext()).toBe('low-501')
  })

  it('earn nothing by being away', () => {
    const { queue, takeNext } = queueOfPriorities([0, 0, 1_000])
    for (let taken = 0; taken < 900; taken++) takeNext()
    for (const id of ['a', 'b', 'c', 'd']) queue.putBack(id, 'low')
    const next = Array.from({ length: 20 }, takeNext)
    expect(next.filter((id) => !id.startsWith('high')).length).toBeLessThanOrEqual(1)
  })

  it('fill what is looked at with the next priority', () => {
    const { queue } = queueOfPriorities([1, 2, 1])
    expect(queue.peek(10)).toEqual(['high-1', 'normal-1', 'normal-2', 'low-1'])
  })
})
