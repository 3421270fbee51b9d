import { readFileSync } from 'node:fs'

/**
 * Whether a process runs, of this computer. `start` is what `processStart` gave of it: another process may have got its number
 * since.
 */
export function processRuns(pid: number, start = ''): boolean {
  try {
    process.kill(pid, 0)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const stat = processStat(pid)
  if (stat === undefined) return true // no /proc here: the signal's answer has to do
  // Killed but not yet collected by its parent; or the number was given to another program since.
  return stat.state !== 'Z' && stat.state !== 'X' && (start === '' || start === stat.start)
}

/** When a process started, in clock ticks since boot; empty where the system does not tell. */
export function processStart(pid: number): string {
  return processStat(pid)?.start ?? ''
}

/** A process's state letter and when it started, where the system tells (Linux: proc(5)). */
function processStat(pid: number): { state: string; start: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name, in parentheses, may hold spaces; what follows it is the third field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', start: fields[19] ?? '' }
  } catch {
    return undefined
  }
}
