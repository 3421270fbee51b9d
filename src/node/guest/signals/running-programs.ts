import { execFile } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { namesIn, readText } from './sys-files.ts'

const LIST_TIMEOUT_MS = 5_000
const LIST_BYTES = 8 * 1024 * 1024
/** Linux cuts the names of processes off there. */
const LINUX_NAME_LENGTH = 15

/** Which of these programs run, as they are named in `names`. Undefined where the system cannot be asked. */
export async function runningPrograms(
  names: readonly string[],
  platform = process.platform,
): Promise<readonly string[] | undefined> {
  if (names.length === 0) return []
  if (platform === 'linux') return findPrograms(names, linuxNames())
  const run = promisify(execFile)
  const options = { timeout: LIST_TIMEOUT_MS, maxBuffer: LIST_BYTES, windowsHide: true }
  if (platform === 'darwin') {
    const { stdout } = await run('/bin/ps', ['-Axco', 'comm='], options)
    return findPrograms(names, stdout.split('\n'))
  }
  if (platform === 'win32') {
    const { stdout } = await run('tasklist', ['/fo', 'csv', '/nh'], options)
    return findPrograms(
      names,
      stdout.split('\n').map((line) => /^"([^"]*)"/.exec(line)?.[1] ?? ''),
    )
  }
  return undefined
}

/** Compares without regard to case, and to the `.exe` at the end. */
export function findPrograms(names: readonly string[], running: Iterable<string>): readonly string[] {
  const known = new Set<string>()
  for (const name of running) known.add(plainName(name))
  return names.filter((name) => {
    const plain = plainName(name)
    return (
      known.has(plain) || (plain.length > LINUX_NAME_LENGTH && known.has(plain.slice(0, LINUX_NAME_LENGTH)))
    )
  })
}

function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/\.exe$/, '')
}

/** Names of all processes: as they call themselves, and of the files that they run. */
function* linuxNames(): Iterable<string> {
  for (const pid of namesIn('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const name = readText(`/proc/${pid}/comm`)
    if (name === undefined) continue
    yield name
    try {
      yield basename(readlinkSync(`/proc/${pid}/exe`))
    } catch {
      // It is somebody else's, or the kernel's.
    }
  }
}
