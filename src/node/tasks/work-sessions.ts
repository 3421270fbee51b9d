import { DriadError } from '../../protocol/errors.ts'
import { checkFromRequester } from '../../protocol/wire/checks.ts'
import { FromNode, FromRequester } from '../../protocol/wire/messages.pb.ts'
import type { Logger } from '../logs/contract.ts'
import { type NetworkHost, type PeerTarget, WORK_PROTOCOL } from '../network/contract.ts'
import { messageStream } from '../network/message-stream.ts'
import type { TaskLimits } from './limits.ts'
import { WorkSession, type WorkSessionHandler } from './work-session.ts'

const IDLE_SWEEP_MS = 15_000

export interface WorkSessionsInit {
  readonly network: Pick<NetworkHost, 'openStream'>
  readonly handler: WorkSessionHandler
  readonly onOpened: (session: WorkSession) => void
  readonly onEnded: (session: WorkSession) => void
  /** True while something is promised, run or owed on the stream. */
  readonly inUse: (session: WorkSession) => boolean
  readonly logger: Logger
  readonly limits: TaskLimits
}

/** The work streams of this node: at most one for each process of a requester, shared by all that concerns it. */
export class WorkSessions {
  readonly #init: WorkSessionsInit
  readonly #sessions = new Map<string, WorkSession>()
  readonly #opening = new Map<string, Promise<WorkSession>>()
  readonly #runs = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  readonly #sweeper: NodeJS.Timeout

  constructor(init: WorkSessionsInit) {
    this.#init = init
    this.#sweeper = setInterval(() => this.#closeIdle(), IDLE_SWEEP_MS)
    this.#sweeper.unref()
  }

  get(peerId: string): WorkSession | undefined {
    const session = this.#sessions.get(peerId)
    return session?.open === true ? session : undefined
  }

  all(): Iterable<WorkSession> {
    return this.#sessions.values()
  }

  /** The stream to a contact, opened if there is none. Throws `network_unreachable`, `no_capacity`, or the stop's reason. */
  open(target: PeerTarget): Promise<WorkSession> {
    const open = this.get(target.peerId)
    if (open !== undefined) return Promise.resolve(open)
    const pending = this.#opening.get(target.peerId)
    if (pending !== undefined) return pending
    const opening = this.#dial(target).finally(() => this.#opening.delete(target.peerId))
    this.#opening.set(target.peerId, opening)
    return opening
  }

  async #dial(target: PeerTarget): Promise<WorkSession> {
    const { network, logger, limits } = this.#init
    if (this.#sessions.size + this.#opening.size >= limits.maxSessions && !this.#closeLongestIdle()) {
      throw new DriadError('no_capacity', 'This node has as many work streams as it takes')
    }
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(limits.dialTimeoutMs)])
    const framed = await network.openStream(WORK_PROTOCOL, target, { signal })
    if (this.#stop.signal.aborted) {
      framed.abort(this.#stop.signal.reason)
      throw this.#stop.signal.reason
    }
    const stream = messageStream(framed, {
      send: FromNode,
      receive: FromRequester,
      check: checkFromRequester,
    })
    const session = new WorkSession(stream, { target, logger, limits })
    // One that has ended a moment ago, and nobody was told yet.
    const ended = this.#sessions.get(target.peerId)
    if (ended !== undefined) this.#forget(ended)
    this.#sessions.set(target.peerId, session)
    const run = this.#serve(session).finally(() => this.#runs.delete(run))
    this.#runs.add(run)
    this.#init.onOpened(session)
    return session
  }

  async #serve(session: WorkSession): Promise<void> {
    await session.run(this.#init.handler)
    this.#forget(session)
    await session.finish()
  }

  /** Says goodbye on all streams and waits until they are closed. */
  async close(reason: string): Promise<void> {
    clearInterval(this.#sweeper)
    this.#stop.abort(new DriadError('stopping', reason))
    await Promise.allSettled(this.#opening.values())
    await Promise.all([...this.#sessions.values()].map((session) => session.close(reason)))
    await Promise.allSettled(this.#runs)
  }

  #forget(session: WorkSession): void {
    if (this.#sessions.get(session.peerId) !== session) return
    this.#sessions.delete(session.peerId)
    this.#init.onEnded(session)
  }

  #closeIdle(): void {
    const before = performance.now() - this.#init.limits.sessionIdleMs
    for (const session of [...this.#sessions.values()]) {
      if (session.activeAt < before && !this.#init.inUse(session)) void session.close('idle')
    }
  }

  #closeLongestIdle(): boolean {
    let idle: WorkSession | undefined
    for (const session of this.#sessions.values()) {
      if (this.#init.inUse(session)) continue
      if (idle === undefined || session.activeAt < idle.activeAt) idle = session
    }
    if (idle === undefined) return false
    this.#forget(idle)
    void idle.close('This node needs the stream for another requester')
    return true
  }
}
