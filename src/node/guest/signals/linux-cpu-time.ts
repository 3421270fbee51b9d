import { readText } from './sys-files.ts'

/** Linux tells times in hundredths of a second, whatever its own clock does. */
const TICK_MS = 10

/** Processor time that a process of this Linux computer has used, in milliseconds; 0 where it has ended. */
export function linuxCpuMs(pid: number): number {
  const stat = readText(`/proc/${pid}/stat`)
  // The name, in brackets, may have spaces of its own.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [Number(fields?.[11]), Number(fields?.[12])]
  return Number.isFinite(user + system) ? (user + system) * TICK_MS : 0
}
