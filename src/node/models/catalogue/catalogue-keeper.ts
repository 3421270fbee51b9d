import { setTimeout as sleep } from 'node:timers/promises'
import { CATALOGUE_BYTES } from '../../../protocol/catalogue/limits.ts'
import { parseCatalogue } from '../../../protocol/catalogue/parse.ts'
import type { Catalogue } from '../../../protocol/catalogue/schema.ts'
import type { CatalogueStatusView } from '../../../protocol/catalogue-views.ts'
import { DriadError } from '../../../protocol/errors.ts'
import type { HttpRoute } from '../../http/contract.ts'
import type { Logger } from '../../logs/contract.ts'
import type { SettingValues } from '../../settings/schema.ts'
import { fetchSigned } from '../../signed/fetch-signed.ts'
import { keepSigned } from '../../signed/kept-signed.ts'
import { isNewer, keysWith, type ReadCatalogue, readCatalogue } from './read-catalogue.ts'
import { checkSignature } from './signature.ts'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
/** Not all nodes of the world at the same minute: a refresh comes up to so much later. */
const JITTER = 0.1
/** A catalogue from further ahead than clocks go wrong would keep out all that come after it. */
const MAX_AHEAD_MS = DAY_MS

/** Those of the settings that concern it. */
export interface CatalogueSettings {
  get(): CatalogueSettingValues
  onChange(listener: (values: CatalogueSettingValues) => void): () => void
}

type CatalogueSettingValues = Pick<SettingValues, 'catalogueUrl' | 'catalogueKey'>

export interface CatalogueComponents {
  readonly settings: CatalogueSettings
  readonly logger: Logger
  /** How an address is reached, as through a proxy. Directly where absent. */
  readonly route?: HttpRoute | undefined
}

export interface CatalogueInit {
  readonly builtInPath: string | undefined
  /** The file of the data folder in which a fetched one is kept. */
  readonly keptPath: string
  readonly now?: () => number
}

/** Which catalogue counts, and its refreshes. */
export interface CatalogueKeeper {
  current(): Catalogue
  status(): CatalogueStatusView
  /** Told of another catalogue, and of refreshes that begin and end. */
  onChange(listener: () => void): () => void
  /** Refreshes now and every day, where an address is set. */
  start(): void
  /**
   * Fetches the catalogue now; true where it is another one than before. Throws `bad_setting` where no address is set,
   * `download_failed`, `too_large`, `bad_signature`, `catalogue_invalid`; the old one goes on then.
   */
  refresh(options?: { signal?: AbortSignal | undefined }): Promise<boolean>
  stop(): Promise<void>
}

/** Opens the newest catalogue that there is on this computer. Fetches nothing before `start` or `refresh`. */
export function openCatalogue(components: CatalogueComponents, init: CatalogueInit): CatalogueKeeper {
  return new Keeper(components, init)
}

class Keeper implements CatalogueKeeper {
  readonly #components: CatalogueComponents
  readonly #init: CatalogueInit
  readonly #logger: Logger
  readonly #listeners = new Set<() => void>()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: () => void
  #read: ReadCatalogue
  #refreshing: Promise<boolean> | undefined
  #daily: Promise<void> | undefined
  #wake = new AbortController()
  #checkedAtMs: number | undefined
  #error: DriadError | undefined

