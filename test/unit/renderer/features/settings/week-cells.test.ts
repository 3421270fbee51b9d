import fc from 'fast-check'
import { expect, it } from 'vitest'
import { emptyWeek } from '../../../../../src/protocol/guest/week-hours.ts'
import { movedBy, paint } from '../../../../../src/renderer/features/settings/week-cells.ts'

const cell = fc.record({ day: fc.integer({ min: 0, max: 6 }), hour: fc.integer({ min: 0, max: 23 }) })

it('paints the hours between two cells, from whichever corner the stroke came, and no others', () => {
  fc.assert(
    fc.property(cell, cell, cell, (from, to, looked) => {
      const painted = paint(emptyWeek(), from, to, true)
      expect(painted).toEqual(paint(emptyWeek(), to, from, true))
      const within =
        (looked.day - from.day) * (looked.day - to.day) <= 0 &&
        (looked.hour - from.hour) * (looked.hour - to.hour) <= 0
      expect(painted[looked.day]?.[looked.hour]).toBe(within)
      expect(paint(painted, from, to, false)).toEqual(emptyWeek())
    }),
  )
})

it('moves by keys and stops at the edges', () => {
  const moved = (key: string, day: number, hour: number) => movedBy(key, { day, hour })
  expect(moved('ArrowRight', 0, 23)).toEqual({ day: 0, hour: 23 })
  expect(moved('ArrowLeft', 0, 5)).toEqual({ day: 0, hour: 4 })
  expect(moved('ArrowUp', 0, 5)).toEqual({ day: 0, hour: 5 })
  expect(moved('ArrowDown', 5, 5)).toEqual({ day: 6, hour: 5 })
  expect(moved('End', 2, 5)).toEqual({ day: 2, hour: 23 })
  expect(moved('Home', 2, 5)).toEqual({ day: 2, hour: 0 })
  expect(moved('a', 2, 5)).toBeUndefined()
})
