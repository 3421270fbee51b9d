import { app, BrowserWindow, powerMonitor } from 'electron'
import type { SignalReaders } from '../node/guest/contract.ts'
import { fullScreenOnX11 } from '../node/guest/signals/full-screen.ts'
import { linuxPower } from '../node/guest/signals/linux-power.ts'
import { OthersLoad, takeLoadSample } from '../node/guest/signals/others-load.ts'

/**
 * What Electron knows of this computer, on every system: when it was used last, what all processes of this app compute, and
 * but for Linux whether it runs on battery: there Electron always says no, and the kernel tells, with the charge. Only X11 says
 * whether a program fills the screen.
 */
export function desktopReaders(): SignalReaders {
  const load = new OthersLoad(() => takeLoadSample(ownCpuMs))
  return {
    idleMs: () => powerMonitor.getSystemIdleTime() * 1_000,
    power: () =>
      process.platform === 'linux' ? linuxPower() : { onBattery: powerMonitor.isOnBatteryPower() },
    othersPercent: () => load.percent(),
    fullScreen: () => fullScreenOnX11(ownPids()),
  }
}

/** Calls back when the system says that something changed that rules look at. Returns how to stop. */
export function onDesktopChange(listener: () => void): () => void {
  const monitor: NodeJS.EventEmitter = powerMonitor
  const events = ['on-battery', 'on-ac', 'resume', 'lock-screen', 'unlock-screen', 'user-did-become-active']
  for (const event of events) monitor.on(event, listener)
  return () => {
    for (const event of events) monitor.off(event, listener)
  }
}

/** Of the main process, the window, Chromium's helpers and the inference child. */
function ownCpuMs(): number {
  return app.getAppMetrics().reduce((sumMs, { cpu }) => sumMs + (cpu.cumulativeCPUUsage ?? 0) * 1_000, 0)
}

/** Windows belong to the main process, by what the system is told. */
function ownPids(): ReadonlySet<number> {
  const pages = BrowserWindow.getAllWindows().map((window) => window.webContents.getOSProcessId())
  return new Set([process.pid, ...pages])
}
