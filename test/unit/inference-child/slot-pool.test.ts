import { describe, expect, it } from 'vitest'
import { chooseSlot, SlotPool } from '../../../src/inference-child/slot-pool.ts'

const tokens = (text: string) => Array.from(text, (character) => character.charCodeAt(0))
const slot = (name: string, text: string) => ({ name, tokens: () => tokens(text) })
const prompt = tokens('You are a helpful assistant. What is a node?')

describe('chooseSlot', () => {
  it('takes the slot that holds the longest beginning of the prompt', () => {
    const held = [
      'You are a helpful robot',
      'You are a helpful assistant. Who are you?',
      'Something else',
    ].map(tokens)
    expect(chooseSlot(held, prompt)).toBe(1)
  })

  it('spares a long memory that shares next to nothing', () => {
    expect(chooseSlot([tokens('Yesterday I wrote a long story about a dragon'), []], prompt)).toBe(1)
  })

  it('takes the least recently used where none fits', () => {
    expect(chooseSlot([tokens('oldest'), tokens('newer'), tokens('newest')], prompt)).toBe(0)
  })

  it('finds a short prompt again', () => {
    expect(chooseSlot([[], tokens('Hi!'), []], tokens('Hi!'))).toBe(1)
  })

  it('has nothing to choose from', () => {
    expect(chooseSlot([], prompt)).toBeUndefined()
  })
})

describe('SlotPool', () => {
  it('lets wait in order of arrival', async () => {
    const pool = new SlotPool([slot('only', '')], { maxWaiting: 10 })
    const first = await pool.acquire(prompt)
    const order: number[] = []
    const later = [1, 2, 3].map((number) =>
      pool.acquire(prompt).then((given) => {
        order.push(number)
        pool.release(given)
      }),
    )
    expect(pool.waiting).toBe(3)
    pool.release(first)
    await Promise.all(later)
    expect(order).toEqual([1, 2, 3])
    expect(pool.running).toBe(0)
  })

  it('refuses to let wait without end', async () => {
    const pool = new SlotPool([slot('only', '')], { maxWaiting: 1 })
    const first = await pool.acquire(prompt)
    const second = pool.acquire(prompt)
    await expect(pool.acquire(prompt)).rejects.toMatchObject({ code: 'no_capacity' })
    pool.release(first)
    pool.release(await second)
  })

  it('forgets who gave up waiting', async () => {
    const pool = new SlotPool([slot('only', '')], { maxWaiting: 2 })
    const first = await pool.acquire(prompt)
    const gone = new AbortController()
    const impatient = pool.acquire(prompt, { signal: gone.signal })
    const patient = pool.acquire(prompt)
    gone.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    pool.release(first)
    expect(await patient).toBe(first)
    await expect(pool.acquire(prompt, { signal: gone.signal })).rejects.toThrow('enough')
  })

  it('uses the slots in turn where prompts have nothing in common', async () => {
    const [a, b] = [slot('a', 'apple pie'), slot('b', 'banana bread')]
    const pool = new SlotPool([a, b], { maxWaiting: 1 })
    const used: string[] = []
    for (let turn = 0; turn < 4; turn++) {
      const given = await pool.acquire(prompt)
      used.push(given.name)
      pool.release(given)
    }
    expect(used).toEqual(['a', 'b', 'a', 'b'])
  })
})
