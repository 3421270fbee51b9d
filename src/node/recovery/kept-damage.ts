import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { nameOfTime, timeOfName } from './time-names.ts'

/** Sets of damaged files that are kept: the oldest goes. */
export const KEPT_DAMAGES = 5

/** Makes the folder for what became damaged at a time; the oldest of them goes. */
export function damageFolder(parent: string, nowMs: number): string {
  const path = join(parent, nameOfTime(nowMs))
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const kept = readdirSync(parent)
    .filter((name) => timeOfName(name) !== undefined)
    .sort()
  for (const name of kept.slice(0, -KEPT_DAMAGES)) {
    rmSync(join(parent, name), { recursive: true, force: true })
  }
  return path
}

/** A name that nothing has in a folder: `name`, or `name.2`… */
export function freeName(folder: string, name: string): string {
  for (let i = 1; ; i++) {
    const path = join(folder, i === 1 ? name : `${name}.${i}`)
    if (!existsSync(path)) return path
  }
}