  constructor(components: CatalogueComponents, init: CatalogueInit) {
    this.#components = components
    this.#init = init
    this.#logger = components.logger
    this.#read = this.#readAgain()
    let { catalogueUrl, catalogueKey } = components.settings.get()
    this.#unsubscribe = components.settings.onChange((settings) => {
      if (settings.catalogueUrl === catalogueUrl && settings.catalogueKey === catalogueKey) return
      ;({ catalogueUrl, catalogueKey } = settings)
      // Without its key, the fetched one counts no more; with another key it may.
      this.#read = this.#readAgain()
      this.#error = undefined
      this.#changed()
      this.#wake.abort()
    })
  }

  current(): Catalogue {
    return this.#read.catalogue
  }

  status(): CatalogueStatusView {
    const { catalogue, origin } = this.#read
    const { catalogueUrl } = this.#components.settings.get()
    return {
      origin,
      issuedAt: catalogue.issuedAt,
      models: catalogue.models.length,
      ...(catalogueUrl !== '' && { url: catalogueUrl }),
      refreshing: this.#refreshing !== undefined,
      ...(this.#checkedAtMs !== undefined && { checkedAtMs: this.#checkedAtMs }),
      ...(this.#error !== undefined && { error: { code: this.#error.code, message: this.#error.message } }),
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  start(): void {
    this.#daily ??= this.#refreshDaily()
  }

  async refresh({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<boolean> {
    signal?.throwIfAborted()
    this.#stopping.signal.throwIfAborted()
    this.#refreshing ??= this.#refreshOnce().finally(() => {
      this.#refreshing = undefined
      this.#changed()
    })
    if (signal === undefined) return this.#refreshing
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    return Promise.race([this.#refreshing, aborted])
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#listeners.clear()
    this.#stopping.abort(new DriadError('stopping', 'The node is shutting down'))
    this.#wake.abort()
    await this.#refreshing?.catch(() => undefined)
    await this.#daily
  }

  async #refreshDaily(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#wake = new AbortController()
      const { signal } = this.#wake
      let waitMs = DAY_MS
      if (this.#components.settings.get().catalogueUrl !== '') {
        await this.refresh().catch((error: unknown) => {
          if (this.#stopping.signal.aborted) return
          waitMs = HOUR_MS
          this.#logger.warn('The catalogue of models was not refreshed', { error })
        })
      }
      const jitteredMs = waitMs * (1 + JITTER * Math.random())
      await sleep(jitteredMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #refreshOnce(): Promise<boolean> {
    const { settings, route } = this.#components
    const { catalogueUrl, catalogueKey } = settings.get()
    if (catalogueUrl === '') {
      throw new DriadError(
        'bad_setting',
        'There is no address to fetch a catalogue of models from: set catalogueUrl, and catalogueKey with it',
      )
    }
    this.#changed()
    try {
      const fetched = await fetchSigned(catalogueUrl, {
        what: 'The catalogue of models',
        maxBytes: CATALOGUE_BYTES,
        signal: this.#stopping.signal,
        route,
        known: this.#read.signature,
      })
      if (fetched !== undefined) {
        checkSignature(fetched.bytes, fetched.signature, keysWith(catalogueKey))
        const catalogue = parseCatalogue(fetched.bytes.toString('utf8'))
        this.#refuseTimes(catalogue)
        if (catalogue.issuedAt !== this.current().issuedAt) {
          keepSigned(this.#init.keptPath, fetched)
          this.#read = { catalogue, origin: 'fetched', signature: fetched.signature }
          this.#logger.info('Another catalogue of models counts now', {
            issuedAt: catalogue.issuedAt,
            models: catalogue.models.length,
          })
          this.#succeeded()
          return true
        }
      }
      this.#succeeded()
      return false
    } catch (error) {
      this.#stopping.signal.throwIfAborted()
      this.#error = DriadError.from(error)
      throw this.#error
    }
  }

  /** An older one, however well signed, may bring back what was taken out for a reason. */
  #refuseTimes(catalogue: Catalogue): void {
    if (isNewer(this.current(), catalogue)) {
      throw new DriadError(
        'catalogue_invalid',
        `The catalogue of models there is of ${catalogue.issuedAt}, older than the one here (${this.current().issuedAt})`,
      )
    }
    if (Date.parse(catalogue.issuedAt) > this.#now() + MAX_AHEAD_MS) {
      throw new DriadError(
        'catalogue_invalid',
        `The catalogue of models there is of ${catalogue.issuedAt}, which is yet to come. Check this computer's clock`,
      )
    }
  }

  #readAgain(): ReadCatalogue {
    return readCatalogue({
      ...this.#init,
      catalogueKey: this.#components.settings.get().catalogueKey,
      logger: this.#logger,
    })
  }

  #succeeded(): void {
    this.#error = undefined
    this.#checkedAtMs = this.#now()
  }

  #now(): number {
    return this.#init.now?.() ?? Date.now()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
