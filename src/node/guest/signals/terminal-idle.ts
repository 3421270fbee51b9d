import { statSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn } from './sys-files.ts'

/**
 * How long nobody has typed into a terminal of this Linux computer: the kernel notes when each was read last. Undefined
 * where a desktop runs, whose mouse and keyboard no terminal hears.
 */
export function terminalIdleMs(
  nowMs: number,
  { terminals = '/dev/pts', displays = '/tmp/.X11-unix', users = '/run/user' } = {},
): number | undefined {
  const hasDesktop =
    namesIn(displays).length > 0 ||
    namesIn(users).some((user) => namesIn(join(users, user)).some((name) => name.startsWith('wayland-')))
  if (hasDesktop) return undefined
  let lastMs = 0
  for (const name of namesIn(terminals)) {
    if (!/^\d+$/.test(name)) continue
    lastMs = Math.max(lastMs, statSync(join(terminals, name), { throwIfNoEntry: false })?.atimeMs ?? 0)
  }
  return Math.max(0, nowMs - lastMs)
}
