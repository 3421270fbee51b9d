import { createHash } from 'node:crypto'
import type { ContentRouting } from '@libp2p/interface'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { ADDRESSES_PER_PEER } from '../../protocol/wire/limits.ts'
import type { Logger } from '../logs/contract.ts'
import { pause } from '../tasks/abort.ts'
import type { PeerTarget } from './contract.ts'

const RAW_CODEC = 0x55
const SHA2_256 = 0x12

const PROVIDE_TIMEOUT_MS = 20_000
const FIND_TIMEOUT_MS = 5_000
/** While there is nobody to tell. */
const RETRY_MS = 5_000
/** Records that wait to be told; a letter beyond is found by those who know the mailbox. */
const MAX_WAITING = 1_024
const FOUND_PER_LETTER = 8

export interface LetterRecordsComponents {
  readonly routing: ContentRouting
  /** How many peers there are that the DHT could store records with. */
  readonly peerCount: () => number
  readonly logger: Logger
}

/**
 * Tells in the DHT which tasks' results this node keeps letters of, and finds who does. Best effort, one at a time: a walk
 * through the DHT costs more than a letter.
 */
export class LetterRecords {
  readonly #components: LetterRecordsComponents
  readonly #networkName: string
  readonly #waiting = new Set<string>()
  readonly #stopping = new AbortController()
  #telling: Promise<void> | undefined

  constructor(components: LetterRecordsComponents, networkName: string) {
    this.#components = components
    this.#networkName = networkName
  }

  announce(taskId: string): void {
    if (this.#stopping.signal.aborted || this.#waiting.size >= MAX_WAITING) return
    this.#waiting.add(taskId)
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined
    })
  }

  withdraw(taskId: string): void {
    if (this.#waiting.delete(taskId)) return
    this.#components.routing
      .cancelReprovide(this.#key(taskId))
      .catch((error: unknown) => this.#components.logger.debug('Could not withdraw a letter', { error }))
  }

  /** Nodes that say they keep a letter of this task. Empty where the DHT is off, or knows none in time. */
  async find(taskId: string, signal: AbortSignal): Promise<readonly PeerTarget[]> {
    const bound = AbortSignal.any([signal, this.#stopping.signal, AbortSignal.timeout(FIND_TIMEOUT_MS)])
    const found: PeerTarget[] = []
    if (this.#components.peerCount() === 0) return found
    try {
      for await (const { id, multiaddrs } of this.#components.routing.findProviders(this.#key(taskId), {
        signal: bound,
      })) {
        found.push({
          peerId: id.toString(),
          addresses: multiaddrs.slice(0, ADDRESSES_PER_PEER).map(String),
        })
        if (found.length >= FOUND_PER_LETTER) break
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!bound.aborted) this.#components.logger.debug('Found no mailbox of a task', { taskId, error })
    }
    return found
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#waiting.clear()
    await this.#telling
  }

  async #tell(): Promise<void> {
    const { routing, peerCount, logger } = this.#components
    const stopped = this.#stopping.signal
    while (!stopped.aborted) {
      const [taskId] = this.#waiting
      if (taskId === undefined) return
      if (peerCount() === 0) {
        await pause(RETRY_MS, stopped)
        continue
      }
      this.#waiting.delete(taskId)
      try {
        const signal = AbortSignal.any([stopped, AbortSignal.timeout(PROVIDE_TIMEOUT_MS)])
        await routing.provide(this.#key(taskId), { signal })
      } catch (error) {
        if (!stopped.aborted) logger.debug('Could not announce a letter', { taskId, error })
      }
    }
  }

  /** The task's id does not show in the DHT. */
  #key(taskId: string): CID {
    const digest = createHash('sha256').update(`driad/1/${this.#networkName}/letter/${taskId}`).digest()
    return CID.createV1(RAW_CODEC, createDigest(SHA2_256, digest))
  }
}
