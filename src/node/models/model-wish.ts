import { isAbsolute } from 'node:path'
import { DriadError, type InputIssue } from '../../protocol/errors.ts'
import { type KvType, kvTypes } from '../../protocol/model-fit/memory-plan.ts'
import type { ModelWish } from './model-rows.ts'

/** What an operator sets for one model; `null` goes back to the settings, and what is absent stays. */
export interface ModelWishPatch {
  readonly preload?: boolean | undefined
  readonly slots?: number | null | undefined
  readonly contextSize?: number | null | undefined
  readonly kvType?: KvType | null | undefined
  /** An absolute path. */
  readonly draftPath?: string | null | undefined
}

export const wishLimits = { slots: { min: 1, max: 64 }, contextSize: { min: 64, max: 2 ** 24 } } as const

/** The wish with some of it changed. Throws `bad_setting` with every issue at once. */
export function changedWish(wish: ModelWish, patch: ModelWishPatch): ModelWish {
  const issues: InputIssue[] = []
  for (const key of ['slots', 'contextSize'] as const) {
    const value = patch[key]
    const { min, max } = wishLimits[key]
    if (value == null || (Number.isSafeInteger(value) && value >= min && value <= max)) continue
    issues.push({ path: key, expected: `a whole number from ${min} to ${max}`, found: String(value) })
  }
  if (patch.kvType != null && !kvTypes.includes(patch.kvType)) {
    issues.push({ path: 'kvType', expected: kvTypes.join(', '), found: String(patch.kvType) })
  }
  if (patch.draftPath != null && !isAbsolute(patch.draftPath)) {
    issues.push({ path: 'draftPath', expected: 'an absolute path', found: patch.draftPath })
  }
  if (issues.length > 0) {
    throw new DriadError('bad_setting', `A model cannot be loaded like that`, { issues })
  }
  const pick = <T>(old: T | undefined, given: T | null | undefined) =>
    given === undefined ? old : (given ?? undefined)
  return {
    preload: patch.preload ?? wish.preload,
    slots: pick(wish.slots, patch.slots),
    contextSize: pick(wish.contextSize, patch.contextSize),
    kvType: pick(wish.kvType, patch.kvType),
    draftPath: pick(wish.draftPath, patch.draftPath),
  }
}
