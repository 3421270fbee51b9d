import type { LocalWeightsView } from '../../../../protocol/local-model-views.ts'
import type { PullView } from '../../../../protocol/pull-views.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { isFinished } from './pull-words.ts'

/** Where a variant of the catalogue stands on this computer. */
export type VariantState =
  | { readonly kind: 'away' }
  | { readonly kind: 'coming'; readonly pull: PullView }
  /** A file of it is here, of another program or an earlier download, and nobody serves it. */
  | { readonly kind: 'here'; readonly path: string }
  | { readonly kind: 'served'; readonly model: ModelView }

export interface Surroundings {
  readonly models: readonly ModelView[]
  readonly pulls: readonly PullView[]
  readonly weights: readonly LocalWeightsView[]
}

/** Tells of any variant where it stands, by its names; made once for all rows of a list. */
export function variantStates({
  models,
  pulls,
  weights,
}: Surroundings): (name: string, aliases?: readonly string[]) => VariantState {
  const served = new Map(models.map((model) => [model.name, model]))
  const coming = new Map(pulls.filter((pull) => !isFinished(pull)).map((pull) => [pull.name, pull]))
  const here = new Map<string, LocalWeightsView>()
  for (const found of weights) {
    if (found.error !== undefined) continue
    for (const name of [found.suggestedName, ...found.places.map((place) => place.name)])
      if (!here.has(name)) here.set(name, found)
  }
  return (name, aliases = []) => {
    for (const known of [name, ...aliases]) {
      const model = served.get(known)
      if (model !== undefined) return { kind: 'served', model }
    }
    const pull = coming.get(name)
    if (pull !== undefined) return { kind: 'coming', pull }
    const found = here.get(name)
    if (found === undefined) return { kind: 'away' }
    const model = found.addedAs.map((known) => served.get(known)).find((known) => known !== undefined)
    return model === undefined ? { kind: 'here', path: found.path } : { kind: 'served', model }
  }
}
