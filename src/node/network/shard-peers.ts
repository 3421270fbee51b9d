import type { Logger } from '../logs/contract.ts'
import type { ModelProviders } from './model-providers.ts'
import type { Shard } from './shards.ts'

export interface ShardPeersComponents {
  readonly providers: Pick<ModelProviders, 'announce' | 'connect'>
  /** Connected peers that listen on the topic of the shard. */
  readonly listenersOf: (shard: Shard) => number
  readonly logger: Logger
}

/** With fewer neighbours on its topic a node may not hear all of it: gossip keeps four to twelve in a mesh. */
const WANTED_NEIGHBOURS = 4
/** Who comes later looks for us, so we look less and less often. */
const FIRST_LOOK_AGAIN_MS = 30_000
const MAX_LOOK_AGAIN_MS = 15 * 60_000
const CONNECT_TIMEOUT_MS = 15_000

/**
 * Keeps a node connected to others of its shards. Peers that it has by chance are hardly ever of the same shard once there
 * are many, so each says in the DHT where it is, under a name beside that of the model.
 */
export class ShardPeers {
  readonly #components: ShardPeersComponents
  readonly #stopping = new AbortController()
  #models: readonly string[] = []
  #shards: readonly Shard[] = []
  #timer: NodeJS.Timeout | undefined
  #lookAgainMs = FIRST_LOOK_AGAIN_MS
  #looking: Promise<void> | undefined

  constructor(components: ShardPeersComponents) {
    this.#components = components
  }

  start(): void {
    this.#lookLater()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#looking
  }

  announceModels(models: readonly string[]): void {
    this.#models = models
    this.#announce()
  }

  enter(shards: readonly Shard[]): void {
    const isSame = shards.map(nameOf).join() === this.#shards.map(nameOf).join()
    this.#shards = shards
    if (isSame) return
    this.#announce()
    this.#lookAgainMs = FIRST_LOOK_AGAIN_MS
    this.#look()
    this.#lookLater()
  }

  #lookLater(): void {
    clearTimeout(this.#timer)
    if (this.#stopping.signal.aborted) return
    this.#timer = setTimeout(() => {
      const isLonely = this.#look()
      this.#lookAgainMs = isLonely ? Math.min(MAX_LOOK_AGAIN_MS, this.#lookAgainMs * 2) : FIRST_LOOK_AGAIN_MS
      this.#lookLater()
    }, this.#lookAgainMs)
    this.#timer.unref()
  }

  #announce(): void {
    const served = this.#shards.filter(({ model }) => this.#models.includes(model))
    this.#components.providers.announce([...this.#models, ...served.map(nameOf)])
  }

  /** Returns whether there are too few others. */
  #look(): boolean {
    const { providers, listenersOf, logger } = this.#components
    const lonely = this.#shards.filter((shard) => listenersOf(shard) < WANTED_NEIGHBOURS).map(nameOf)
    if (lonely.length === 0) return false
    if (this.#looking !== undefined || this.#stopping.signal.aborted) return true
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)])
    this.#looking = providers
      .connect(lonely, signal)
      .then(
        () => undefined,
        (error: unknown) => logger.debug('Looking for neighbours in a shard failed', { error }),
      )
      .finally(() => {
        this.#looking = undefined
      })
    return true
  }
}

/** No model has such a name, so it is a key of its own in the DHT. */
function nameOf({ model, level, index }: Shard): string {
  return `${model}#${level}.${index}`
}
