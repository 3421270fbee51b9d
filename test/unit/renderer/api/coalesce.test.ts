import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { coalesce } from '../../../../src/renderer/api/coalesce.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('hands the first over at once and the rest together', () => {
  const batches: (readonly number[])[] = []
  const events = coalesce<number>(100, (batch) => batches.push(batch))
  for (const event of [1, 2, 3]) events.push(event)
  expect(batches).toEqual([[1]])
  vi.advanceTimersByTime(100)
  expect(batches).toEqual([[1], [2, 3]])
  vi.advanceTimersByTime(1_000)
  events.push(4)
  expect(batches).toEqual([[1], [2, 3], [4]])
})

it('hands over at once when flushed, and nothing once stopped', () => {
  const batches: (readonly number[])[] = []
  const events = coalesce<number>(100, (batch) => batches.push(batch))
  events.push(1)
  events.push(2)
  events.flush()
  expect(batches).toEqual([[1], [2]])
  events.push(3)
  events.stop()
  vi.advanceTimersByTime(1_000)
  expect(batches).toEqual([[1], [2]])
})
