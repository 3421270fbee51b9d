import type { DataFolder } from '../data-folder.ts'
import type { SignalReaders } from '../guest/contract.ts'
import type { IdentityVault } from '../identity/identity-file.ts'
import type { ChildLauncher } from '../inference/contract.ts'
import type { DeviceChoice } from '../inference/devices/choose-devices.ts'
import type { Logger, LogHistory } from '../logs/contract.ts'

export interface ComputeNodeConfig {
  readonly folder: DataFolder
  /** The demo model's file; hosts keep it in different places. The catalogue of models is beside it. */
  readonly builtInModelPath: string
  /** For this run only, instead of what the settings say. */
  readonly overrides?: {
    readonly network?: string | undefined
    readonly listen?: readonly string[] | undefined
    readonly bootstrap?: readonly string[] | undefined
    readonly mdns?: boolean | undefined
    readonly relay?: boolean | undefined
    readonly announce?: readonly string[] | undefined
    readonly upnp?: boolean | undefined
    readonly networkKeyFile?: string | undefined
    readonly devices?: DeviceChoice | undefined
  }
  /** Served in this run besides the folder's own models. */
  readonly models?: readonly { readonly path: string; readonly name?: string }[]
  /** Helps others to find each other and serves no models: there is no inference process. */
  readonly bootstrapOnly?: boolean
  /** Whether the node comes up without its work: after crashes (where absent), always, or never. */
  readonly safeMode?: 'auto' | 'on' | 'off'
}

export interface ComputeNodeDeps {
  readonly logger: Logger
  readonly history: LogHistory
  readonly launchInference: ChildLauncher
  readonly vault?: IdentityVault
  /** Where the system has a proxy of its own: what it says of an address, such as `PROXY host:port; DIRECT`. */
  readonly resolveSystemProxy?: (url: string) => Promise<string>
  /** What the host knows of the computer, in the place of what Node.js finds out by itself. */
  readonly signalReaders?: SignalReaders
}
