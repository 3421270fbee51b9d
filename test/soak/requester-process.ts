import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RequesterPlan } from './requester.program.ts'

const program = fileURLToPath(new URL('./requester.program.ts', import.meta.url))
const READY_TIMEOUT_MS = 90_000
const END_TIMEOUT_MS = 60_000

/** A process that publishes tasks out of one data folder. */
export class RequesterProcess implements AsyncDisposable {
  /** What it said last of its tasks. */
  open = Number.POSITIVE_INFINITY
  unacknowledged = Number.POSITIVE_INFINITY
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  #gone = false

  private constructor(child: ChildProcess, log: WriteStream) {
    this.#child = child
    this.#exited = new Promise((resolve) => {
      child.once('close', () => {
        this.#gone = true
        log.end(() => resolve())
      })
    })
  }

  /** Rejects if it does not come up. */
  static async start(plan: RequesterPlan, logPath: string): Promise<RequesterProcess> {
    const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
    const child = spawn(process.execPath, [...flags, program, JSON.stringify(plan)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const log = createWriteStream(logPath, { flags: 'a' })
    child.stdin.on('error', () => undefined)
    child.stderr.on('data', (chunk: Buffer) => {
      if (!log.writableEnded) log.write(chunk)
    })
    const started = new RequesterProcess(child, log)
    let timer: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error('A requester was not ready in time')), READY_TIMEOUT_MS)
        child.once('close', (code, signal) =>
          reject(new Error(`A requester ended before it was ready (${code ?? signal}); see ${logPath}`)),
        )
        createInterface({ input: child.stdout }).on('line', (line) => {
          if (line === 'ready') resolve()
          started.#hear(line)
        })
      })
    } catch (error) {
      await started.kill()
      throw error
    } finally {
      clearTimeout(timer)
    }
    return started
  }

  get gone(): boolean {
    return this.#gone
  }

  get atRest(): boolean {
    return this.open === 0 && this.unacknowledged === 0
  }

  say(line: 'drain' | 'publish' | 'quit'): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** Dies at once. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** Ends in good order; throws if it does not. */
  async quit(): Promise<void> {
    this.say('quit')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('A requester did not end in good order')), END_TIMEOUT_MS)
    })
    try {
      await Promise.race([this.#exited, late])
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  #hear(line: string): void {
    const counts = /^open (\d+) unacknowledged (\d+)$/.exec(line)
    if (counts === null) return
    this.open = Number(counts[1])
    this.unacknowledged = Number(counts[2])
  }
}
