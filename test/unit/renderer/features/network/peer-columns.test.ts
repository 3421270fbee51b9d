import { expect, it } from 'vitest'
import { peerColumns } from '../../../../../src/renderer/features/network/peers/peer-columns.tsx'

/** Left and right of each row together. */
const ROW_PADDING_PX = 16

it('shows no column of peers before there is room for it', () => {
  const columns = peerColumns()
  const widths = columns.flatMap(({ fromWidth }) => fromWidth ?? [])
  expect(widths).not.toHaveLength(0)
  for (const width of widths) {
    const needed = columns
      .filter(({ fromWidth = 0 }) => fromWidth <= width)
      .reduce((sum, column) => sum + Number(/\d+(?=px)/.exec(column.width)?.[0]), ROW_PADDING_PX)
    expect(needed).toBeLessThanOrEqual(width)
  }
})
