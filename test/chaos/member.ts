import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FaultyProxy } from './faulty-proxy.ts'

/** As it was built before the run: what is changed meanwhile is for the next one. */
const driadPath = fileURLToPath(new URL('../../out/main/driad.js', import.meta.url))
const requesterPath = fileURLToPath(new URL('./requester.program.ts', import.meta.url))
const preloadUrl = new URL('./preload.mjs', import.meta.url).href

const READY_TIMEOUT_MS = 90_000
const END_TIMEOUT_MS = 90_000

export interface MemberInit {
  readonly name: string
  readonly kind: 'node' | 'requester'
  readonly dataDir: string
  readonly network: string
  readonly port: number
  readonly proxy: FaultyProxy
  readonly logFolder: string
  /** Ports that lead through proxies, by what a member believes to dial. */
  readonly routes: () => Readonly<Record<string, number>>
  /** Multiaddrs of the nodes. */
  readonly bootstrap: readonly string[]
}

/** A node or a requester of the run: the processes, one after another, of one data folder. */
export class Member {
  readonly init: MemberInit
  /** Processes that were started. */
  lives = 0
  /** What it said last of what is open. */
  open = Number.POSITIVE_INFINITY
  unacknowledged = Number.POSITIVE_INFINITY
  /** Pid of the newest inference child. */
  inferencePid: number | undefined
  #child: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()
  #ready: Promise<boolean> = Promise.resolve(false)
  readonly #log: WriteStream

  constructor(init: MemberInit) {
    this.init = init
    this.#log = createWriteStream(join(init.logFolder, `${init.name}.log`), { flags: 'a' })
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  /** Resolves with false if the process ended before it was ready: on a full disk it may. */
  start(clockOffsetMs = 0): Promise<boolean> {
    if (this.#child !== undefined) return this.#ready
    this.lives++
    this.open = Number.POSITIVE_INFINITY
    this.unacknowledged = Number.POSITIVE_INFINITY
    const { kind, name, port, routes, network, dataDir, bootstrap } = this.init
    const chaos = { routes: { ...routes(), [port]: undefined }, clockOffsetMs }
    const args =
      kind === 'node'
        ? [
            driadPath,
            'start',
            // It is killed on purpose, again and again.
            '--no-safe-mode',
            '--json',
            '--no-mdns',
            '--data-dir',
            dataDir,
            '--network',
            network,
            '--listen',
            `/ip4/127.0.0.1/tcp/${port}`,
            ...bootstrap
              .filter((address) => !address.endsWith(`/${port}`))
              .flatMap((address) => ['--bootstrap', address]),
          ]
        : [
            '--experimental-transform-types',
            '--disable-warning=ExperimentalWarning',
            requesterPath,
            dataDir,
            network,
            bootstrap.join(','),
            String(port),
            String(this.lives),
          ]
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_OPTIONS: `--import=${preloadUrl}`,
        DRIAD_CHAOS: JSON.stringify(chaos),
      },
    })
    this.#child = child
    this.#log.write(`---- life ${this.lives}, clock ${clockOffsetMs} ms\n`)
    child.stdin.on('error', () => undefined)
    child.stderr.on('data', (chunk: Buffer) => this.#log.write(chunk))
    const ready = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => ready.reject(new Error(`${name} was not ready in time`)), READY_TIMEOUT_MS)
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#log.write(`${line}\n`)
      if (this.#heard(line)) ready.resolve(true)
    })
    this.#exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#log.write(`---- ended: ${code ?? signal}\n`)
        if (this.#child === child) this.#child = undefined
        ready.resolve(false)
        resolve()
      })
    })
    this.#ready = ready.promise.finally(() => clearTimeout(timer))
    return this.#ready
  }

  say(line: 'drain' | 'publish' | 'quit'): void {
    this.#child?.stdin?.write(`${line}\n`)
  }

  /** Dies at once, with all that it has started. */
  async kill(): Promise<void> {
    const child = this.#child
    child?.kill('SIGKILL')
    await this.#exited
  }

  /** Ends in good order. Throws if it does not. */
  async quit(): Promise<void> {
    if (this.#child === undefined) return
    if (this.init.kind === 'node') this.#child.kill('SIGTERM')
    else this.say('quit')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.init.name} did not end in good order`)),
        END_TIMEOUT_MS,
      )
    })
    try {
      await Promise.race([this.#exited, late])
    } finally {
      clearTimeout(timer)
    }
  }

  killInference(): boolean {
    if (this.inferencePid === undefined || this.#child === undefined) return false
    try {
      process.kill(this.inferencePid, 'SIGKILL')
      return true
    } catch {
      return false // between two lives
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await new Promise((resolve) => this.#log.end(resolve))
  }

  /** True for the line that says it is ready. */
  #heard(line: string): boolean {
    if (this.init.kind === 'requester') {
      const counts = /^drains open (\d+) unacknowledged (\d+)$/.exec(line)
      if (counts !== null) {
        this.open = Number(counts[1])
        this.unacknowledged = Number(counts[2])
      }
      return line === 'ready'
    }
    if (!line.startsWith('{')) return false
    const event = JSON.parse(line) as { event: string; pid?: number }
    if (event.event === 'inference') this.inferencePid = event.pid
    return event.event === 'ready'
  }
}
