/** `attention`: it earns less than it could, or will before long. `bad`: it does not earn, or loses something. */
export const healthStates = ['bad', 'attention', 'unknown', 'good'] as const
export type HealthState = (typeof healthStates)[number]

/** What is looked at, in the order in which it is shown. */
export const healthSubjects = [
  'network',
  'peers',
  'clock',
  'ports',
  'inference',
  'crashes',
  'devices',
  'models',
  'downloads',
  'disk',
  'database',
  'payment',
  'identity',
  'version',
] as const
export type HealthSubject = (typeof healthSubjects)[number]

/**
 * What a check found. The words belong to whoever shows it, by this code, with the facts in their gaps; so they can be
 * translated.
 */
export const healthCodes = [
  'reach_public',
  'reach_hole_punching',
  'reach_relayed',
  'reach_outgoing',
  'reach_local',
  'reach_this_computer',
  'reach_nobody',
  'join_failed',
  'off_network',
  'peers_some',
  'peers_none',
  'clock_right',
  'clock_ahead',
  'clock_behind',
  'clock_unknown',
  'ports_open',
  'ports_announced',
  'ports_this_computer',
  'ports_none',
  'inference_ready',
  'inference_starting',
  'inference_restarting',
  'inference_broken',
  'inference_stopped',
  'crashes_none',
  'crashes_some',
  'devices_used',
  'devices_fallback',
  'devices_suspended',
  'devices_unknown',
  'models_none',
  'model_ready',
  'model_idle',
  'model_loading',
  'model_unloaded',
  'model_suspended',
  'model_missing',
  'model_damaged',
  'model_too_large',
  'model_crashed',
  'model_failed',
  'model_without_digest',
  'model_on_disk',
  'download_failed',
  'disk_room',
  'disk_low',
  'disk_full',
  'disk_unknown',
  'database_sound',
  'database_damaged',
  'database_newer',
  'database_unchecked',
  'payment_fine',
  'payment_missing',
  'key_there',
  'key_not_backed_up',
  'key_unreadable',
  'version_runs',
  'version_newer',
] as const
export type HealthCode = (typeof healthCodes)[number]

/** Places in the window where a person mends what the program cannot. */
export type HealthPlace =
  | 'network'
  | 'models'
  | 'models/get'
  | 'models/files'
  | 'models/devices'
  | 'earnings/unpaid'
  | 'overview/first-run/key'
  | 'logs'
  | 'settings'
  | 'settings/updates'

/** Something that the node does about it when it is asked to, or where a person does. */
export type HealthMend =
  | { readonly act: 'join' }
  /** Leaves and joins again: listens anew, and asks the router for its ports once more. */
  | { readonly act: 'rejoin' }
  | { readonly act: 'restart_inference' }
  | { readonly act: 'probe_devices' }
  | { readonly act: 'load_model'; readonly name: string }
  /** Downloads a model whose file is gone or damaged once more; it keeps its price and settings. */
  | { readonly act: 'pull_model'; readonly name: string }
  | { readonly act: 'retry_download'; readonly id: string }
  /** Deletes what downloads left behind that nobody will go on with. */
  | { readonly act: 'clean_partials' }
  | { readonly act: 'check_database' }
  | { readonly act: 'open'; readonly place: HealthPlace }

/** Figures and names for the gaps in the words. Sizes are bytes, times unix milliseconds. */
export type HealthFacts = Readonly<Record<string, string | number>>

export interface HealthCheckView {
  /** `clock`, `models:llama3.2:1b`: the same while what it looks at is the same. */
  readonly id: string
  readonly subject: HealthSubject
  readonly state: HealthState
  readonly code: HealthCode
  readonly facts: HealthFacts
  /** The one that helps most first; empty where nothing is to be done, or nothing can be. */
  readonly mends: readonly HealthMend[]
}

export interface HealthView {
  /** The worst of all checks; `unknown` counts for nothing. */
  readonly state: Exclude<HealthState, 'unknown'>
  readonly checks: readonly HealthCheckView[]
  /** Unix time of this view. */
  readonly atMs: number
}

/** How one inference process ended without being asked to. */
export interface ChildExitView {
  readonly atMs: number
  /** `was killed (SIGSEGV)`, `did not answer for 30 s`. */
  readonly reason: string
}
