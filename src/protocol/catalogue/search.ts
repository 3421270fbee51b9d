import type { ModelGroup } from './groups.ts'
import { isWildcard, matchesWildcard } from './model-pattern.ts'
import { inGroup } from './resolve-models.ts'
import type { Catalogue, CatalogueKind, CatalogueModel } from './schema.ts'

export interface CatalogueQuery {
  /** Words that all have to be in a model's names, title or family; one with `*` has to match a name or alias. */
  readonly text?: string | undefined
  readonly group?: ModelGroup | undefined
  readonly kind?: CatalogueKind | undefined
}

/** The models that a person looks for, best first. */
export function searchCatalogue(
  catalogue: Catalogue,
  { text = '', group, kind }: CatalogueQuery,
): CatalogueModel[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return catalogue.models
    .filter((model) => (kind === undefined || model.kind === kind) && (!group || inGroup(model, group)))
    .filter((model) => {
      const names = model.variants.flatMap(({ name, aliases }) => [name, ...aliases])
      const all = [model.id, model.title, model.family, ...names].map((name) => name.toLowerCase())
      return words.every((word) =>
        isWildcard(word)
          ? names.some((name) => matchesWildcard(word, name))
          : all.some((name) => name.includes(word)),
      )
    })
    .toSorted((a, b) => b.quality.rank - a.quality.rank)
}
