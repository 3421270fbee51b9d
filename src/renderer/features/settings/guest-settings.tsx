import { NumberInput, Switch } from '@mantine/core'
import { t } from '../../../locales/translate.ts'
import { Segmented } from '../../components/Segmented.tsx'
import { AddressList } from './AddressList.tsx'
import { AmountInput } from './AmountInput.tsx'
import { ScheduleInput } from './ScheduleInput.tsx'
import type { SettingGroup } from './setting-group.ts'

const MINUTE_MS = 60_000

const onBatteryOptions = ['pause', 'serve'] as const
const quietOptions = ['off', 'in_use', 'always'] as const

/** When this computer works for others, and how much. All of it holds at once. */
export const guestSettings: SettingGroup = {
  id: 'guest',
  rows: [
    {
      key: 'schedule',
      wide: true,
      control: ({ schedule }, save, id) => (
        <ScheduleInput id={id} value={schedule} onSave={(value) => save('schedule', value)} />
      ),
    },
    {
      key: 'idleMs',
      signal: 'idle',
      control: ({ idleMs }, save, id) => (
        <AmountInput
          id={id}
          value={idleMs}
          unit={t('settings:unit.minutes')}
          factor={MINUTE_MS}
          least={1}
          most={24 * 60}
          placeholder={t('settings:row.idleMs.empty')}
          onSave={(value) => save('idleMs', value ?? 0)}
        />
      ),
    },
    {
      key: 'onBattery',
      signal: 'power',
      control: ({ onBattery }, save) => (
        <Segmented
          label={t('settings:row.onBattery.title')}
          value={onBattery}
          options={onBatteryOptions.map((value) => ({ value, label: t(`settings:row.onBattery.${value}`) }))}
          onChange={(value) => save('onBattery', value)}
        />
      ),
    },
    {
      key: 'batteryLeastPercent',
      control: ({ batteryLeastPercent, onBattery }, save, id) => (
        <NumberInput
          id={id}
          w={96}
          min={0}
          max={95}
          step={5}
          suffix=" %"
          clampBehavior="strict"
          allowDecimal={false}
          disabled={onBattery === 'pause'}
          value={batteryLeastPercent}
          onChange={(value) =>
            typeof value === 'number' && value !== batteryLeastPercent && save('batteryLeastPercent', value)
          }
        />
      ),
    },
    {
      key: 'pausePrograms',
      signal: 'programs',
      control: ({ pausePrograms }, save, id) => (
        <AddressList
          id={id}
          of="program"
          placeholder="blender" // not words
          value={pausePrograms}
          onSave={(value) => save('pausePrograms', value)}
        />
      ),
    },
    {
      key: 'pauseFullScreen',
      signal: 'fullScreen',
      control: ({ pauseFullScreen }, save, id) => (
        <Switch
          id={id}
          checked={pauseFullScreen}
          onChange={(event) => save('pauseFullScreen', event.currentTarget.checked)}
        />
      ),
    },
    {
      key: 'othersPercent',
      signal: 'load',
      control: ({ othersPercent }, save, id) => (
        <AmountInput
          id={id}
          value={othersPercent}
          unit="%"
          factor={1}
          most={95}
          placeholder={t('settings:row.othersPercent.empty')}
          onSave={(value) => save('othersPercent', value ?? 0)}
        />
      ),
    },
    {
      key: 'maxCelsius',
      signal: 'temperature',
      control: ({ maxCelsius }, save, id) => (
        <AmountInput
          id={id}
          value={maxCelsius}
          unit="°C"
          factor={1}
          least={40}
          most={110}
          placeholder={t('settings:row.othersPercent.empty')}
          onSave={(value) => save('maxCelsius', value ?? 0)}
        />
      ),
    },
    {
      key: 'quietMode',
      signal: 'idle',
      control: ({ quietMode }, save) => (
        <Segmented
          label={t('settings:row.quietMode.title')}
          value={quietMode}
          options={quietOptions.map((value) => ({ value, label: t(`settings:row.quietMode.${value}`) }))}
          onChange={(value) => save('quietMode', value)}
        />
      ),
    },
    {
      key: 'computeSharePercent',
      control: ({ computeSharePercent }, save, id) => (
        <NumberInput
          id={id}
          w={96}
          min={10}
          max={100}
          step={5}
          suffix=" %"
          clampBehavior="blur"
          allowDecimal={false}
          value={computeSharePercent}
          onChange={(value) =>
            typeof value === 'number' &&
            value >= 10 &&
            value !== computeSharePercent &&
            save('computeSharePercent', value)
          }
        />
      ),
    },
  ],
}
