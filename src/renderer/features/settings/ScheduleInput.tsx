import { Button, Switch } from '@mantine/core'
import { useMemo } from 'react'
import { formatWeekHours, parseWeekHours, type WeekHours } from '../../../protocol/guest/week-hours.ts'
import classes from './ScheduleInput.module.css'
import { WeekGrid } from './WeekGrid.tsx'

const presets = [
  { label: 'Nights', text: 'mon-sun 22-8' },
  { label: 'Nights and weekends', text: 'mon-fri 0-8,18-24; sat-sun 0-24' },
  { label: 'Outside office hours', text: 'mon-fri 0-9,17-24; sat-sun 0-24' },
] as const

export interface ScheduleInputProps {
  readonly id: string
  /** As `parseWeekHours` reads it; empty is always. */
  readonly value: string
  readonly onSave: (value: string) => void
}

/** Whether there is a schedule, and which. */
export function ScheduleInput({ id, value, onSave }: ScheduleInputProps) {
  const hours = useMemo(() => (value === '' ? undefined : parseWeekHours(value)), [value])
  return (
    <div className={classes.schedule}>
      <Switch
        id={id}
        label={hours === undefined ? 'At any time' : 'At the hours marked below'}
        checked={hours !== undefined}
        onChange={(event) => onSave(event.currentTarget.checked ? presets[0].text : '')}
      />
      {hours !== undefined && (
        <>
          <WeekGrid
            label="Hours in which tasks are taken"
            hours={hours}
            onChange={(painted) => onSave(formatWeekHours(painted))}
          />
          <div className={classes.below}>
            <p aria-live="polite">{inWords(hours)}</p>
            {presets.map((preset) => (
              <Button key={preset.label} onClick={() => onSave(preset.text)}>
                {preset.label}
              </Button>
            ))}
          </div>
        </>
      )}
    </div>
  )
}

function inWords(hours: WeekHours): string {
  const count = hours.flat().filter((on) => on).length
  if (count === 0) return 'No hour is marked: no tasks are ever taken.'
  return `${count} of 168 hours a week`
}
