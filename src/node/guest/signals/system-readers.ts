import type { SignalReaders } from '../contract.ts'
import { linuxCpuMs } from './linux-cpu-time.ts'
import { linuxPower } from './linux-power.ts'
import { linuxTemperature } from './linux-temperature.ts'
import { OthersLoad, takeLoadSample } from './others-load.ts'
import { runningPrograms } from './running-programs.ts'
import { terminalIdleMs } from './terminal-idle.ts'

/**
 * What Node.js alone can find out about this computer: on Linux all but what fills the screen, elsewhere which programs
 * run. A desktop program knows more, and puts its own readers in their place.
 */
export function systemReaders(init: { readonly ownPids: () => readonly number[] }): SignalReaders {
  const programs = (names: readonly string[]) => runningPrograms(names)
  if (process.platform !== 'linux') return { programs }
  const load = new OthersLoad(() =>
    takeLoadSample(() => init.ownPids().reduce((sumMs, pid) => sumMs + linuxCpuMs(pid), 0)),
  )
  return {
    programs,
    idleMs: () => terminalIdleMs(Date.now()),
    power: () => linuxPower(),
    othersPercent: () => load.percent(),
    celsius: () => linuxTemperature(),
  }
}
