import type { WaitReason } from '../../protocol/wait-reasons.ts'
import type { Logger } from '../logs/contract.ts'
import type { NetworkHost } from '../network/contract.ts'
import type { TaskRequest } from './contract.ts'
import type { Deadlines } from './deadlines.ts'
import type { RequestEvents } from './events.ts'
import type { RequesterLimits } from './limits.ts'
import type { ModelSets } from './model-sets.ts'
import type { Offer, Offers } from './offers.ts'
import type { PlacedTasks } from './placed-tasks.ts'
import type { RequestPreparer } from './prepare-request.ts'
import type { RequestStore } from './request-store.ts'
import type { NewRequest, RequestContents } from './request-types.ts'

export interface PublisherComponents {
  readonly requests: RequestStore
  readonly preparer: RequestPreparer
  readonly offers: Offers
  readonly deadlines: Deadlines
  readonly placed: PlacedTasks
  readonly events: RequestEvents
  readonly modelSets: ModelSets
  readonly network: Pick<NetworkHost, 'peers'>
  /** Gives a task to a node before it is on disk; its insertion was queued in this turn. False if none has room. */
  readonly assignNew: (request: NewRequest) => boolean
  /** Gives out what can be given out of an offer now, and offers the rest. */
  readonly place: (offerKey: string) => void
  readonly logger: Logger
}

const PUBLISHED_BATCH = 500
const NOTICE_REPEAT_MS = 10_000
/** Tasks whose waiters are told at a time; whoever waits for more knows by then. */
const NOTICES_AT_ONCE = 256

/** Takes tasks in: checks them, stores them, offers them, and tells those who wait what comes of it. */
export class Publisher {
  readonly #components: PublisherComponents
  readonly #driver: string
  readonly #limits: RequesterLimits
  /** Names of tasks that are on their way to the disk. */
  readonly #names = new Map<string, Promise<void>>()

  constructor(components: PublisherComponents, init: { driver: string; limits: RequesterLimits }) {
    this.#components = components
    this.#driver = init.driver
    this.#limits = init.limits
  }

