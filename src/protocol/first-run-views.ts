import type { DriadErrorCode } from './errors.ts'
import type { ReachabilityLevel } from './network-views.ts'

/** The steps of setting a node up, in their order. */
export const firstRunSteps = ['welcome', 'device', 'model', 'key', 'test', 'online'] as const
export type FirstRunStep = (typeof firstRunSteps)[number]

/** What is left to do on a node that joined by one click, in its order. */
export const setUpTasks = ['model', 'key', 'test', 'online'] as const
export type SetUpTask = (typeof setUpTasks)[number]

/** What one may do without. */
export const optionalTasks = ['model', 'test'] as const
export type OptionalTask = (typeof optionalTasks)[number]

/**
 * `open`: to be done by the operator. `waiting`: it is done by itself as soon as it can be. `running`: it is being done.
 * `left`: the operator does without.
 */
export type SetUpState = 'open' | 'waiting' | 'running' | 'done' | 'left'

export interface FailureView {
  readonly code: DriadErrorCode
  readonly message: string
}

/** The model that was chosen for this computer. */
export interface ChosenModelView {
  /**
   * `choosing`: the best one is to be worked out. `waiting`: it could not be asked for yet, and will be. `coming`: it is among
   * the downloads. `here`: it is one of the node's models. `unsuitable`: nothing in the catalogue does well enough here.
   */
  readonly state: 'open' | 'choosing' | 'waiting' | 'coming' | 'here' | 'left' | 'unsuitable'
  readonly name?: string
  /** The download, while there is one. */
  readonly pullId?: string
  /** Why it waits. */
  readonly problem?: FailureView
}

/** `unverified`: it is written, and was not opened again. */
export interface BackupView {
  readonly state: 'none' | 'unverified' | 'done'
  readonly path?: string
  readonly atMs?: number
}

/** `model` runs a prompt, `key` signs, `network` lets another peer connect and ask. */
export const selfChecks = ['model', 'key', 'network'] as const
export type SelfCheck = (typeof selfChecks)[number]

export interface SelfCheckView {
  readonly id: SelfCheck
  readonly state: 'waiting' | 'running' | 'passed' | 'failed'
  readonly tookMs?: number
  /** Of `model`: which one, and what it wrote. */
  readonly model?: string
  readonly text?: string
  readonly tokens?: number
  readonly tokensPerSecond?: number
  /** Of `network`: how many models the other peer was offered. */
  readonly models?: number
  /** Of `network`, while the node is on it. */
  readonly reach?: ReachabilityLevel
  readonly error?: FailureView
}

export interface SelfTestView {
  readonly state: 'open' | 'running' | 'passed' | 'failed'
  readonly checks: readonly SelfCheckView[]
  /** When it passed last, in whatever run of the program. */
  readonly passedAtMs?: number
}

export interface FirstRunView {
  /** `new`: nobody decided anything yet. `steps`: somebody goes through it step by step. `done`: neither. */
  readonly stage: 'new' | 'steps' | 'done'
  /** Where it goes on. */
  readonly step: FirstRunStep
  readonly model: ChosenModelView
  readonly backup: BackupView
  readonly test: SelfTestView
  readonly tasks: readonly { readonly id: SetUpTask; readonly state: SetUpState }[]
  /** Whether the list of what is left to do is put away. */
  readonly dismissed: boolean
}
