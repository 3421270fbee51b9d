import { useElementSize } from '@mantine/hooks'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react'
import classes from './DataTable.module.css'
import { useKeepPlace } from './use-keep-place.ts'

export interface Column<Row> {
  readonly id: string
  readonly header: string
  /** A CSS grid track: `minmax(160px, 2fr)`. */
  readonly width: string
  readonly align?: 'end'
  /** Left out where the table is narrower than this many pixels. */
  readonly fromWidth?: number
  /** Lets the column be sorted; only for tables that hold all their rows. */
  readonly sortValue?: (row: Row) => number | string
  readonly cell: (row: Row) => ReactNode
}

export interface DataTableProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly rowId: (row: Row) => string
  readonly rowHeight?: number
  readonly onOpen?: (row: Row) => void
  /** The row whose details are shown. */
  readonly openId?: string
  readonly hasMore?: boolean
  readonly onMore?: () => void
  /** Stands where the rows would be. */
  readonly empty?: ReactNode
}

const HEADER_HEIGHT = 34
/** How many rows before the end the next page is asked for. */
const MORE_AHEAD = 20

/**
 * A table of any length: only the rows in sight exist. Arrow keys, Page Up and Down, Home and End move through it,
 * Enter opens; new rows on top do not move what is being read.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rowId, rowHeight = 38, onOpen, openId, hasMore = false, onMore, empty } = props
  const baseId = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>()
  const shown = columns.filter(
    (column) => column.fromWidth === undefined || width === 0 || width >= column.fromWidth,
  )
  const { rows, sort, toggleSort } = useSorted(props.rows, columns)
  const [activeId, setActiveId] = useState<string>()
  const active = activeId === undefined ? -1 : rows.findIndex((row) => rowId(row) === activeId)

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rowId(rows[index] as Row),
    overscan: 10,
    scrollMargin: HEADER_HEIGHT,
    // The header lies over the first rows in sight.
    scrollPaddingStart: HEADER_HEIGHT,
  })
  useKeepPlace(scroller, rows, rowId, rowHeight)

  const items = virtual.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  const wantsMore = hasMore && lastShown >= rows.length - MORE_AHEAD
  useEffect(() => {
    if (wantsMore) onMore?.()
  }, [wantsMore, onMore])

  const moveTo = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (row === undefined) return
    setActiveId(rowId(row))
    virtual.scrollToIndex(rows.indexOf(row))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2)
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: Math.max(0, active - 1),
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    }
    const step = steps[event.key]
    const row = rows[active]
    if (step !== undefined && event.target === event.currentTarget) moveTo(step)
    else if (event.key === 'Enter' && row !== undefined && onOpen !== undefined) onOpen(row)
    else return
    event.preventDefault()
  }

  const template = shown.map((column) => column.width).join(' ')
  const isGrid = onOpen !== undefined
  const domId = (row: Row) => `${baseId}-${rowId(row)}`
  const activeRow = rows[active]
  const semantics = {
    role: isGrid ? 'grid' : 'table',
    'aria-label': label,
    'aria-rowcount': hasMore ? -1 : rows.length + 1,
    'aria-colcount': shown.length,
    'aria-activedescendant': isGrid && activeRow !== undefined ? domId(activeRow) : undefined,
    tabIndex: 0,
    onKeyDown,
  }
  return (
    <div className={classes.frame} ref={sizeRef}>
      <div
        ref={scroller}
        className={classes.scroller}
        style={{ '--columns': template, '--row-height': `${rowHeight}px` } as CSSProperties}
        {...semantics}
      >
        <div className={classes.header} {...rowSemantics(1)}>
          {shown.map((column) => (
            <HeaderCell
              key={column.id}
              column={column}
              sorted={sort?.column === column.id ? sort.direction : undefined}
              onSort={() => toggleSort(column.id)}
            />
          ))}
        </div>
        {rows.length === 0 && empty !== undefined ? (
          <div className={classes.empty}>{empty}</div>
        ) : (
          <div className={classes.body} style={{ height: virtual.getTotalSize() }} {...{ role: 'rowgroup' }}>
            {items.map((item) => {
              const row = rows[item.index]
              if (row === undefined) return null
              const id = rowId(row)
              const open = () => {
                setActiveId(id)
                onOpen?.(row)
              }
              return (
                <div
                  key={item.key}
                  id={domId(row)}
                  className={classes.row}
                  data-openable={isGrid || undefined}
                  data-active={id === activeId || undefined}
                  data-open={id === openId || undefined}
                  style={{ transform: `translateY(${item.start - HEADER_HEIGHT}px)` }}
                  {...rowSemantics(item.index + 2)}
                  {...(isGrid && { onClick: open })}
                >
                  {shown.map((column) => (
                    <div
                      key={column.id}
                      className={classes.cell}
                      data-align={column.align}
                      {...{ role: isGrid ? 'gridcell' : 'cell' }}
                    >
                      {column.cell(row)}
                    </div>
                  ))}
                </div>
              )
            })}
          </div>
        )}
      </div>
    </div>
  )
}

/** Rows of a virtual list are placed by transform, which table elements do not take: so the roles stand by themselves. */
function rowSemantics(rowIndex: number): { role: string; 'aria-rowindex': number } {
  return { role: 'row', 'aria-rowindex': rowIndex }
}

interface HeaderCellProps<Row> {
  readonly column: Column<Row>
  readonly sorted: 'ascending' | 'descending' | undefined
  readonly onSort: () => void
}

function HeaderCell<Row>({ column, sorted, onSort }: HeaderCellProps<Row>) {
  const Arrow = sorted === 'ascending' ? IconArrowUp : IconArrowDown
  return (
    <div
      className={classes.headerCell}
      data-align={column.align}
      {...{ role: 'columnheader', 'aria-sort': sorted }}
    >
      {column.sortValue === undefined ? (
        column.header
      ) : (
        <button type="button" className={classes.sort} onClick={onSort}>
          {column.header}
          {sorted !== undefined && <Arrow aria-hidden size={13} />}
        </button>
      )}
    </div>
  )
}

interface Sort {
  readonly column: string
  readonly direction: 'ascending' | 'descending'
}

function useSorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[]) {
  const [sort, setSort] = useState<Sort>()
  const value = columns.find((column) => column.id === sort?.column)?.sortValue
  const sorted = useMemo(() => {
    if (sort === undefined || value === undefined) return rows
    const sign = sort.direction === 'ascending' ? 1 : -1
    return [...rows].sort((a, b) => {
      const [left, right] = [value(a), value(b)]
      return sign * (left < right ? -1 : left > right ? 1 : 0)
    })
  }, [rows, sort, value])
  const toggleSort = (column: string) =>
    setSort((current) =>
      current?.column !== column
        ? { column, direction: 'ascending' }
        : current.direction === 'ascending'
          ? { column, direction: 'descending' }
          : undefined,
    )
  return { rows: sorted, sort, toggleSort }
}
