/** What the window, the tray and the API are told of the rules by which a node makes way for who uses its computer. */

/** What a rule has to know of the computer. */
export const guestSignals = ['idle', 'power', 'programs', 'fullScreen', 'load', 'temperature'] as const
export type GuestSignal = (typeof guestSignals)[number]

/** Why a node takes no tasks. Figures are the limits that were set: what is measured changes all the time. */
export type PauseReason =
  | { readonly code: 'operator' }
  | { readonly code: 'schedule' }
  | { readonly code: 'in_use'; readonly idleMs: number }
  | { readonly code: 'on_battery' }
  | { readonly code: 'battery_low'; readonly percent: number }
  | { readonly code: 'program'; readonly name: string }
  | { readonly code: 'full_screen' }
  | { readonly code: 'busy'; readonly percent: number }
  | { readonly code: 'hot'; readonly celsius: number }

export interface PauseView {
  /** All that holds now, the one to show first. Never empty. */
  readonly reasons: readonly PauseReason[]
  /** Unix time at which it ends if nothing else comes up; absent where nobody can know. */
  readonly untilMs?: number
}

export interface GuestView {
  /** Present while no tasks are taken. */
  readonly pause?: PauseView
  /** The operator has it serve until then, though these rules would pause it. Unix time. */
  readonly overridden?: { readonly untilMs: number; readonly reasons: readonly PauseReason[] }
  /** It computes for a quarter of the time at most. */
  readonly quiet: boolean
  /** What rules that are on would have to know, and cannot on this computer: they do not pause it. */
  readonly unknown: readonly GuestSignal[]
}

/** What the operator wants now: the rules alone, no tasks (until a unix time, or until resumed), or tasks in spite of the rules. */
export type OperatorWish =
  | { readonly act: 'rules' }
  | { readonly act: 'pause'; readonly untilMs?: number | undefined }
  | { readonly act: 'serve'; readonly untilMs: number }
