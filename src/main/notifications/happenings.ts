import type { PauseReason } from '../../protocol/guest/pause-views.ts'
import type { PullState } from '../../protocol/pull-views.ts'
import type { ModelView } from '../../protocol/views.ts'

/** What the node is like at one time, as far as its operator may be told of a change of it. */
export interface NodeSnapshot {
  /** Why it needs its operator: it could not join, inference keeps failing, or its device is gone. */
  readonly trouble?: 'failed' | 'inference' | 'device' | undefined
  readonly models: readonly Pick<ModelView, 'name' | 'state'>[]
  readonly pulls: readonly { readonly id: string; readonly name: string; readonly state: PullState }[]
  /** By rules alone; a pause of the operator's own is no news to them. */
  readonly pause?: { readonly reasons: readonly PauseReason[]; readonly untilMs?: number } | undefined
  /** Finished tasks of the last days that their requesters do not pay. */
  readonly unpaidTasks: number
  /** A version of the program that waits to be installed. */
  readonly newVersion?: string | undefined
  /** Everything that was ever earned. */
  readonly earnedMicro: bigint
  /** The local day, `2026-11-27`. */
  readonly day: string
  /** Of the day before it. */
  readonly dayBefore: { readonly earnedMicro: bigint; readonly tasks: number }
}

/** One thing that has happened, which its words are chosen by. */
export type Happening =
  | { readonly kind: 'trouble'; readonly code: 'failed' | 'inference' | 'device' }
  | { readonly kind: 'models'; readonly name: string }
  | { readonly kind: 'downloads'; readonly name: string; readonly code: 'completed' | 'failed' }
  | { readonly kind: 'payments'; readonly tasks: number }
  | { readonly kind: 'earnings'; readonly code: 'first'; readonly earnedMicro: bigint }
  | {
      readonly kind: 'earnings'
      readonly code: 'day'
      readonly earnedMicro: bigint
      readonly tasks: number
    }
  | { readonly kind: 'pauses'; readonly pause: NodeSnapshot['pause'] }
  | { readonly kind: 'updates'; readonly version: string }

/** What has happened from one time to the next, the most important first. */
export function happeningsBetween(before: NodeSnapshot, now: NodeSnapshot): readonly Happening[] {
  const happened: Happening[] = []
  if (now.trouble !== undefined && now.trouble !== before.trouble)
    happened.push({ kind: 'trouble', code: now.trouble })
  // A GPU that is gone suspends all of its models; that was said already.
  if (now.trouble !== 'device') {
    const served = new Set(before.models.filter(isServed).map(({ name }) => name))
    for (const { name, state } of now.models) {
      if ((state === 'failed' || state === 'suspended') && served.has(name))
        happened.push({ kind: 'models', name })
    }
  }
  const pullsBefore = new Map(before.pulls.map(({ id, state }) => [id, state]))
  for (const { id, name, state } of now.pulls) {
    const was = pullsBefore.get(id)
    if (was === undefined || was === state) continue
    if (state === 'completed' || state === 'failed') happened.push({ kind: 'downloads', name, code: state })
  }
  if (now.unpaidTasks > before.unpaidTasks)
    happened.push({ kind: 'payments', tasks: now.unpaidTasks - before.unpaidTasks })
  if (before.earnedMicro === 0n && now.earnedMicro > 0n)
    happened.push({ kind: 'earnings', code: 'first', earnedMicro: now.earnedMicro })
  if (now.day !== before.day && now.dayBefore.earnedMicro > 0n)
    happened.push({ kind: 'earnings', code: 'day', ...now.dayBefore })
  if ((now.pause === undefined) !== (before.pause === undefined))
    happened.push({ kind: 'pauses', pause: now.pause })
  if (now.newVersion !== undefined && now.newVersion !== before.newVersion)
    happened.push({ kind: 'updates', version: now.newVersion })
  return happened
}

function isServed({ state }: Pick<ModelView, 'state'>): boolean {
  return state === 'ready' || state === 'idle' || state === 'loading'
}
