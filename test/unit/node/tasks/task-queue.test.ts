import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TaskQueue } from '../../../../src/node/tasks/task-queue.ts'

/** A queue whose entries run until the test ends them. */
function makeQueue(init: { slots?: number; maxQueued?: number } = {}) {
  const slots = new Map([['m', init.slots ?? 1]])
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const queue = new TaskQueue({ placesOf: (lane) => slots.get(lane) ?? 0, maxQueued: init.maxQueued ?? 100 })
  const entry = (id: string, owner = 'o', lane = 'm') => ({
    id,
    owner,
    lane,
    start: () => {
      started.push(id)
      return new Promise<void>((resolve) => {
        ends.set(id, resolve)
      })
    },
  })
  const end = async (id: string) => {
    ends.get(id)?.()
    // The slot is free one turn later.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { queue, entry, started, end, slots }
}

describe('TaskQueue', () => {
  it('starts at once while there are slots, before enqueue returns', () => {
    const { queue, entry, started } = makeQueue({ slots: 2 })
    queue.enqueue(entry('a'))
    queue.enqueue(entry('b'))
    queue.enqueue(entry('c'))
    expect(started).toEqual(['a', 'b'])
    expect([queue.running, queue.queued]).toEqual([2, 1])
  })

  it('serves requesters in turn, each in the order of its tasks', async () => {
    const { queue, entry, started, end } = makeQueue()
    for (const id of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) queue.enqueue(entry(id, id[0]))
    for (let i = 0; i < 5; i++) await end(started.at(-1) ?? '')
    // a1 ran at once, which was its owner's turn before the others came.
    expect(started).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2'])
  })

  it('refuses more than its bound, except what is taken up again', () => {
    const { queue, entry } = makeQueue({ maxQueued: 1 })
    queue.enqueue(entry('running'))
    queue.enqueue(entry('waiting'))
    expect(() => queue.enqueue(entry('too much'))).toThrowError(
      expect.objectContaining({ code: 'no_capacity' }),
    )
    queue.enqueue(entry('recovered'), { beyondLimit: true })
    expect(queue.queued).toBe(2)
  })

  it('keeps lanes apart and starts a lane when its slots come', () => {
    const { queue, entry, started, slots } = makeQueue()
    queue.enqueue(entry('other', 'o', 'n'))
    queue.enqueue(entry('a'))
    expect(started).toEqual(['a'])
    slots.set('n', 1)
    queue.pump()
    expect(started).toEqual(['a', 'other'])
  })

  it('takes a waiting entry out, and only that', async () => {
    const { queue, entry, started, end } = makeQueue()
    for (const id of ['a', 'b', 'c']) queue.enqueue(entry(id))
    expect(queue.remove('b', 'm')).toBe(true)
    expect(queue.remove('b', 'm')).toBe(false)
    expect(queue.remove('a', 'm')).toBe(false)
    await end('a')
    expect(started).toEqual(['a', 'c'])
    expect(queue.queued).toBe(0)
  })

  it('starts nothing while it is held, and tells when nothing runs', async () => {
    const { queue, entry, started, end } = makeQueue()
    queue.enqueue(entry('a'))
    queue.enqueue(entry('b'))
    queue.hold()
    const idle = queue.idle()
    await end('a')
    await idle
    expect(started).toEqual(['a'])
    queue.release()
    expect(started).toEqual(['a', 'b'])
  })

  it('frees the slot of an entry that rejects', async () => {
    const { queue, entry, started } = makeQueue()
    queue.enqueue({ id: 'bad', owner: 'o', lane: 'm', start: () => Promise.reject(new Error('x')) })
    queue.enqueue(entry('next'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(started).toEqual(['next'])
  })

  it('never runs more than the slots and loses nothing, whatever the order', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ add: fc.constantFrom('a', 'b', 'c') }),
        fc.record({ end: fc.nat(10) }),
        fc.record({ remove: fc.nat(20) }),
      ),
      { maxLength: 60 },
    )
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (script, slots) => {
        const { queue, entry, started, end } = makeQueue({ slots })
        const running = () => started.filter((id) => !ended.has(id))
        const ended = new Set<string>()
        const removed = new Set<string>()
        let added = 0
        for (const step of script) {
          if ('add' in step) queue.enqueue(entry(`${added++}`, step.add))
          else if ('remove' in step) {
            const id = `${step.remove}`
            if (queue.remove(id, 'm')) removed.add(id)
          } else {
            const id = running()[step.end % Math.max(1, running().length)]
            if (id === undefined) continue
            ended.add(id)
            await end(id)
          }
          expect(running().length).toBeLessThanOrEqual(slots)
          expect(queue.running).toBe(running().length)
          expect(queue.queued).toBe(added - started.length - removed.size)
        }
        while (running().length > 0) {
          const id = running()[0] ?? ''
          ended.add(id)
          await end(id)
        }
        expect(new Set(started).size).toBe(added - removed.size)
        expect(queue.queued).toBe(0)
      }),
      { numRuns: 100 },
    )
  })
})
