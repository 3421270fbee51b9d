import type { Member } from './member.ts'
import type { Random } from './random.ts'
import type { SmallDisk } from './small-disk.ts'

export interface FaultsInit {
  readonly members: readonly Member[]
  readonly disk: SmallDisk | undefined
  readonly random: Random
  readonly say: (line: string) => void
}

interface Fault {
  readonly name: string
  readonly weight: number
  /** Resolves when it is over. */
  inject(signal: AbortSignal): Promise<void>
}

/** Faults at once, beyond which the next one waits. */
const MAX_AT_ONCE = 3

/** Does harm to the members of a network, by chance, until it is stopped; then everything is as it should be, but for who is dead. */
export class Faults {
  readonly counts = new Map<string, number>()
  readonly #init: FaultsInit
  readonly #faults: readonly Fault[]
  /** Members that a fault is at work on. */
  readonly #busy = new Set<Member>()

  constructor(init: FaultsInit) {
    this.#init = init
    const { random, disk } = init
    const nodes = init.members.filter(({ init: { kind } }) => kind === 'node')
    const requesters = init.members.filter(({ init: { kind } }) => kind === 'requester')
    const on = (weight: number, name: string, of: readonly Member[], what: Harm): Fault => ({
      weight,
      name,
      inject: (signal) => this.#on(of, name, what, signal),
    })
    this.#faults = [
      on(4, 'kill a node', nodes, async (member, signal) => {
        await member.kill()
        await this.#wait(500, 6_000, signal)
        await this.#revive(member)
      }),
      on(3, 'stop a node', nodes, async (member, signal) => {
        await member.quit()
        await this.#wait(500, 12_000, signal)
        await this.#revive(member)
      }),
      on(3, 'kill an inference process', nodes, async (member) => {
        member.killInference()
      }),
      on(3, 'kill a requester', requesters, async (member, signal) => {
        await member.kill()
        await this.#wait(500, 8_000, signal)
        await this.#revive(member)
      }),
      on(2, 'close a requester', requesters, async (member, signal) => {
        await member.quit()
        await this.#wait(2_000, 20_000, signal)
        await this.#revive(member)
      }),
      on(4, 'cut connections', init.members, async ({ init: { proxy } }) => proxy.cut()),
      on(2, 'refuse connections', init.members, async ({ init: { proxy } }, signal) => {
        proxy.refuse(true)
        await this.#wait(1_000, 20_000, signal)
        proxy.refuse(false)
      }),
      on(2, 'lose packets', init.members, async ({ init: { proxy } }, signal) => {
        proxy.lose(true)
        await this.#wait(500, 15_000, signal)
        proxy.lose(false)
      }),
      on(3, 'delay packets', init.members, async ({ init: { proxy } }, signal) => {
        proxy.delay(random.between(20, 600))
        await this.#wait(1_000, 10_000, signal)
        proxy.delay(0)
      }),
    ]
    const [first] = nodes
    if (disk !== undefined && first !== undefined) {
      this.#faults = [
        ...this.#faults,
        on(3, 'fill a disk', [first], async (_, signal) => {
          disk.fill()
          await this.#wait(1_000, 8_000, signal)
          disk.free()
        }),
      ]
    }
  }

  /** Until the signal aborts. Rejects if a member does what it should not: not stop, or not start. */
  async run(signal: AbortSignal): Promise<void> {
    const { random } = this.#init
    const running = new Set<Promise<void>>()
    while (!signal.aborted) {
      const fault = random.weighted(this.#faults)
      const work = fault.inject(signal).finally(() => running.delete(work))
      running.add(work)
      await this.#wait(500, 3_000, signal)
      if (running.size >= MAX_AT_ONCE) await Promise.race(running)
    }
    await Promise.all(running)
  }

  async #on(of: readonly Member[], name: string, harm: Harm, signal: AbortSignal): Promise<void> {
    const free = of.filter((member) => !this.#busy.has(member))
    if (free.length === 0) return
    const member = this.#init.random.pick(free)
    this.#busy.add(member)
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    this.#init.say(`${name}: ${member.init.name}`)
    try {
      await harm(member, signal)
    } finally {
      this.#busy.delete(member)
    }
  }

  /** With the clock wrong by up to 40 s, now and then by minutes: then it is of no use to others, and must do no harm. */
  async #revive(member: Member): Promise<void> {
    const { random, say } = this.#init
    const reach = random.chance(0.1) ? 300_000 : 40_000
    const offset = random.chance(0.5) ? 0 : random.between(-reach, reach)
    if (offset !== 0) {
      say(`clock ${offset} ms: ${member.init.name}`)
      this.counts.set('set a clock wrong', (this.counts.get('set a clock wrong') ?? 0) + 1)
    }
    if (!(await member.start(offset))) say(`ended before it was ready: ${member.init.name}`)
  }

  async #wait(minMs: number, maxMs: number, signal: AbortSignal): Promise<void> {
    const ms = this.#init.random.between(minMs, maxMs)
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done)
    })
  }
}

type Harm = (member: Member, signal: AbortSignal) => Promise<void>
