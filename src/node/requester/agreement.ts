import type { AgreementRule } from '../../protocol/agreement.ts'
import type { DriadErrorCode } from '../../protocol/errors.ts'

/** How far one copy of a redundant task has come. */
export interface CopyState {
  readonly taskId: string
  readonly ended: boolean
  /** SHA-256 of its result, where it has one. */
  readonly resultHash?: string
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
}

export type Decision =
  /** Enough results are the same: that of this copy. */
  | { readonly kind: 'agreed'; readonly copy: string }
  /** They cannot come to be the same any more. */
  | { readonly kind: 'failed'; readonly code: DriadErrorCode; readonly message: string }

/** How often each result came, the most frequent first; of equals the one that came first. */
export function tally(copies: readonly CopyState[]): readonly {
  readonly resultHash: string
  readonly count: number
  readonly first: string
}[] {
  const byHash = new Map<string, { resultHash: string; count: number; first: string }>()
  for (const { resultHash, taskId } of copies) {
    if (resultHash === undefined) continue
    const known = byHash.get(resultHash)
    if (known === undefined) byHash.set(resultHash, { resultHash, count: 1, first: taskId })
    else known.count++
  }
  return [...byHash.values()].sort((one, other) => other.count - one.count)
}

/** What the copies come to; undefined while that is open. Decided as early as no further result could change it. */
export function decide(copies: readonly CopyState[], rule: AgreementRule): Decision | undefined {
  const asked = copies.length
  const needed = rule === 'all' ? asked : Math.floor(asked / 2) + 1
  const [best] = tally(copies)
  if (best !== undefined && best.count >= needed) return { kind: 'agreed', copy: best.first }
  const open = copies.filter(({ ended }) => !ended).length
  if ((best?.count ?? 0) + open >= needed) return undefined
  const answered = copies.filter(({ resultHash }) => resultHash !== undefined).length
  const failure = copies.find(({ error }) => error !== undefined)?.error
  // Where too few answered, why they did not says more than that they do not agree.
  if (answered < needed && failure !== undefined) {
    const message =
      answered === 0
        ? failure.message
        : `${answered} of ${asked} nodes answered, ${needed} with the same result are needed: ${failure.message}`
    return { kind: 'failed', code: failure.code, message }
  }
  const message = `The results differ: of ${asked} nodes ${answered} answered, and ${best?.count ?? 0} gave the same result; ${needed} are needed`
  return { kind: 'failed', code: 'results_differ', message }
}
