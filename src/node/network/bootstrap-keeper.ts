import type { Multiaddr } from '@multiformats/multiaddr'
import type { Logger } from '../logs/contract.ts'
import { peerIdOf } from './addresses.ts'

const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 30_000
/** A connection that ends sooner was refused (another network, too many peers): the delay goes on growing. */
const GOOD_CONNECTION_MS = 10_000
/** How often to look whether a connection is still there, should the event of its end be missed. */
const CHECK_MS = 30_000
const DIAL_TIMEOUT_MS = 10_000

export interface BootstrapKeeperComponents {
  /** Connects and returns the peer's id. */
  readonly dial: (address: Multiaddr, signal: AbortSignal) => Promise<string>
  readonly isConnected: (peerId: string) => boolean
  readonly logger: Logger
}

/**
 * Keeps connections to the bootstrap peers for as long as it runs, with a delay that grows from half a second to
 * half a minute: a node that starts before its bootstrap peer, or outlives it, finds it again. (libp2p's own bootstrap
 * module dials once.)
 */
export class BootstrapKeeper {
  readonly #components: BootstrapKeeperComponents
  readonly #addresses: readonly Multiaddr[]
  readonly #stopping = new AbortController()
  /** Ends the pauses of those who wait, by the peer that they wait for; `undefined` is not yet known. */
  readonly #waiting = new Map<object, { readonly peerId: string | undefined; readonly wake: () => void }>()
  #loops: Promise<void>[] = []

  constructor(components: BootstrapKeeperComponents, addresses: readonly Multiaddr[]) {
    this.#components = components
    this.#addresses = addresses
  }

  start(): void {
    this.#loops = this.#addresses.map((address) => this.#keep(address))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const { wake } of this.#waiting.values()) wake()
    await Promise.all(this.#loops)
  }

  /** To be called when a peer is gone: if it is a bootstrap peer, it is dialled again soon. */
  disconnected(peerId: string): void {
    for (const waiting of this.#waiting.values()) if (waiting.peerId === peerId) waiting.wake()
  }

  async #keep(address: Multiaddr): Promise<void> {
    const { dial, isConnected, logger } = this.#components
    const { signal } = this.#stopping
    let peerId = peerIdOf(address)
    let delayMs = FIRST_DELAY_MS
    let failures = 0
    let lost = 0
    while (!signal.aborted) {
      if (peerId === undefined || !isConnected(peerId)) {
        try {
          peerId = await dial(address, AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]))
          if (failures > 0) logger.info('Reached a bootstrap peer', { address: String(address), failures })
          failures = 0
        } catch (error) {
          if (signal.aborted) return
          if (isPowerOfTwo(++failures)) {
            logger.warn('Cannot reach a bootstrap peer; trying again', {
              address: String(address),
              error: error instanceof Error ? error.message : String(error),
              failures,
            })
          }
          await this.#pause(jittered(delayMs), undefined)
          delayMs = Math.min(MAX_DELAY_MS, delayMs * 2)
          continue
        }
      }
      const connectedAtMs = Date.now()
      while (!signal.aborted && isConnected(peerId)) await this.#pause(CHECK_MS, peerId)
      if (signal.aborted) return
      if (Date.now() - connectedAtMs >= GOOD_CONNECTION_MS) {
        delayMs = FIRST_DELAY_MS
        lost = 0
      } else if (isPowerOfTwo(++lost)) {
        logger.warn('A bootstrap peer does not keep the connection; is it of this network?', {
          address: String(address),
          times: lost,
        })
      }
      await this.#pause(jittered(delayMs), undefined)
      delayMs = Math.min(MAX_DELAY_MS, delayMs * 2)
    }
  }

  async #pause(ms: number, peerId: string | undefined): Promise<void> {
    if (this.#stopping.signal.aborted) return
    const key = {}
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#waiting.set(key, {
        peerId,
        wake: () => {
          clearTimeout(timer)
          resolve()
        },
      })
    })
    this.#waiting.delete(key)
  }
}

/** Logs the first time, the second, the fourth and so on: this can go on for days. */
function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0
}

/** 50 to 100 % of the delay, so that many nodes do not come back at the same moment. */
function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2)
}
