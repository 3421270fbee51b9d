import { NumberInput, Switch } from '@mantine/core'
import { Segmented } from '../../components/Segmented.tsx'
import { AddressList } from './AddressList.tsx'
import { AmountInput } from './AmountInput.tsx'
import { ScheduleInput } from './ScheduleInput.tsx'
import type { SettingGroup } from './setting-group.ts'

const MINUTE_MS = 60_000

const onBatteryOptions = [
  { value: 'pause', label: 'Pause' },
  { value: 'serve', label: 'Work' },
] as const

const quietOptions = [
  { value: 'off', label: 'Off' },
  { value: 'in_use', label: 'While in use' },
  { value: 'always', label: 'Always' },
] as const

/** When this computer works for others, and how much. All of it holds at once. */
export const guestSettings: SettingGroup = {
  title: 'When to run',
  rows: [
    {
      key: 'schedule',
      title: 'Schedule',
      explanation: 'When tasks are taken, by this computer’s clock. What runs when an hour ends is finished.',
      wide: true,
      control: ({ schedule }, save, id) => (
        <ScheduleInput id={id} value={schedule} onSave={(value) => save('schedule', value)} />
      ),
    },
    {
      key: 'idleMs',
      title: 'Only when nobody uses this computer',
      explanation:
        'For how long nobody may have touched keyboard and mouse before tasks are taken. At the first touch it makes way. Empty: at any time.',
      signal: 'idle',
      control: ({ idleMs }, save, id) => (
        <AmountInput
          id={id}
          value={idleMs}
          unit="minutes"
          factor={MINUTE_MS}
          least={1}
          most={24 * 60}
          placeholder="At any time"
          onSave={(value) => save('idleMs', value ?? 0)}
        />
      ),
    },
    {
      key: 'onBattery',
      title: 'On battery',
      explanation: 'What becomes of the work while this computer is not plugged in.',
      signal: 'power',
      control: ({ onBattery }, save) => (
        <Segmented
          label="On battery"
          value={onBattery}
          options={onBatteryOptions}
          onChange={(value) => save('onBattery', value)}
        />
      ),
    },
    {
      key: 'batteryLeastPercent',
      title: 'Charge to keep',
      explanation: 'Where it works on battery, it stops below that.',
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
      title: 'Make way for programs',
      explanation:
        'No tasks are taken while one of these runs. Names as the system’s list of processes shows them; small and large letters are the same, and .exe may be left out.',
      signal: 'programs',
      control: ({ pausePrograms }, save, id) => (
        <AddressList
          id={id}
          label="program"
          placeholder="blender"
          value={pausePrograms}
          onSave={(value) => save('pausePrograms', value)}
        />
      ),
    },
    {
      key: 'pauseFullScreen',
      title: 'Make way for what fills the screen',
      explanation: 'Games, films, talks. It is known on Linux desktops with X11 or XWayland that have xprop.',
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
      title: 'Make way for other work',
      explanation:
        'No tasks are taken while other programs use more than that of all processor cores for a while. What Driad itself computes does not count. Empty: it does not look.',
      signal: 'load',
      control: ({ othersPercent }, save, id) => (
        <AmountInput
          id={id}
          value={othersPercent}
          unit="%"
          factor={1}
          most={95}
          placeholder="Does not look"
          onSave={(value) => save('othersPercent', value ?? 0)}
        />
      ),
    },
    {
      key: 'maxCelsius',
      title: 'Rest above',
      explanation:
        'No tasks are taken while the processor or a GPU is hotter than that. Empty: it does not look.',
      signal: 'temperature',
      control: ({ maxCelsius }, save, id) => (
        <AmountInput
          id={id}
          value={maxCelsius}
          unit="°C"
          factor={1}
          least={40}
          most={110}
          placeholder="Does not look"
          onSave={(value) => save('maxCelsius', value ?? 0)}
        />
      ),
    },
    {
      key: 'quietMode',
      title: 'Quiet mode',
      explanation:
        'Models compute for a quarter of the time at most: a cool and quiet computer that still earns something. In use is until two minutes after the last touch.',
      signal: 'idle',
      control: ({ quietMode }, save) => (
        <Segmented
          label="Quiet mode"
          value={quietMode}
          options={quietOptions}
          onChange={(value) => save('quietMode', value)}
        />
      ),
    },
    {
      key: 'computeSharePercent',
      title: 'Share of the time that models compute',
      explanation:
        'They rest in between, many times a second. Less is cooler and quieter, makes tasks slower, and earns less.',
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
