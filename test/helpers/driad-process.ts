import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { giveToAppUser } from './installed-app.ts'

/** The command as its users run it: from the clone, building itself where needed. */
const driadPath = fileURLToPath(new URL('../../bin/driad', import.meta.url))

/** Longest that any one command of the tests may take. */
const COMMAND_TIMEOUT_MS = 60_000

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output's lines, each parsed. Throws where one is not JSON. */
  json<T = Record<string, unknown>>(): T[]
}

/** Runs one `driad` command to its end. */
export function driad(
  args: readonly string[],
  options: {
    input?: string
    timeoutMs?: number
    env?: NodeJS.ProcessEnv
    /** A command that runs it elsewhere, such as `ip netns exec home`. */
    within?: readonly string[]
  } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [program = '', ...rest] = [...(options.within ?? []), process.execPath, driadPath, ...args]
    const child = spawn(program, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.stdin.on('error', () => undefined) // a command that refuses its flags reads nothing
    child.stdin.end(options.input ?? '')
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`driad ${args.join(' ')} did not end in time.\n${stdout}\n${stderr}`))
    }, options.timeoutMs ?? COMMAND_TIMEOUT_MS)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({
        code,
        stdout,
        stderr,
        json: <T>() =>
          stdout
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as T),
      })
    })
  })
}

/** A line of a node's `--json` output. */
export interface NodeEvent {
  readonly event: string
  readonly [field: string]: unknown
}

export interface NodeProcess {
  readonly child: ChildProcess
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly models: readonly string[]
  readonly events: readonly NodeEvent[]
  /** Drops the events so far, where there are many of them. */
  forgetEvents(): void
  /** The first event, past or to come, that satisfies the predicate. */
  waitFor(predicate: (event: NodeEvent) => boolean): Promise<NodeEvent>
  /** Sends the signal and resolves to the exit code once the process is gone, or to the signal that it died of. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
  stderr(): string
}

/** Starts `driad start --json` and resolves when it is ready, or is in safe mode. */
export async function startNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  within: readonly string[] = [],
): Promise<NodeProcess> {
  const command = [...within, process.execPath, driadPath, 'start', '--json', '--no-mdns', ...args]
  const [program = '', ...rest] = command
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const events: NodeEvent[] = []
  const watchers = new Set<() => void>()
  const tell = () => {
    for (const watcher of watchers) watcher()
  }
  let stderr = ''
  let exit: { code: number | null } | undefined
  child.stderr.on('data', (chunk) => (stderr += chunk))
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as NodeEvent)
    tell()
  })
  const gone = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      exit = { code }
      tell()
      resolve(code ?? signal)
    })
  })

  const waitFor = (predicate: (event: NodeEvent) => boolean) =>
    new Promise<NodeEvent>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        watchers.delete(look)
        act()
      }
      const look = () => {
        const found = events.find(predicate)
        if (found !== undefined) settle(() => resolve(found))
        else if (exit !== undefined)
          settle(() => reject(new Error(`The node ended (${exit?.code}).\n${stderr}`)))
      }
      const timer = setTimeout(
        () =>
          settle(() =>
            reject(new Error(`The node did not say it in time.\n${JSON.stringify(events)}\n${stderr}`)),
          ),
        COMMAND_TIMEOUT_MS,
      )
      watchers.add(look)
      look()
    })

  const ready = await waitFor(({ event }) => event === 'ready' || event === 'safe_mode')
  return {
    child,
    peerId: ready['peerId'] as string,
    addresses: ready['addresses'] as string[],
    models: ready['models'] as string[],
    events,
    forgetEvents: () => {
      events.length = 0
    },
    waitFor,
    stop: (signal = 'SIGTERM') => {
      if (exit === undefined) child.kill(signal)
      return gone
    },
    stderr: () => stderr,
  }
}

/** Processes started by that one, found in /proc: the inference child has no other name outside. */
export function childPidsOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return Number(parent) === pid && state !== 'Z'
      } catch {
        return false // it ended while we looked
      }
    })
    .map(Number)
}

/** All descendants: `bin/driad` may run the node in a process of its own. */
export function descendantPidsOf(pid: number): number[] {
  return childPidsOf(pid).flatMap((child) => [child, ...descendantPidsOf(child)])
}

export interface TestFolder extends Disposable {
  readonly path: string
  /** A data folder's path in it; `driad` makes it. */
  dataDir(name: string): string
}

export function makeTestFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'driad-test-'))
  giveToAppUser(path)
  return {
    path,
    dataDir: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Waits until a condition holds, looking again every few milliseconds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
