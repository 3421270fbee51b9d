import { t } from '../../../locales/translate.ts'
import type { StepEnded } from '../../../protocol/workflow/step-report.ts'
import type { Tone } from '../../format/task-words.ts'

/** Where a step went, in words: `→ score`, `otherwise → retry`, `fallback → repair`, `failed`. */
export function branchWords(
  { branch, next }: Pick<StepEnded, 'branch' | 'next'>,
  nextOf: (next: string) => string | undefined,
): string {
  const where = `→ ${nextOf(next) ?? t('workflow:way.end')}`
  switch (branch) {
    case 'target':
      return where
    case 'target_if_not':
      return t('workflow:branch.otherwise', { where })
    case 'fallback':
      return t('workflow:branch.fallback', { where })
    case 'failed':
      return t('workflow:branch.failed')
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
  const skipped = t('workflow:gap.skipped', { count: gap.skipped })
  const missing = t('workflow:gap.missing', { count: gap.missing })
  if (gap.skipped > 0 && gap.missing > 0) return t('workflow:gap.both', { skipped, missing })
  if (gap.skipped > 0) return skipped
  return gap.missing > 0 ? missing : undefined
}
