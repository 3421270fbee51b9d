import { hasPatterns, type ResolvedModels, resolveModels } from '../../protocol/catalogue/resolve-models.ts'
import type { Catalogue } from '../../protocol/catalogue/schema.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { Logger } from '../logs/contract.ts'
import { BoundedMap } from '../network/bounded-map.ts'
import type { NetworkHost } from '../network/contract.ts'

/** Sets remembered: a program has a few, and asks for them with each task. */
const REMEMBERED_SETS = 256
/**
 * For so long a set means the same, so that the tasks of a run share an offer; then who serves what may have changed.
 */
const REMEMBERED_MS = 5 * 60_000

export interface ModelSetsComponents {
  readonly catalogue: () => Catalogue
  readonly network: Pick<NetworkHost, 'isServed' | 'onPeersChanged'>
  readonly logger: Logger
}

interface Remembered {
  readonly of: Catalogue
  readonly at: number
  readonly resolved: ResolvedModels
}

/** What tasks' sets of models mean here and now. */
export class ModelSets {
  readonly #components: ModelSetsComponents
  readonly #waitMs: number
  readonly #remembered = new BoundedMap<string, Remembered>(REMEMBERED_SETS)

  /** `waitMs`: how long a set that is larger than an offer waits for the first word of who serves any of it. */
  constructor(components: ModelSetsComponents, { waitMs }: { waitMs: number }) {
    this.#components = components
    this.#waitMs = waitMs
  }

  /**
   * Resolves when the set can be cut to an offer's size with sense: a process that has just come knows nobody yet, and would
   * leave out the very models that its neighbours serve. At once for all other sets, also for those that are wrong.
   */
  async ready(models: unknown): Promise<void> {
    if (!isTexts(models) || !hasPatterns(models) || this.#recall(models) !== undefined) return
    const { network } = this.#components
    const isClear = () => {
      const { names, matched } = this.#resolve(models)
      return matched <= names.length || names.some((name) => network.isServed(name))
    }
    try {
      if (!isClear()) await this.#changed(isClear)
    } catch (error) {
      // What is wrong with the set is said where the whole task is checked.
      if (!(error instanceof DriadError)) throw error
    }
  }

  /** Throws `bad_offer` for a group or wildcard that means nothing. */
  resolve(patterns: readonly string[]): readonly string[] {
    const known = this.#recall(patterns)
    if (known !== undefined) return known.names
    const resolved = this.#resolve(patterns)
    const { names, matched } = resolved
    if (hasPatterns(patterns)) {
      this.#remembered.set(keyOf(patterns), {
        of: this.#components.catalogue(),
        at: performance.now(),
        resolved,
      })
    }
    if (matched > names.length) {
      this.#components.logger.warn(
        `${patterns.join(', ')} means ${matched} models; an offer holds ${names.length}, and goes to ${names.join(', ')}`,
      )
    }
    return names
  }

  #resolve(patterns: readonly string[]): ResolvedModels {
    const { catalogue, network } = this.#components
    return resolveModels(catalogue(), patterns, { isServed: (name) => network.isServed(name) })
  }

  #recall(patterns: readonly string[]): ResolvedModels | undefined {
    const known = this.#remembered.get(keyOf(patterns))
    const isGood =
      known?.of === this.#components.catalogue() && performance.now() - (known?.at ?? 0) < REMEMBERED_MS
    return isGood ? known?.resolved : undefined
  }

  /** Resolves when it is so, or the time is over. */
  #changed(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        unsubscribe()
        clearTimeout(timer)
        resolve()
      }
      const unsubscribe = this.#components.network.onPeersChanged(() => {
        if (isSo()) end()
      })
      const timer = setTimeout(end, this.#waitMs)
    })
  }
}

function keyOf(patterns: readonly string[]): string {
  return patterns.join('\n')
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
