import { Button, Switch } from '@mantine/core'
import { useMemo } from 'react'
import { t } from '../../../locales/translate.ts'
import { formatWeekHours, parseWeekHours, type WeekHours } from '../../../protocol/guest/week-hours.ts'
import classes from './ScheduleInput.module.css'
import { WeekGrid } from './WeekGrid.tsx'

const presets = [
  { id: 'nights', text: 'mon-sun 22-8' },
  { id: 'nightsAndWeekends', text: 'mon-fri 0-8,18-24; sat-sun 0-24' },
  { id: 'outsideOffice', text: 'mon-fri 0-9,17-24; sat-sun 0-24' },
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
        label={t(hours === undefined ? 'settings:schedule.always' : 'settings:schedule.marked')}
        checked={hours !== undefined}
        onChange={(event) => onSave(event.currentTarget.checked ? presets[0].text : '')}
      />
      {hours !== undefined && (
        <>
          <WeekGrid
            label={t('settings:schedule.hours')}
            hours={hours}
            onChange={(painted) => onSave(formatWeekHours(painted))}
          />
          <div className={classes.below}>
            <p aria-live="polite">{inWords(hours)}</p>
            {presets.map((preset) => (
              <Button key={preset.id} onClick={() => onSave(preset.text)}>
                {t(`settings:schedule.preset.${preset.id}`)}
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
  if (count === 0) return t('settings:schedule.none')
  return t('settings:schedule.count', { count })
}
