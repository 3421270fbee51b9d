import type { Catalogue, CatalogueFile, CatalogueModel, CatalogueVariant } from './schema.ts'

export interface FoundVariant {
  readonly model: CatalogueModel
  readonly variant: CatalogueVariant
}

/** By catalogue, since a refreshed one is another object. */
const indexes = new WeakMap<Catalogue, ReadonlyMap<string, FoundVariant>>()

function indexOf(catalogue: Catalogue): ReadonlyMap<string, FoundVariant> {
  let index = indexes.get(catalogue)
  if (index === undefined) {
    const built = new Map<string, FoundVariant>()
    for (const model of catalogue.models) {
      for (const variant of model.variants) {
        for (const name of [variant.name, ...variant.aliases]) built.set(name, { model, variant })
      }
    }
    index = built
    indexes.set(catalogue, index)
  }
  return index
}

/** The variant of that name or alias. */
export function findVariant(catalogue: Catalogue, name: string): FoundVariant | undefined {
  return indexOf(catalogue).get(name)
}

/** The name under which a model goes over the wire: the canonical one of an alias; any other stays as it is. */
export function canonicalName(catalogue: Catalogue, name: string): string {
  return findVariant(catalogue, name)?.variant.name ?? name
}

/** Where one of a variant's files is fetched. */
export function fileAddress(
  variant: Pick<CatalogueVariant, 'repository'>,
  file: Pick<CatalogueFile, 'path'>,
) {
  return `https://huggingface.co/${variant.repository}/resolve/main/${file.path}`
}
