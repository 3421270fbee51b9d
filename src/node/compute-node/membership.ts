import { DriadError } from '../../protocol/errors.ts'
import type { ReachabilityView } from '../../protocol/network-views.ts'
import type { NodePhase } from '../../protocol/views.ts'
import type { Logger } from '../logs/contract.ts'
import type { NetworkView } from '../network/contract.ts'
import { describeNode, goOnline, type OnlineServices } from '../online-services.ts'
import type { ComputeNodeConfig } from './config.ts'
import type { NodeParts } from './parts.ts'

export interface MembershipComponents {
  readonly config: ComputeNodeConfig
  readonly parts: NodeParts
  readonly logger: Logger
  /** The phase is another one now. */
  readonly onPhase: () => void
  /** Called at each join. */
  readonly onJoined: (online: OnlineServices) => void
}

/** Being on the network or not, and the way in between; both may be gone any number of times. */
export class Membership {
  readonly #components: MembershipComponents
  #online: OnlineServices | undefined
  #transition: Promise<void> | undefined
  #phase: 'offline' | 'joining' | 'online' | 'leaving' = 'offline'
  #failure: DriadError | undefined
  #sinceMs: number | undefined
  #closed = false

  constructor(components: MembershipComponents) {
    this.#components = components
  }

  /** What there is only while the node is on the network. */
  get online(): OnlineServices | undefined {
    return this.#online
  }

  get isOnline(): boolean {
    return this.#phase === 'online'
  }

  /** Of the last join, while it has not been made up for. */
  get failure(): DriadError | undefined {
    return this.#failure
  }

  get onlineSinceMs(): number | undefined {
    return this.#sinceMs
  }

  /** As people are told. */
  get phase(): NodePhase {
    if (this.#phase === 'offline' && this.#failure !== undefined) return 'failed'
    if (this.#phase === 'online' && this.#components.parts.tasks.paused) return 'paused'
    return this.#phase
  }

  get networkName(): string {
    const { config, parts } = this.#components
    return config.overrides?.network ?? parts.settings.get().network
  }

  get networkKeyFile(): string {
    const { config, parts } = this.#components
    return config.overrides?.networkKeyFile ?? parts.settings.get().networkKeyFile
  }

  addresses(): readonly string[] {
    return this.#online?.host.addresses() ?? []
  }

  /** From where others reach this node. Undefined while it is off the network. */
  reachability(): ReachabilityView | undefined {
    return this.#online?.host.reachability()
  }

  /** What can be seen of the network. Undefined while this node is off it. */
  figures(): NetworkView | undefined {
    return this.#online?.host.figures
  }

  /** What this node tells of itself, signed. */
  describe() {
    return describeNode(this.#onlineParts(), this.networkName)
  }

  /** Goes on the network; returns at once where it is there already. Throws `port_in_use`, `bad_setting`, `stopping`. */
  async join(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#transition?.catch(() => undefined)
    options.signal?.throwIfAborted()
    if (this.#closed) throw new DriadError('stopping', 'Driad is being closed')
    if (this.#phase !== 'online') await this.#enter(this.#join())
  }

  /** Leaves the network: running tasks end first, for at most `drainMs`; what is left is taken up at the next join. */
  async leave(options: { drainMs?: number } = {}): Promise<void> {
    await this.#transition?.catch(() => undefined)
    if (this.#phase === 'online') await this.#enter(this.#leave(options))
  }

  /** Leaves for good. */
  close(options: { drainMs?: number }): Promise<void> {
    this.#closed = true
    return this.leave(options)
  }

  async #enter(transition: Promise<void>): Promise<void> {
    this.#transition = transition
    try {
      await transition
    } finally {
      if (this.#transition === transition) this.#transition = undefined
      this.#components.onPhase()
    }
  }

  async #join(): Promise<void> {
    const { config, parts, logger, onJoined } = this.#components
    const { overrides = {}, folder } = config
    const settings = parts.settings.get()
    this.#setPhase('joining')
    try {
      this.#online = await goOnline(this.#onlineParts(), {
        network: this.networkName,
        listen: overrides.listen ?? settings.listen,
        bootstrap: overrides.bootstrap ?? settings.bootstrap,
        mdns: overrides.mdns ?? true,
        dht: true,
        verification: { rate: settings.verifyShare, onNodes: settings.verifyOnNodes },
        relay: config.bootstrapOnly === true || (overrides.relay ?? settings.relay),
        announce: overrides.announce ?? settings.announce,
        upnp: overrides.upnp ?? settings.upnp,
        networkKeyFile: this.networkKeyFile,
        runningNodePath: folder.runningNodePath,
        reachabilityPath: folder.reachabilityPath,
        keptPortsPath: folder.keptPortsPath,
      })
    } catch (cause) {
      this.#failure = DriadError.from(cause)
      this.#setPhase('offline')
      throw this.#failure
    }
    this.#failure = undefined
    this.#sinceMs = Date.now()
    this.#setPhase('online')
    onJoined(this.#online)
    logger.info('Joined the network', { network: this.networkName, addresses: this.addresses() })
  }

  async #leave(options: { drainMs?: number }): Promise<void> {
    this.#setPhase('leaving')
    try {
      await this.#online?.close(options)
    } finally {
      this.#online = undefined
      this.#sinceMs = undefined
      this.#setPhase('offline')
      this.#components.logger.info('Left the network')
    }
  }

  #onlineParts() {
    const { parts, logger } = this.#components
    return { ...parts, ...parts.announced, logger }
  }

  #setPhase(phase: 'offline' | 'joining' | 'online' | 'leaving'): void {
    this.#phase = phase
    this.#components.onPhase()
  }
}
