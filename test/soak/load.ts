import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../chaos/random.ts'
import { RequesterProcess } from './requester-process.ts'

export interface LoadInit {
  readonly folder: string
  readonly network: string
  readonly bootstrap: () => readonly string[]
  readonly models: readonly string[]
  readonly seed: number
  readonly say: (line: string) => void
}

/** Requesters that stay, together; a visitor comes on top. */
const RESIDENTS = 2
const RESIDENT_TASKS_PER_SECOND = 2
const VISITOR_TASKS_PER_SECOND = 2
/** Data folders that visitors take in turn: some nodes are strangers, some come again. */
const VISITORS = 12
const VISIT_MS = [30_000, 90_000] as const
const BETWEEN_VISITS_MS = [5_000, 30_000] as const
/** From the start of the one that is killed to its end, and until it comes again. */
const LIFE_MS = [60_000, 240_000] as const
const DEATH_MS = [5_000, 60_000] as const
const REST_TIMEOUT_MS = 180_000
const ASK_AGAIN_MS = 10_000

/** Requesters in processes of their own, which stay, come and go, or are killed. */
export class Load {
  /** What was done. */
  visits = 0
  kills = 0
  readonly failures: string[] = []
  readonly #init: LoadInit
  readonly #random: Random
  #folders = new Set<string>()
  #lives = 0

  constructor(init: LoadInit) {
    this.#init = init
    this.#random = new Random(init.seed)
  }

  /** The data folders of all that asked for something. */
  get dataDirs(): readonly string[] {
    return [...this.#folders]
  }

  /** Goes on until the signal, then waits until nothing is open, and ends all. What takes too long is a failure. */
  async run(signal: AbortSignal): Promise<void> {
    const residents = Array.from({ length: RESIDENTS }, (_, at) =>
      this.#noted(() => this.#stay(`resident-${at}`, signal)),
    )
    await Promise.all([...residents, this.#comeAndGo(signal), this.#noted(() => this.#beKilled(signal))])
  }

  /** One that fails fails the soak, which goes on. */
  async #noted(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      this.failures.push(String(error))
    })
  }

  async #stay(name: string, signal: AbortSignal): Promise<void> {
    await using requester = await this.#start(name, RESIDENT_TASKS_PER_SECOND)
    await pause(Number.POSITIVE_INFINITY, signal)
    await this.#leave(requester, name)
  }

  async #comeAndGo(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const name = `visitor-${this.visits++ % VISITORS}`
      await this.#noted(async () => {
        await using requester = await this.#start(name, VISITOR_TASKS_PER_SECOND)
        await pause(this.#random.between(...VISIT_MS), signal)
        await this.#leave(requester, name)
      })
      await pause(this.#random.between(...BETWEEN_VISITS_MS), signal)
    }
  }

  /** One that is killed in the middle of its tasks, and takes them up when it comes again. */
  async #beKilled(signal: AbortSignal): Promise<void> {
    const name = 'victim'
    while (!signal.aborted) {
      await using requester = await this.#start(name, RESIDENT_TASKS_PER_SECOND / 2)
      await pause(this.#random.between(...LIFE_MS), signal)
      if (signal.aborted) break
      await requester.kill()
      this.kills++
      await pause(this.#random.between(...DEATH_MS), signal)
    }
    // What the last life left is taken up, too.
    await using requester = await this.#start(name, RESIDENT_TASKS_PER_SECOND / 2)
    await this.#leave(requester, name)
  }

  #start(name: string, tasksPerSecond: number): Promise<RequesterProcess> {
    const { folder, network, bootstrap, models, seed } = this.#init
    const dataDir = join(folder, name)
    this.#folders.add(dataDir)
    const plan = {
      dataDir,
      network,
      bootstrap: bootstrap(),
      models,
      tasksPerSecond,
      seed: seed + ++this.#lives,
    }
    return RequesterProcess.start(plan, join(folder, `${name}.log`))
  }

  /** Asks for nothing more, waits for all that is open, and ends it. */
  async #leave(requester: RequesterProcess, name: string): Promise<void> {
    requester.open = Number.POSITIVE_INFINITY
    requester.say('drain')
    const end = performance.now() + REST_TIMEOUT_MS
    let askedAt = performance.now()
    while (!requester.atRest) {
      if (requester.gone) throw new Error(`${name} ended by itself`)
      if (performance.now() > end) throw new Error(`${name} has ${requester.open} tasks open that do not end`)
      // A node that is owed something hears where its requester is from its next offer.
      if (requester.open === 0 && performance.now() - askedAt > ASK_AGAIN_MS) {
        askedAt = performance.now()
        requester.say('publish')
      }
      await sleep(100)
    }
    await requester.quit()
  }
}

/** Resolves after so long, or when the signal comes. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = Number.isFinite(ms) ? setTimeout(done, ms) : undefined
    signal.addEventListener('abort', done)
  })
}
