import type { StepEnded } from '../../../protocol/workflow/step-report.ts'
import { plural } from '../../format/numbers.ts'
import type { Tone } from '../../format/task-words.ts'

/** Where a step went, in words: `→ score`, `otherwise → retry`, `fallback → repair`, `failed`. */
export function branchWords(
  { branch, next }: Pick<StepEnded, 'branch' | 'next'>,
  nextOf: (next: string) => string | undefined,
): string {
  const where = `→ ${nextOf(next) ?? 'end'}`
  switch (branch) {
    case 'target':
      return where
    case 'target_if_not':
      return `otherwise ${where}`
    case 'fallback':
      return `fallback ${where}`
    case 'failed':
      return 'failed'
  }
}

export function branchTone({ branch }: Pick<StepEnded, 'branch'>): Tone {
  if (branch === 'failed') return 'attention'
  return branch === 'fallback' ? 'waiting' : 'earned'
}

/** How many tokens a step read and wrote; undefined where no model was asked. */
export function stepTokens(step: StepEnded): number | undefined {
  if (step.promptTokens === undefined && step.completionTokens === undefined) return undefined
  return (step.promptTokens ?? 0) + (step.completionTokens ?? 0)
}

/** Steps between two rows, in words; undefined where there are none. */
export function gapWords(gap: { readonly skipped: number; readonly missing: number }): string | undefined {
  const words: string[] = []
  if (gap.skipped > 0) words.push(`${plural(gap.skipped, 'quick step')} not listed one by one`)
  if (gap.missing > 0) words.push(`${plural(gap.missing, 'step')} not known here`)
  return words.length === 0 ? undefined : words.join(', ')
}
