import type { Logger } from '../logs/contract.ts'
import type { Store } from '../store/contract.ts'
import {
  fadedRecord,
  newPeerRecord,
  type PeerEvent,
  recordAfter,
  type Standing,
  standingOf,
} from './peer-record.ts'
import { MAX_PEER_RECORDS, prunePeerRecords, readPeerRecord, writePeerRecord } from './reputation-store.ts'

interface Noted {
  readonly node: string
  readonly event: PeerEvent
  readonly atMs: number
}

export interface ReputationInit {
  /** What was noted is on disk at the latest after this. */
  readonly flushMs?: number
  readonly maxRecords?: number
  readonly now?: () => number
}

const FLUSH_MS = 500
/** Standings that selection may ask for again and again. */
const MAX_CACHED = 1_024
/** A standing changes this slowly by itself. */
const CACHE_MS = 60_000
/** Writes after which the bound is seen to. */
const PRUNE_EVERY = 256

/**
 * How nodes have treated this data folder's tasks. Each requester has its own view, and tells nobody: what others say of a
 * node could be bought. Several processes of a folder add to the same records.
 */
export class Reputation {
  readonly #store: Store
  readonly #logger: Logger
  readonly #flushMs: number
  readonly #maxRecords: number
  readonly #now: () => number
  readonly #standings = new Map<string, { readonly standing: Standing; readonly untilMs: number }>()
  #pending: Noted[] = []
  /** What is on its way to the disk, and counts already. */
  readonly #inFlight = new Set<readonly Noted[]>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #writes = 0

  constructor(components: { store: Store; logger: Logger }, init: ReputationInit = {}) {
    this.#store = components.store
    this.#logger = components.logger
    this.#flushMs = init.flushMs ?? FLUSH_MS
    this.#maxRecords = init.maxRecords ?? MAX_PEER_RECORDS
    this.#now = init.now ?? Date.now
  }

  standing(node: string): Standing {
    const nowMs = this.#now()
    const cached = this.#standings.get(node)
    if (cached !== undefined && cached.untilMs > nowMs) return cached.standing
    let record = readPeerRecord(this.#store, node) ?? newPeerRecord(node, nowMs)
    for (const { node: of, event, atMs } of [...[...this.#inFlight].flat(), ...this.#pending])
      if (of === node) record = recordAfter(record, event, atMs)
    const standing = standingOf(fadedRecord(record, nowMs))
    this.#standings.delete(node)
    this.#standings.set(node, { standing, untilMs: nowMs + CACHE_MS })
    const [oldest] = this.#standings.keys()
    if (this.#standings.size > MAX_CACHED && oldest !== undefined) this.#standings.delete(oldest)
    return standing
  }

  note(node: string, event: PeerEvent): void {
    this.#pending.push({ node, event, atMs: this.#now() })
    this.#standings.delete(node)
    this.#timer ??= setTimeout(() => void this.flush(), this.#flushMs).unref()
  }

  /** Resolves when all that was noted is on disk, or the store said that it cannot be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const noted = this.#pending
    if (noted.length === 0) return this.#writing
    this.#pending = []
    this.#inFlight.add(noted)
    const prune = ++this.#writes % PRUNE_EVERY === 1
    this.#writing = this.#store
      .write((tx) => {
        for (const { node, event, atMs } of noted) {
          const before = readPeerRecord(tx, node) ?? newPeerRecord(node, atMs)
          writePeerRecord(tx, recordAfter(before, event, atMs))
        }
        if (prune) prunePeerRecords(tx, this.#maxRecords)
      })
      .catch((error: unknown) => this.#logger.warn('What nodes did could not be written down', { error }))
      .finally(() => {
        this.#inFlight.delete(noted)
        for (const { node } of noted) this.#standings.delete(node)
      })
    return this.#writing
  }
}
