import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSignals } from '../../../../src/node/guest/read-signals.ts'
import { activeWindow, isFullScreen } from '../../../../src/node/guest/signals/full-screen.ts'
import { linuxCpuMs } from '../../../../src/node/guest/signals/linux-cpu-time.ts'
import { linuxPower } from '../../../../src/node/guest/signals/linux-power.ts'
import { linuxTemperature } from '../../../../src/node/guest/signals/linux-temperature.ts'
import {
  type LoadSample,
  OthersLoad,
  takeLoadSample,
} from '../../../../src/node/guest/signals/others-load.ts'
import { findPrograms, runningPrograms } from '../../../../src/node/guest/signals/running-programs.ts'
import { terminalIdleMs } from '../../../../src/node/guest/signals/terminal-idle.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

/** A folder with files as the kernel shows them. */
function kernelFiles(files: Readonly<Record<string, string>>) {
  const folder = tempFolder()
  for (const [name, text] of Object.entries(files)) {
    const path = folder.file(name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${text}\n`)
  }
  return folder
}

describe('power on Linux', () => {
  it('is battery while a battery of the computer is discharged and no mains are there', () => {
    using laptop = kernelFiles({
      'BAT0/type': 'Battery',
      'BAT0/status': 'Discharging',
      'BAT0/capacity': '80',
      'BAT0/energy_full': '60000000',
      'BAT1/type': 'Battery',
      'BAT1/status': 'Unknown',
      'BAT1/capacity': '20',
      'BAT1/energy_full': '20000000',
      'AC/type': 'Mains',
      'AC/online': '0',
      'hidpp_battery_0/type': 'Battery',
      'hidpp_battery_0/scope': 'Device',
      'hidpp_battery_0/status': 'Discharging',
      'hidpp_battery_0/capacity': '1',
    })
    expect(linuxPower(laptop.path)).toEqual({ onBattery: true, chargePercent: 65 })
    writeFileSync(laptop.file('AC/online'), '1\n')
    expect(linuxPower(laptop.path)).toEqual({ onBattery: false, chargePercent: 65 })
  })

  it('is never battery without one', () => {
    using none = kernelFiles({ 'AC/type': 'Mains', 'AC/online': '1' })
    expect(linuxPower(none.path)).toEqual({ onBattery: false })
    expect(linuxPower(none.file('missing'))).toEqual({ onBattery: false })
  })
})

it('takes the hottest sensor of processors and GPUs, and none that is broken or of a disk', () => {
  using sensors = kernelFiles({
    'hwmon/hwmon0/name': 'coretemp',
    'hwmon/hwmon0/temp1_input': '51000',
    'hwmon/hwmon0/temp2_input': '-128000',
    'hwmon/hwmon1/name': 'nvme',
    'hwmon/hwmon1/temp1_input': '79000',
    'hwmon/hwmon2/name': 'amdgpu',
    'hwmon/hwmon2/temp1_input': '64500',
    'thermal/thermal_zone0/type': 'x86_pkg_temp',
    'thermal/thermal_zone0/temp': '52000',
    'thermal/thermal_zone1/type': 'iwlwifi_1',
    'thermal/thermal_zone1/temp': '90000',
  })
  expect(linuxTemperature(sensors.path)).toBe(64.5)
  expect(linuxTemperature(sensors.file('missing'))).toBeUndefined()
})

it('knows when a terminal was read last, and says nothing where a desktop runs', () => {
  using files = kernelFiles({ 'pts/3': '', 'pts/ptmx': '', 'x11/none': '', 'users/1000/bus': '' })
  const places = {
    terminals: files.file('pts'),
    displays: files.file('no-displays'),
    users: files.file('users'),
  }
  utimesSync(files.file('pts/3'), 1_000, 1_000)
  expect(terminalIdleMs(1_090_000, places)).toBe(90_000)
  expect(terminalIdleMs(1_090_000, { ...places, displays: files.file('x11') })).toBeUndefined()
  writeFileSync(files.file('users/1000/wayland-0'), '')
  expect(terminalIdleMs(1_090_000, places)).toBeUndefined()
})

describe('running programs', () => {
  it('are found by name, whatever its case and ending, and where Linux cuts it off', () => {
    const running = ['steam', 'Blender.EXE', 'a-very-long-pro', '']
    expect(
      findPrograms(['Steam', 'blender', 'a-very-long-program', 'firefox', 'a-very-long'], running),
    ).toEqual(['Steam', 'blender', 'a-very-long-program'])
  })

  it('are those of this computer', async () => {
    expect(await runningPrograms(['no-such-program', 'node'])).toEqual(['node'])
  })
})

describe('the load of others', () => {
  it('leaves out what this program computes, and a while in which a part of it ended', () => {
    const samples: LoadSample[] = [
      { busyMs: 1_000, totalMs: 10_000, ownMs: 500 },
      { busyMs: 5_000, totalMs: 20_000, ownMs: 2_500 },
      { busyMs: 9_000, totalMs: 30_000, ownMs: 100 },
      { busyMs: 12_000, totalMs: 40_000, ownMs: 3_100 },
    ]
    const load = new OthersLoad(() => samples.shift() ?? { busyMs: 0, totalMs: 0, ownMs: 0 })
    expect([1, 2, 3, 4].map(() => load.percent())).toEqual([undefined, 20, 20, 0])
  })

  it('counts the time of real processes', () => {
    const before = linuxCpuMs(process.pid)
    const started = process.cpuUsage()
    while (process.cpuUsage(started).user < 60_000);
    expect(linuxCpuMs(process.pid) - before).toBeGreaterThanOrEqual(20)
    expect(linuxCpuMs(2 ** 30)).toBe(0)
    const { busyMs, totalMs } = takeLoadSample(() => 0)
    expect(totalMs).toBeGreaterThan(busyMs)
  })
})

it('reads what xprop says of the window with the focus', () => {
  expect(activeWindow('_NET_ACTIVE_WINDOW 0x3a00007\n')).toBe('0x3a00007')
  expect(activeWindow('_NET_ACTIVE_WINDOW 0x0\n')).toBeUndefined()
  expect(activeWindow('_NET_ACTIVE_WINDOW:  not found.\n')).toBeUndefined()
  const game = '_NET_WM_STATE = _NET_WM_STATE_FOCUSED, _NET_WM_STATE_FULLSCREEN\n_NET_WM_PID = 4242\n'
  expect(isFullScreen(game, new Set([1]))).toBe(true)
  expect(isFullScreen(game, new Set([4242]))).toBe(false)
  expect(isFullScreen('_NET_WM_STATE:  not found.\n_NET_WM_PID = 7\n', new Set())).toBe(false)
})

it('asks only for what is wanted, and takes failure and silence for not knowing', async () => {
  const failures: string[] = []
  const asked: string[] = []
  const signals = await readSignals(
    {
      idleMs: () => {
        asked.push('idle')
        return 5
      },
      power: () => Promise.reject(new Error('no such interface')),
      fullScreen: () => new Promise<boolean>(() => {}),
      celsius: () => {
        asked.push('temperature')
        return 40
      },
    },
    ['idle', 'power', 'fullScreen', 'load'],
    { programs: [], timeoutMs: 20, onFailure: (signal) => failures.push(signal) },
  )
  expect(signals).toEqual({
    idleMs: 5,
    power: undefined,
    programs: undefined,
    fullScreen: undefined,
    othersPercent: undefined,
    celsius: undefined,
  })
  expect(asked).toEqual(['idle'])
  expect(failures.sort()).toEqual(['fullScreen', 'power'])
})