  /** `requireRunning` throws where nothing may be published any more. */
  async publish(
    tasks: Iterable<TaskRequest> | AsyncIterable<TaskRequest>,
    requireRunning: () => void,
  ): Promise<readonly string[]> {
    const { modelSets, preparer, requests } = this.#components
    const taskIds: string[] = []
    const names = new Map<string, { readonly taskId: string; readonly release: () => void }>()
    let batch: NewRequest[] = []
    const flush = async () => {
      requireRunning()
      if (batch.length > 0) await this.#publishBatch(batch)
      batch = []
      release()
    }
    const release = () => {
      for (const { release: free } of names.values()) free()
      names.clear()
    }
    try {
      for await (const task of tasks) {
        requireRunning()
        await modelSets.ready(task.models)
        const { key } = task
        if (key !== undefined && !names.has(key)) {
          // Nothing of ours is held back meanwhile: the other may wait for it.
          if (this.#names.has(key)) await flush()
          for (let other = this.#names.get(key); other !== undefined; other = this.#names.get(key))
            await other
        }
        const known = key === undefined ? undefined : (names.get(key)?.taskId ?? requests.idOfKey(key))
        if (known !== undefined) {
          taskIds.push(known)
          continue
        }
        const request = preparer.prepare(task)
        if (key !== undefined) names.set(key, { taskId: request.taskId, release: this.#takeName(key) })
        batch.push(request, ...preparer.copiesOf(request))
        taskIds.push(request.taskId)
        if (batch.length >= this.#limits.publishBatch) await flush()
      }
      await flush()
      return taskIds
    } finally {
      release()
    }
  }

  /** Others who publish a task of this name wait until it is given back: by then it is on disk, or was not published. */
  #takeName(key: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#names.set(key, promise)
    return () => {
      this.#names.delete(key)
      resolve()
    }
  }

  /** Stores the tasks, all or none, and offers those that no node could have at once. */
  async #publishBatch(batch: readonly NewRequest[]): Promise<void> {
    const { requests, offers, deadlines, events, assignNew, place } = this.#components
    const toPlace = batch.filter(({ copies }) => copies === 1)
    for (const { offerKey } of toPlace) offers.checkRoom(offerKey)
    const stored = requests.store.write((tx) => {
      for (const request of batch) requests.insert(tx, request)
    })
    const waiting = toPlace.filter((request) => {
      for (const node of request.notTo ?? []) this.#components.placed.exclude(request.taskId, node)
      return !assignNew(request)
    })
    await stored
    for (const request of batch) {
      const { taskId, createdAtMs, deadlineMs } = request
      requests.remember(taskId, contentsOf(request))
      deadlines.note(deadlineMs)
      events.emit({ type: 'state', taskId, state: 'created', atMs: createdAtMs })
    }
    const keys = new Set<string>()
    for (const { offerKey, priority } of waiting) {
      offers.open(offerKey).queue.added(1, priority)
      keys.add(offerKey)
    }
    for (const key of keys) place(key)
  }

  /** An offer went out to so many peers. */
  offerPublished(offer: Offer, recipients: number): void {
    offer.recipients = recipients
    if (recipients === 0) return
    this.#markPublished(offer.key).catch((error: unknown) => {
      this.#components.logger.warn('Tasks could not be marked as published', { error })
    })
  }

  /** Tells those who wait why nothing happens, now and then. */
  noticeWaiting(): void {
    const { offers, network } = this.#components
    const now = performance.now()
    for (const offer of offers.all()) {
      const waitedMs = now - offer.waitingSince
      if (offer.queue.count === 0 || waitedMs < this.#limits.noAnswerNoticeMs) continue
      if (now - offer.noticedAt < NOTICE_REPEAT_MS) continue
      offer.noticedAt = now
      this.#notice(offer, waitReason(offer, network.peers().length))
    }
  }

  #notice({ key: offerKey, terms: { copies } }: Offer, reason: WaitReason): void {
    const { placed, requests, events } = this.#components
    let looked = 0
    for (const taskId of [...events.watched()]) {
      if (placed.has(taskId)) continue
      if (looked++ >= NOTICES_AT_ONCE) return
      const request = requests.get(taskId)
      if (request?.endedAtMs !== undefined) continue
      if (request?.offerKey === offerKey || (copies && (request?.copies ?? 1) > 1)) {
        events.emit({ type: 'notice', taskId, message: waitText(reason), reason })
      }
    }
  }

  async #markPublished(key: string): Promise<void> {
    const { requests, events } = this.#components
    for (;;) {
      const atMs = Date.now()
      const taskIds = await requests.store.write((tx) =>
        requests.publish(tx, this.#driver, key, atMs, PUBLISHED_BATCH),
      )
      for (const taskId of taskIds) events.emit({ type: 'state', taskId, state: 'published', atMs })
      if (taskIds.length < PUBLISHED_BATCH) return
    }
  }
}

/** No more of it than is kept: a task's other terms are asked for once or never. */
function contentsOf(request: NewRequest): RequestContents {
  const { workflowJson, input, scoreText, sampling, deadlineMs } = request
  const { stream, cancelOnDisconnect, priority, copyOf } = request
  return {
    workflowJson,
    sampling,
    deadlineMs,
    stream,
    cancelOnDisconnect,
    priority,
    ...(input !== undefined && { input }),
    ...(scoreText !== undefined && { scoreText }),
    ...(copyOf !== undefined && { copyOf }),
  }
}

function waitReason({ terms: { models }, answered, recipients }: Offer, peers: number): WaitReason {
  if (answered) return { code: 'no_room', models }
  if (peers === 0) return { code: 'no_peer' }
  return recipients === 0
    ? { code: 'not_in_reach', models, peers }
    : { code: 'no_answer', models, asked: recipients }
}

function waitText(reason: WaitReason): string {
  if (reason.code === 'no_peer')
    return 'No peer is connected yet: is a node running, and is it reachable from here?'
  const models = reason.models.join(' or ')
  switch (reason.code) {
    case 'no_room':
      return `Waiting for a node with room for ${models}`
    case 'not_in_reach':
      return `No node that serves ${models} is in reach yet (peers connected: ${reason.peers})`
    case 'no_answer':
      return `No node has answered yet; ${reason.asked === 1 ? 'one was' : `${reason.asked} were`} asked for ${models}`
  }
}
