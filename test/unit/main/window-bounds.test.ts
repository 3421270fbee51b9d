import { expect, it } from 'vitest'
import { restoredBounds } from '../../../src/main/window-bounds.ts'

const screens = [
  { x: 0, y: 0, width: 1920, height: 1080 },
  { x: 1920, y: 0, width: 1280, height: 1024 },
]
const usual = { width: 1280, height: 800, maximised: false }
const text = (bounds: object) => JSON.stringify({ ...usual, x: 10, y: 20, ...bounds })

it('puts the window where it was', () => {
  expect(restoredBounds(text({ x: 2000, width: 1000, maximised: true }), screens)).toEqual({
    x: 2000,
    y: 20,
    width: 1000,
    height: 800,
    maximised: true,
  })
})

it('keeps the size alone of a window whose screen is gone, or whose title cannot be reached', () => {
  for (const gone of [{ x: 5000 }, { x: -1260 }, { y: -30 }, { y: 1070 }, { x: 3180 }])
    expect(restoredBounds(text({ ...gone, width: 1000 }), screens)).toEqual({ ...usual, width: 1000 })
})

it.each([undefined, '', '{', '[]', 'null', text({ width: 10 }), text({ height: 1e9 }), text({ x: 0.5 })])(
  'is as usual after %j',
  (written) => {
    expect(restoredBounds(written, screens)).toEqual(usual)
  },
)
