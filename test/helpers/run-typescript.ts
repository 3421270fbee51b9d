import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A TypeScript program of the tests, in a process of its own that can be killed. */
export interface Program {
  readonly child: ChildProcess
  /** The lines of its stdout. May be iterated once. */
  readonly lines: AsyncIterable<string>
  /** Resolves when it has ended: its exit code, or the signal's name. */
  readonly ended: Promise<number | string>
}

export function runTypeScript(
  path: string,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): Program {
  const flags = [...nodeFlags, '--experimental-transform-types', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  return { child, lines: createInterface({ input: child.stdout }), ended }
}
