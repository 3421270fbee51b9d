import { createHash } from 'node:crypto'
import type { ContentRouting, PeerId, PeerInfo } from '@libp2p/interface'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import type { Logger } from '../logs/contract.ts'

const RAW_CODEC = 0x55
const SHA2_256 = 0x12

const PROVIDE_TIMEOUT_MS = 20_000
const FIND_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 5_000
/** Records live for two days in the DHT; peers that join find only what was announced to them or their neighbours. */
const ANNOUNCE_INTERVAL_MS = 30 * 60_000
/** While there is nobody to tell. */
const RETRY_MS = 5_000
/** A model that was just added or removed is often not the only one. */
const SETTLE_MS = 250
const PROVIDERS_PER_MODEL = 16

/** The DHT key under which the providers of a model are. */
export function modelKey(networkName: string, model: string): CID {
  const digest = createHash('sha256').update(`driad/1/${networkName}/model/${model}`).digest()
  return CID.createV1(RAW_CODEC, createDigest(SHA2_256, digest))
}

export interface ModelProvidersComponents {
  readonly routing: ContentRouting
  /** How many peers there are that the DHT could store records with. */
  readonly peerCount: () => number
  readonly connect: (peer: PeerInfo, signal: AbortSignal) => Promise<void>
  readonly isConnected: (peer: PeerId) => boolean
  readonly logger: Logger
}

/** Announces in the DHT which models this node serves, and finds those that serve a model. All of it best effort. */
export class ModelProviders {
  readonly #components: ModelProvidersComponents
  readonly #networkName: string
  readonly #stopping = new AbortController()
  #models: ReadonlySet<string> = new Set()
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined
  #started = false

  constructor(components: ModelProvidersComponents, networkName: string) {
    this.#components = components
    this.#networkName = networkName
  }

  start(): void {
    this.#started = true
    this.#schedule(SETTLE_MS)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#round
  }

  announce(models: readonly string[]): void {
    const next = new Set(models)
    // It is told again and again, as models get busy and idle.
    if (next.size === this.#models.size && models.every((model) => this.#models.has(model))) return
    for (const model of this.#models) {
      if (!next.has(model)) void this.#withdraw(model)
    }
    this.#models = next
    if (this.#started) this.#schedule(SETTLE_MS)
  }

  /** To be called when others would have to reach this node elsewhere: records carry addresses. */
  addressesChanged(): void {
    if (this.#started) this.#schedule(SETTLE_MS)
  }

  /** Connects to peers that serve any of the models. Resolves with how many of them are connected. */
  async connect(models: readonly string[], signal: AbortSignal): Promise<number> {
    const bound = AbortSignal.any([signal, this.#stopping.signal, AbortSignal.timeout(FIND_TIMEOUT_MS)])
    const attempts = new Map<string, Promise<boolean>>()
    await Promise.all(models.map((model) => this.#findAndConnect(model, attempts, bound)))
    const results = await Promise.all(attempts.values())
    signal.throwIfAborted()
    return results.filter(Boolean).length
  }

  async #findAndConnect(
    model: string,
    attempts: Map<string, Promise<boolean>>,
    signal: AbortSignal,
  ): Promise<void> {
    let found = 0
    try {
      for await (const peer of this.#components.routing.findProviders(modelKey(this.#networkName, model), {
        signal,
      })) {
        const id = peer.id.toString()
        if (!attempts.has(id)) attempts.set(id, this.#connectTo(peer, signal))
        if (++found >= PROVIDERS_PER_MODEL) return
      }
    } catch (error) {
      if (!signal.aborted)
        this.#components.logger.debug('Found no providers', { model, error: String(error) })
    }
  }

  async #connectTo(peer: PeerInfo, signal: AbortSignal): Promise<boolean> {
    if (this.#components.isConnected(peer.id)) return true
    try {
      await this.#components.connect(peer, AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]))
      return true
    } catch {
      return false
    }
  }

  #schedule(delayMs: number): void {
    if (this.#stopping.signal.aborted || this.#models.size === 0) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#round = this.#announceAll()
    }, delayMs)
    this.#timer.unref()
  }

  async #announceAll(): Promise<void> {
    const { routing, peerCount, logger } = this.#components
    let told = peerCount() > 0
    for (const model of told ? this.#models : []) {
      const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(PROVIDE_TIMEOUT_MS)])
      try {
        await routing.provide(modelKey(this.#networkName, model), { signal })
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        told = false
        logger.debug('Could not announce a model', { model, error: String(error) })
      }
    }
    this.#schedule(told ? ANNOUNCE_INTERVAL_MS : RETRY_MS)
  }

  async #withdraw(model: string): Promise<void> {
    try {
      await this.#components.routing.cancelReprovide(modelKey(this.#networkName, model))
    } catch (error) {
      this.#components.logger.debug('Could not withdraw a model', { model, error: String(error) })
    }
  }
}
