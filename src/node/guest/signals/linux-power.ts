import { join } from 'node:path'
import type { PowerState } from '../contract.ts'
import { namesIn, readText } from './sys-files.ts'

const POWER_FOLDER = '/sys/class/power_supply'

/**
 * What Linux tells of mains and batteries. A computer without a battery of its own is never on battery; those of mice and
 * keyboards (scope `Device`) do not count.
 */
export function linuxPower(folder = POWER_FOLDER): PowerState {
  const batteries: { readonly discharging: boolean; readonly now: number; readonly full: number }[] = []
  let isPlugged = false
  for (const name of namesIn(folder)) {
    const read = (file: string) => readText(join(folder, name, file))
    const type = read('type')
    if (read('scope') === 'Device') continue
    if (type === 'Battery') {
      const percent = Number(read('capacity'))
      // Of several batteries the larger one says more.
      const full = Number(read('energy_full') ?? read('charge_full')) || 1
      if (Number.isFinite(percent))
        batteries.push({ discharging: read('status') === 'Discharging', now: (full * percent) / 100, full })
    } else if (read('online') === '1') isPlugged = true
  }
  if (batteries.length === 0) return { onBattery: false }
  const sum = (key: 'now' | 'full') => batteries.reduce((total, battery) => total + battery[key], 0)
  return {
    // Some laptops never report their mains.
    onBattery: !isPlugged && batteries.some(({ discharging }) => discharging),
    chargePercent: Math.round((sum('now') / sum('full')) * 100),
  }
}
