import { describe, expect, it } from 'vitest'
import { UnplacedQueue } from '../../../../src/node/requester/unplaced-queue.ts'

/** Tasks 1 to `size` in the store, of which some have left. */
function queueOf(size: number, windowTasks = 4) {
  const gone = new Set<number>()
  const placed = new Set<string>()
  let reads = 0
  const requests = {
    unplaced: (_driver: string, _key: string, afterSeq: number, limit: number) => {
      reads++
      return Array.from({ length: size }, (_, index) => index + 1)
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
  queue.added(size)
  return { queue, gone, placed, reads: () => reads }
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
    queue.putBack('t1')
    queue.putBack('t1')
    expect(queue.count).toBe(10)
    expect(queue.peek(2)).toEqual(['t1', 't2'])
  })

  it('that ended are not given out, in the window or beyond it', () => {
    const { queue, gone } = queueOf(10)
    queue.peek(1)
    queue.ended('t2')
    gone.add(9)
    queue.ended('t9')
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
