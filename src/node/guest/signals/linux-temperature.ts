import { join } from 'node:path'
import { namesIn, readText } from './sys-files.ts'

/** Drivers whose sensors are those of processors and GPUs; disks and network cards have some, too. */
const SENSOR_DRIVERS =
  /^(coretemp|k10temp|zenpower|cpu_thermal|cpu|soc_thermal|amdgpu|radeon|nouveau|nvidia|i915|xe)$/
const THERMAL_ZONES = /cpu|gpu|pkg|soc/i
/** What broken sensors tell lies outside of it. Thousandths of a degree. */
const PLAUSIBLE_MILLI = { least: 1_000, most: 130_000 }

/** The hottest of processors and GPUs, in degrees Celsius; undefined where no sensor tells. */
export function linuxTemperature(sysFolder = '/sys/class'): number | undefined {
  const readings = [...hardwareSensors(join(sysFolder, 'hwmon')), ...thermalZones(join(sysFolder, 'thermal'))]
  const plausible = readings.filter(
    (milli) => milli >= PLAUSIBLE_MILLI.least && milli <= PLAUSIBLE_MILLI.most,
  )
  return plausible.length === 0 ? undefined : Math.max(...plausible) / 1_000
}

function hardwareSensors(folder: string): number[] {
  return namesIn(folder).flatMap((name) => {
    const sensor = join(folder, name)
    if (!SENSOR_DRIVERS.test(readText(join(sensor, 'name')) ?? '')) return []
    return namesIn(sensor)
      .filter((file) => /^temp\d+_input$/.test(file))
      .map((file) => readNumber(join(sensor, file)))
  })
}

function thermalZones(folder: string): number[] {
  return namesIn(folder)
    .filter((name) => name.startsWith('thermal_zone'))
    .filter((name) => THERMAL_ZONES.test(readText(join(folder, name, 'type')) ?? ''))
    .map((name) => readNumber(join(folder, name, 'temp')))
}

/** NaN where it cannot be read: a sensor of a card that sleeps. */
function readNumber(path: string): number {
  return Number(readText(path) ?? Number.NaN)
}
