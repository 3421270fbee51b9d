import { arch, cpus, freemem, platform, release, totalmem, type, uptime } from 'node:os'
import { version } from '../../protocol/version.ts'
import type { SafeText } from './safe-text.ts'
import type { DiagnosticsSources } from './sources.ts'

/** Versions and the computer: processor, memory, GPUs, system. */
export function about({ devices }: DiagnosticsSources, safe: SafeText): unknown {
  const processors = cpus()
  return {
    driad: version,
    node: process.versions.node,
    electron: process.versions['electron'] ?? null,
    system: {
      platform: platform(),
      arch: arch(),
      type: type(),
      release: release(),
      upSeconds: Math.round(uptime()),
    },
    processor: { model: processors[0]?.model.trim() ?? '', cores: processors.length },
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    process: { ...process.memoryUsage(), upSeconds: Math.round(process.uptime()) },
    timeZoneMinutes: -new Date().getTimezoneOffset(),
    devices:
      devices === undefined
        ? null
        : {
            found: devices.devices.map((device) => ({
              id: device.id,
              backend: device.backend,
              kind: device.kind,
              // As the driver names it: a product, not a person.
              name: device.name,
              driver: device.driver ?? null,
              driverVersion: device.driverVersion ?? null,
              totalBytes: device.totalBytes,
              freeBytes: device.freeBytes,
              chosen: device.chosen,
            })),
            backends: devices.backends.map(({ backend, available, problem, reason }) => ({
              backend,
              available,
              problem: problem ?? null,
              reason: reason === undefined ? null : safe.text(reason),
            })),
            choice: devices.choice,
            cpuFallback: devices.cpuFallback,
            use: { state: devices.use.state, devices: devices.use.devices },
            useBecause: devices.use.reason === undefined ? null : safe.text(devices.use.reason),
            probedAtMs: devices.probedAtMs ?? null,
          },
  }
}
