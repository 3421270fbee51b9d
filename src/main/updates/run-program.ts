import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const UNPACK_MS = 10 * 60_000

/** Runs a system's tool to its end; what it says on stderr is in the error. */
export async function runProgram(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await run(program, [...args], { timeout: UNPACK_MS, ...(signal !== undefined && { signal }) })
}

/** Not Node's own `rm`: Electron's takes an app.asar for a folder. */
export async function removeTree(path: string): Promise<void> {
  await runProgram('rm', ['-rf', '--', path])
}
