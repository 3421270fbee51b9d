import { DriadError } from '../../../protocol/errors.ts'
import type { ModelTokenView } from '../../../protocol/pull-views.ts'
import type { DownloadToken } from '../../downloads/contract.ts'
import { DEFAULT_MODEL_ENDPOINT } from '../../settings/schema.ts'
import type { Secrets } from '../../settings/secrets.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Endpoints } from './pull-request.ts'

const SECRET = 'models:token'
const MAX_CHARS = 512

export type Environment = Readonly<Record<string, string | undefined>>

/** Where models come from: the settings', else what Hugging Face's own tools heed, else Hugging Face. */
export function endpointsOf(settings: Pick<Settings, 'get'>, environment: Environment): Endpoints {
  const { modelEndpoint, modelMirrors } = settings.get()
  const named = environment['HF_ENDPOINT']
  const own = modelEndpoint === DEFAULT_MODEL_ENDPOINT && named !== undefined && /^https?:\/\//.test(named)
  return { endpoint: own ? named : modelEndpoint, mirrors: modelMirrors }
}

/** The token for gated models: the environment's (HF_TOKEN), else the one that is sealed in the data folder. */
export class ModelToken {
  readonly #settings: Pick<Settings, 'get'>
  readonly #secrets: Secrets
  readonly #environment: Environment

  constructor(components: {
    readonly settings: Pick<Settings, 'get'>
    readonly secrets: Secrets
    readonly environment: Environment
  }) {
    this.#settings = components.settings
    this.#secrets = components.secrets
    this.#environment = components.environment
  }

  get(): DownloadToken | undefined {
    const text = this.#fromEnvironment() ?? this.#secrets.get(SECRET)
    return text === undefined ? undefined : { origin: this.#origin(), text }
  }

  view(): ModelTokenView {
    const origin = this.#origin()
    if (this.#fromEnvironment() !== undefined) return { from: 'environment', origin }
    return { from: this.#secrets.has(SECRET) ? 'settings' : 'none', origin }
  }

  /** Null forgets it. Throws `bad_setting`. */
  async set(text: string | null): Promise<void> {
    if (text === null) return this.#secrets.remove(SECRET)
    if (!/^[\x21-\x7e]+$/.test(text) || text.length > MAX_CHARS)
      throw new DriadError('bad_setting', 'A token has letters, digits and signs only, and no spaces')
    await this.#secrets.set(SECRET, text)
  }

  #fromEnvironment(): string | undefined {
    const text = this.#environment['HF_TOKEN']?.trim()
    return text === undefined || !/^[\x21-\x7e]+$/.test(text) ? undefined : text
  }

  #origin(): string {
    return new URL(endpointsOf(this.#settings, this.#environment).endpoint).origin
  }
}
