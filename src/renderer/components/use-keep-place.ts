import { type RefObject, useLayoutEffect, useRef } from 'react'

/**
 * Keeps what is being read where it is when rows are put in above it: the list scrolls along by as many rows.
 * At the very top nothing is held: there the newest is what one wants to see.
 */
export function useKeepPlace<Row>(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  rowId: (row: Row) => string,
  rowHeight: number,
): void {
  const previous = useRef<readonly Row[]>(rows)

  useLayoutEffect(() => {
    const before = previous.current
    previous.current = rows
    const element = scroller.current
    if (element === null || before === rows || element.scrollTop === 0) return
    const anchor = before[Math.floor(element.scrollTop / rowHeight)]
    if (anchor === undefined) return
    const anchorId = rowId(anchor)
    const was = before.indexOf(anchor)
    const is = rows.findIndex((row) => rowId(row) === anchorId)
    if (is > was) element.scrollTop += (is - was) * rowHeight
  }, [rows, rowId, rowHeight, scroller])
}
