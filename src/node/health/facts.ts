import type { DevicesView } from '../../protocol/device-views.ts'
import type { ChildExitView } from '../../protocol/health-views.ts'
import type { ReachabilityView } from '../../protocol/network-views.ts'
import type { PullView } from '../../protocol/pull-views.ts'
import type { InferenceView, ModelView, NodeStatusView } from '../../protocol/views.ts'

export interface DiskFacts {
  readonly freeBytes: number
  readonly totalBytes: number
  /** What deleting remains of downloads would free. */
  readonly partialBytes: number
}

export interface DatabaseFacts {
  readonly state: 'sound' | 'damaged' | 'newer' | 'unchecked'
  readonly sizeBytes: number
  /** Of the schema. */
  readonly version: number
  readonly checkedAtMs?: number
}

/** What is known of a node at one moment. What nobody knows is absent, and so is a check of it, or it says so. */
export interface HealthFactsNow {
  readonly atMs: number
  readonly version: string
  /** Absent where no node runs. */
  readonly status?: Pick<NodeStatusView, 'phase' | 'error' | 'peers'>
  readonly reachability?: ReachabilityView
  readonly inference?: InferenceView
  readonly exits?: readonly ChildExitView[]
  readonly devices?: DevicesView
  readonly models?: readonly HealthModel[]
  readonly pulls?: readonly Pick<PullView, 'id' | 'name' | 'state' | 'error'>[]
  readonly disk?: DiskFacts
  readonly database?: DatabaseFacts
  /** Tasks that were not paid, and never will be. */
  readonly unpaidTasks?: number
  /** `vault`: sealed by the system's key store. */
  readonly key?: 'plain' | 'vault' | 'unreadable'
  /** Whether there is a backup of the key that was opened again. */
  readonly isBackedUp?: boolean
  /** A version that waits for somebody to install it, or for a moment that suits. */
  readonly newerVersion?: string
  /** Whether a model of that name can be downloaded. */
  readonly isPullable?: (name: string) => boolean
}

export interface HealthModel extends Pick<ModelView, 'name' | 'error' | 'builtIn' | 'sizeBytes' | 'sha256'> {
  /** `on_disk`: no node runs that could load it. */
  readonly state: ModelView['state'] | 'on_disk'
}
