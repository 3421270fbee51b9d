import type { Quality } from './schema.ts'

export interface QualityFacts {
  readonly parameterCount: number
  readonly activeParameterCount?: number | undefined
  readonly released: string
  readonly kind: 'chat' | 'base' | 'embedding'
  readonly groups: readonly string[]
}

const RANK_PER_TENFOLD = 18
const RANK_PER_YEAR = 6
const REASONING_BONUS = 4
/** They complete text and follow no instructions, so they are the last choice for a task that does not name them. */
const BASE_MALUS = 15
const SMALLEST_PARAMETERS = 1e8
const FIRST_YEAR = 2023

/**
 * A rank from 1 to 100 by size and age alone, for models without a published figure that all of them have: bigger ones and
 * later ones are better, by so much for ten times the parameters and for a year. A mixture of experts counts as the geometric
 * mean of all and of active parameters. It orders models; it measures none.
 */
export function qualityByRule(model: QualityFacts): Quality {
  const effective = Math.sqrt(model.parameterCount * (model.activeParameterCount ?? model.parameterCount))
  const [year = FIRST_YEAR, month = 1] = model.released.split('-').map(Number)
  const rank =
    RANK_PER_TENFOLD * Math.log10(Math.max(1, effective / SMALLEST_PARAMETERS)) +
    RANK_PER_YEAR * (year + (month - 1) / 12 - FIRST_YEAR) +
    (model.groups.includes('reasoning') ? REASONING_BONUS : 0) -
    (model.kind === 'base' ? BASE_MALUS : 0)
  return { rank: Math.min(100, Math.max(1, Math.round(rank))), source: 'rule' }
}
