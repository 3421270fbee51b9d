import type { Catalogue } from '../../protocol/catalogue/schema.ts'
import type { DevicesView } from '../../protocol/device-views.ts'
import type { ChildExitView, HealthView } from '../../protocol/health-views.ts'
import type { ReachabilityView } from '../../protocol/network-views.ts'
import type { InferenceView, ModelView, NodeStatusView } from '../../protocol/views.ts'
import type { DataFolder } from '../data-folder.ts'
import type { Identity } from '../identity/contract.ts'
import type { NetworkView } from '../network/contract.ts'
import type { SettingValues } from '../settings/schema.ts'
import type { Secrets } from '../settings/secrets.ts'
import type { Reader } from '../store/contract.ts'

/** What a bundle is made of. What only a running node knows is absent where none runs in this process. */
export interface DiagnosticsSources {
  readonly folder: DataFolder
  readonly store: Reader
  readonly settings: SettingValues
  readonly health: HealthView
  /** Absent where it can be opened by the app alone. */
  readonly identity?: Identity
  readonly secrets?: Pick<Secrets, 'get'>
  readonly devices?: DevicesView
  readonly models?: readonly ModelView[]
  readonly status?: Pick<
    NodeStatusView,
    'phase' | 'error' | 'running' | 'queued' | 'slots' | 'tokensPerSecond'
  >
  readonly inference?: InferenceView
  readonly exits?: readonly ChildExitView[]
  readonly reachability?: ReachabilityView
  readonly network?: NetworkView
  /** Names that everybody may know, such as those of the catalogue's models. */
  readonly publicNames?: readonly string[]
}

export function catalogueNames({ models }: Catalogue): string[] {
  return models.flatMap(({ variants }) => variants.map(({ name }) => name))
}
