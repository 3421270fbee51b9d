import { type ChildProcess, fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Logger } from '../logs/contract.ts'
import { childEnvironment } from './child-environment.ts'
import type { ChildHandle, ChildLauncher, FromInferenceChild } from './contract.ts'

/** Longest piece of the child's output that is kept as one log line. */
const MAX_LINE = 2_000

export interface ForkOptions {
  /** The built entry of the child, a JavaScript file. */
  readonly entry: string
  readonly logger: Logger
  /** The Node to run it with; this process's own where absent. */
  readonly execPath?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Runs the inference child with `child_process.fork`: in the headless node and in tests. */
export function forkInferenceChild(options: ForkOptions): ChildLauncher {
  return (launch) => {
    const child = fork(options.entry, [], {
      ...(options.execPath !== undefined && { execPath: options.execPath }),
      env: childEnvironment(launch, { ...process.env, ...options.env }),
      // What llama.cpp is tried in first is a process of that one, and has to end with it.
      detached: launch.probe !== undefined && process.platform !== 'win32',
      // Flags of this process (--inspect, a test runner's loader) are not the child's.
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const log = (line: string) => {
      // A probe is there to fail, and what came of it is told by what it finds.
      if (launch.probe !== undefined) options.logger.debug(`A device probe wrote: ${line}`)
      else options.logger.warn(`The inference process wrote: ${line}`)
    }
    logLines(child.stdout, log)
    logLines(child.stderr, log)
    return new ForkedChild(child, launch.probe !== undefined)
  }
}

class ForkedChild implements ChildHandle {
  readonly #child: ChildProcess
  readonly #leadsGroup: boolean

  constructor(child: ChildProcess, leadsGroup: boolean) {
    this.#child = child
    this.#leadsGroup = leadsGroup && process.platform !== 'win32'
    // Without a listener a failed start would be thrown; it is told as an exit.
    child.on('error', () => {})
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  send(message: Parameters<ChildHandle['send']>[0]): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  onMessage(listener: (message: FromInferenceChild) => void): void {
    this.#child.on('message', (message) => listener(message as FromInferenceChild))
  }

  onExit(listener: (code: number | null, signal: string | null) => void): void {
    let exited = false
    const once = (code: number | null, signal: string | null) => {
      if (exited) return
      exited = true
      this.#child.removeAllListeners('message')
      listener(code, signal)
    }
    this.#child.once('exit', once)
    // A program that cannot be started has no exit.
    this.#child.once('error', () => {
      if (this.#child.pid === undefined) once(null, null)
    })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
    if (!this.#leadsGroup || this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // Nobody is left of its group.
    }
  }
}

function logLines(stream: Readable | null, log: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = (lines.pop() ?? '').slice(-MAX_LINE)
    for (const line of lines) {
      if (line.trim() !== '') log(line.slice(0, MAX_LINE))
    }
  })
  stream?.on('end', () => {
    if (rest.trim() !== '') log(rest)
  })
}
