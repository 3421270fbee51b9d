import { DriadError } from '../../protocol/errors.ts'
import type { LoadedModel } from '../inference/contract.ts'
import type { InferenceSupervisor } from '../inference/supervisor.ts'
import type { Logger } from '../logs/contract.ts'
import type { ModelEntry } from './model-entry.ts'
import type { ModelRows } from './model-rows.ts'
import { weightsDigest } from './weights-digest.ts'

export interface ModelDigestsComponents {
  readonly engine: Pick<InferenceSupervisor, 'model'>
  readonly rows: ModelRows
  readonly logger: Logger
}

export interface ModelDigestsInit {
  readonly signal: AbortSignal
  /** An entry has its digest, or an error in its place. */
  readonly onDigest: (entry: ModelEntry, loaded: LoadedModel | undefined) => void
}

/** Sees to it that each model has the digest of the file that is loaded, or would be. */
export class ModelDigests {
  readonly #components: ModelDigestsComponents
  readonly #init: ModelDigestsInit

  constructor(components: ModelDigestsComponents, init: ModelDigestsInit) {
    this.#components = components
    this.#init = init
  }

  /** Resolves when there is a digest of what is loaded now, or of the file, or an error in its place. */
  async of(entry: ModelEntry): Promise<void> {
    const loaded = this.#loaded(entry)
    if (entry.digesting === undefined || entry.digesting.of !== loaded) {
      // A load of the same file that merely goes on with other threads keeps its digest meanwhile.
      if (loaded !== undefined && !sameLoad(entry.digesting?.of, loaded)) entry.digest = undefined
      entry.digesting = { of: loaded, done: this.#digest(entry, loaded) }
    }
    await entry.digesting.done
  }

  /** Whether it is loaded, and its digest is neither there nor on its way. */
  missing(entry: ModelEntry): boolean {
    const loaded = this.#loaded(entry)
    return loaded !== undefined && entry.digesting?.of !== loaded
  }

  async #digest(entry: ModelEntry, loaded: LoadedModel | undefined): Promise<void> {
    const { rows, logger } = this.#components
    const { signal } = this.#init
    try {
      entry.digest = await weightsDigest(entry.path, rows, { signal })
    } catch (error) {
      if (signal.aborted) return
      entry.error = DriadError.from(error)
      logger.warn(`The model ${entry.name} has no digest: ${entry.error.message}`)
    }
    this.#init.onDigest(entry, loaded)
  }

  #loaded({ name }: ModelEntry): LoadedModel | undefined {
    const supervised = this.#components.engine.model(name)
    return supervised?.state === 'ready' ? supervised.loaded : undefined
  }
}

function sameLoad(before: LoadedModel | undefined, now: LoadedModel): boolean {
  return before?.path === now.path && before.loadMs === now.loadMs
}
