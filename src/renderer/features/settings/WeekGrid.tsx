import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import {
  formatWeekHours,
  HOURS_PER_DAY,
  type WeekHours,
  weekDays,
} from '../../../protocol/guest/week-hours.ts'
import { UnconfirmedWrites } from './unconfirmed-writes.ts'
import classes from './WeekGrid.module.css'
import { type Cell, movedBy, paint } from './week-cells.ts'
import { dayTitles } from './week-days.ts'

export interface WeekGridProps {
  readonly label: string
  readonly hours: WeekHours
  /** Called once a stroke is done. */
  readonly onChange: (hours: WeekHours) => void
}

const shownHours = Array.from({ length: HOURS_PER_DAY }, (_, hour) => hour)

/**
 * The hours of a week, painted with the mouse. By keyboard: arrows move, Space or Enter turns the hour, and Shift with an
 * arrow takes the hour along that one stands on. Names of days and hours turn all that is theirs.
 */
export function WeekGrid({ label, hours, onChange }: WeekGridProps) {
  const [drawn, setDrawn] = useState(hours)
  const [current, setCurrent] = useState<Cell>({ day: 0, hour: 0 })
  /** Where a stroke of the mouse began, what it paints, and what it paints on. */
  const stroke = useRef<{ from: Cell; on: boolean; base: WeekHours } | undefined>(undefined)
  const table = useRef<HTMLTableElement>(null)
  const writes = useRef(new UnconfirmedWrites())
  useEffect(() => {
    if (writes.current.isNews(formatWeekHours(hours))) setDrawn(hours)
  }, [hours])
  const shortTitles = dayTitles('short')

  const isOn = ({ day, hour }: Cell) => drawn[day]?.[hour] === true
  const change = (from: Cell, to: Cell, on: boolean) => {
    const painted = paint(drawn, from, to, on)
    setDrawn(painted)
    write(painted)
  }
  const write = (painted: WeekHours) => {
    writes.current.wrote(formatWeekHours(painted))
    onChange(painted)
  }
  const turnAll = (from: Cell, to: Cell) => {
    const all = drawn
      .slice(from.day, to.day + 1)
      .every((day) => day.slice(from.hour, to.hour + 1).every((open) => open))
    change(from, to, !all)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault()
      change(current, current, !isOn(current))
      return
    }
    const next = movedBy(event.key, current)
    if (next === undefined) return
    event.preventDefault()
    if (event.shiftKey) change(current, next, isOn(current))
    setCurrent(next)
    table.current?.querySelector<HTMLElement>(`[data-cell="${next.day}-${next.hour}"]`)?.focus()
  }

  const onPointerDown = (event: PointerEvent) => {
    const from = cellAt(event.target)
    if (from === undefined || event.button !== 0) return
    stroke.current = { from, on: !isOn(from), base: drawn }
    setCurrent(from)
    setDrawn(paint(drawn, from, from, stroke.current.on))
  }
  const onPointerMove = (event: PointerEvent) => {
    const to = cellAt(document.elementFromPoint(event.clientX, event.clientY))
    if (stroke.current === undefined || to === undefined) return
    const { from, on, base } = stroke.current
    setDrawn(paint(base, from, to, on))
  }
  const onPointerUp = () => {
    if (stroke.current === undefined) return
    stroke.current = undefined
    write(drawn)
  }

  return (
    <table
      ref={table}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its cells are turned on and off
      role="grid"
      aria-label={label}
      aria-multiselectable
      className={classes.grid}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerLeave={onPointerUp}
    >
      <thead>
        <tr>
          <td />
          {shownHours.map((hour) => (
            <th key={hour} scope="col" className={classes.hour} data-sixth={hour % 6 === 0 || undefined}>
              <button
                type="button"
                tabIndex={-1}
                aria-label={t('settings:week.hourOnAllDays', { hour })}
                onClick={() => turnAll({ day: 0, hour }, { day: weekDays.length - 1, hour })}
              >
                {hour}
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody onKeyDown={onKeyDown}>
        {dayTitles('long').map((title, day) => (
          <tr key={title}>
            <th scope="row" className={classes.day}>
              <button
                type="button"
                tabIndex={-1}
                aria-label={t('settings:week.allHours', { day: shortTitles[day] })}
                onClick={() => turnAll({ day, hour: 0 }, { day, hour: HOURS_PER_DAY - 1 })}
              >
                {shortTitles[day]}
              </button>
            </th>
            {shownHours.map((hour) => (
              <td
                key={hour}
                // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: as above
                role="gridcell"
                aria-selected={isOn({ day, hour })}
                aria-label={t('settings:week.hourOfDay', { day: title, from: hour, to: hour + 1 })}
                tabIndex={current.day === day && current.hour === hour ? 0 : -1}
                className={classes.cell}
                data-cell={`${day}-${hour}`}
                onFocus={() => setCurrent({ day, hour })}
              >
                <i aria-hidden />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function cellAt(target: EventTarget | null): Cell | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-cell]') : null
  const [day, hour] = cell?.dataset['cell']?.split('-').map(Number) ?? []
  return day === undefined || hour === undefined ? undefined : { day, hour }
}
