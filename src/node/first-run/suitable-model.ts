import type { RecommendationView, RecommendedModelView } from '../../protocol/fit-views.ts'
import { USABLE_TOKENS_PER_SECOND } from '../models/fit/recommend.ts'

/**
 * The model that may be downloaded without asking: the best of those that fit, are fast enough as far as anybody knows, and
 * are given to everybody. Undefined where there is none. That the disk has room, the recommendation saw to.
 */
export function suitableModel(
  { best, alternatives }: Pick<RecommendationView, 'best' | 'alternatives'>,
  { isGated }: { readonly isGated: (name: string) => boolean },
): RecommendedModelView | undefined {
  const all = best === undefined ? alternatives : [best, ...alternatives]
  return all.find(({ name, fit }) => {
    const fast = fit.speed === undefined || fit.speed.tokensPerSecond >= USABLE_TOKENS_PER_SECOND
    return fit.verdict !== 'tooLarge' && fast && !isGated(name)
  })
}
