import type { ModelTokenView, PullView } from '../../../protocol/pull-views.ts'
import type { DownloadLimits } from '../../downloads/contract.ts'
import type { HttpRoute } from '../../http/contract.ts'
import type { Logger } from '../../logs/contract.ts'
import type { Secrets } from '../../settings/secrets.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Store } from '../../store/contract.ts'
import type { Environment } from './model-token.ts'
import type { PullableVariant, PullRequest } from './pull-request.ts'

/** A model that has come. */
export interface ArrivedModel {
  readonly name: string
  readonly path: string
  /** Whether it ought to be loaded now and at each start. */
  readonly load: boolean
}

export interface PullsComponents {
  readonly store: Store
  readonly settings: Pick<Settings, 'get' | 'onChange'>
  readonly secrets: Secrets
  readonly route: HttpRoute
  readonly logger: Logger
  /** Makes it one of the node's models. What it throws fails the download, whose files stay. */
  readonly onModel: (model: ArrivedModel) => Promise<void>
  /** Of the catalogue, by a name or another name for it. */
  readonly findVariant?: (name: string) => PullableVariant | undefined
}

export interface PullsInit {
  readonly modelsFolder: string
  /**
   * `all` goes on with whatever is in the queue, as a node does; `own` only with what was added here, and gives up where `all`
   * would try again later, as a command does.
   */
  readonly take: 'all' | 'own'
  readonly limits?: Partial<DownloadLimits>
  /** How often the table is looked at for what other processes did. */
  readonly scanMs?: number
  /** Waits after failures that may pass, one after the other; the last one again and again. */
  readonly retryDelaysMs?: readonly number[]
  readonly environment?: Environment
  readonly now?: () => number
}

export interface AddPull {
  /** What the model is to be called. */
  readonly name?: string | undefined
  /** In hex, of a model in one file. */
  readonly sha256?: string | undefined
  /** Whether it is loaded once it is there; yes where absent. */
  readonly load?: boolean | undefined
  /** The model of that name is gone or damaged: what comes takes its place, with its price and settings. */
  readonly replaces?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** The models that are being fetched. What is in it survives the process, `kill -9` included. */
export interface Pulls {
  /** Goes on with what was left, and from now on follows what other processes add. */
  start(): void
  /** Leaves what runs where it is, for the next start. Twice is safe. */
  stop(): Promise<void>
  /** In the order in which they were added. */
  list(): PullView[]
  get(id: string): PullView | undefined
  onChange(listener: () => void): () => void
  /**
   * Adds a model: by its name in the catalogue, as `owner/repo/file.gguf` or `hf:owner/repo:Q4_K_M`, by its address, or by its
   * files. The same one again goes on where it was left. Throws `bad_usage`, `bad_setting` for a name that is taken,
   * `model_not_found`, `no_capacity`, `download_refused`, `download_failed` (also where another process is at it).
   */
  add(what: string | PullRequest, options?: AddPull): Promise<PullView>
  /** Keeps what is there and stops, wherever it is running. Throws `model_not_found` for an unknown id. */
  pause(id: string): Promise<void>
  /** Goes on with one that is paused or has failed, and at once with one that would be tried again later. Throws `model_not_found`. */
  resume(id: string): Promise<void>
  /** Stops it and removes what is there of it; forgets one that has ended. Throws `model_not_found`. */
  cancel(id: string): Promise<void>
  token(): ModelTokenView
  /** Null forgets it. Throws `bad_setting`. */
  setToken(text: string | null): Promise<void>
}
