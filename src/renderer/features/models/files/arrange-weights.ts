import type { LocalWeightsView } from '../../../../protocol/local-model-views.ts'

export const weightFilters = ['all', 'ready', 'served', 'copies', 'unusable'] as const
export type WeightFilter = (typeof weightFilters)[number]

/** It could be served and is not. */
export function isReady({ error, addedAs }: LocalWeightsView): boolean {
  return error === undefined && addedAs.length === 0
}

/** On the disk more than once; names for the same file do not count. */
export function hasCopies({ takenBytes, sizeBytes, error }: LocalWeightsView): boolean {
  return error === undefined && takenBytes > sizeBytes
}

export function matchesFilter(weights: LocalWeightsView, filter: WeightFilter): boolean {
  switch (filter) {
    case 'all':
      return true
    case 'ready':
      return isReady(weights)
    case 'served':
      return weights.addedAs.length > 0
    case 'copies':
      return hasCopies(weights)
    case 'unusable':
      return weights.error !== undefined
  }
}

/** Those that can be served first, the largest on top; what is unusable last. */
export function arrangeWeights(
  all: readonly LocalWeightsView[],
  filter: WeightFilter,
  search: string,
): LocalWeightsView[] {
  const wanted = search.trim().toLowerCase()
  const place = (weights: LocalWeightsView) =>
    weights.error !== undefined ? 2 : weights.addedAs.length > 0 ? 1 : 0
  return all
    .filter((weights) => matchesFilter(weights, filter) && searchedText(weights).includes(wanted))
    .sort((a, b) => place(a) - place(b) || b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1))
}

function searchedText({ suggestedName, places, facts, addedAs }: LocalWeightsView): string {
  const named = places.flatMap(({ path, name }) => [path, name])
  return [suggestedName, ...addedAs, ...named, facts?.architecture ?? '', facts?.quantisation ?? '']
    .join('\n')
    .toLowerCase()
}
