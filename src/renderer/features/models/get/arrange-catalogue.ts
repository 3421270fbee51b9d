import type { CatalogueModelView, CatalogueVariantView } from '../../../../protocol/catalogue-views.ts'
import type { FitView } from '../../../../protocol/fit-views.ts'

export const catalogueOrders = ['quality', 'size', 'speed'] as const
export type CatalogueOrder = (typeof catalogueOrders)[number]

export const modelSizes = [
  { value: 'tiny', from: 0, below: 2.5e9 },
  { value: 'small', from: 2.5e9, below: 10e9 },
  { value: 'medium', from: 10e9, below: 40e9 },
  { value: 'large', from: 40e9, below: Number.POSITIVE_INFINITY },
] as const
export type ModelSize = (typeof modelSizes)[number]['value']

export interface CatalogueFilter {
  readonly search: string
  readonly group?: string | undefined
  readonly kind?: string | undefined
  readonly size?: ModelSize | undefined
  readonly licence?: string | undefined
  readonly fitsOnly: boolean
}

export type Fits = ReadonlyMap<string, FitView>

/** A model with the variant that stands for it here: the first that fits, else the first partly, else the smallest. */
export interface ListedModel {
  readonly model: CatalogueModelView
  readonly variant: CatalogueVariantView
  readonly fit: FitView | undefined
}

export function arrangeCatalogue(
  models: readonly CatalogueModelView[],
  fits: Fits,
  filter: CatalogueFilter,
  order: CatalogueOrder,
): ListedModel[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean)
  const size = modelSizes.find(({ value }) => value === filter.size)
  return models
    .filter(
      (model) =>
        (filter.group === undefined || model.groups.includes(filter.group)) &&
        (filter.kind === undefined || model.kind === filter.kind) &&
        (filter.licence === undefined || model.licence.id === filter.licence) &&
        (size === undefined || (model.parameterCount >= size.from && model.parameterCount < size.below)),
    )
    .filter((model) => {
      const names = searchedText(model)
      return words.every((word) => names.includes(word))
    })
    .flatMap((model) => {
      const listed = listedModel(model, fits)
      return listed === undefined ? [] : [listed]
    })
    .filter(({ fit }) => !filter.fitsOnly || (fit !== undefined && fit.verdict !== 'tooLarge'))
    .sort((a, b) => compare(a, b, order) || b.model.quality.rank - a.model.quality.rank)
}

function listedModel(model: CatalogueModelView, fits: Fits): ListedModel | undefined {
  const { variants } = model
  const first = (verdict: FitView['verdict']) =>
    variants.find(({ name }) => fits.get(name)?.verdict === verdict)
  const known = variants.some(({ name }) => fits.has(name))
  const smallest = [...variants].sort((a, b) => a.sizeBytes - b.sizeBytes)[0]
  const variant = known ? (first('fits') ?? first('partly') ?? smallest) : variants[0]
  return variant === undefined ? undefined : { model, variant, fit: fits.get(variant.name) }
}

function compare(a: ListedModel, b: ListedModel, order: CatalogueOrder): number {
  if (order === 'size') return a.variant.sizeBytes - b.variant.sizeBytes
  if (order === 'speed') return speedOf(b) - speedOf(a)
  return b.model.quality.rank - a.model.quality.rank
}

/** What does not fit has no speed. */
function speedOf({ fit }: ListedModel): number {
  return fit === undefined || fit.verdict === 'tooLarge' ? -1 : (fit.speed?.tokensPerSecond ?? 0)
}

function searchedText({ id, title, family, variants }: CatalogueModelView): string {
  const names = variants.flatMap(({ name, aliases, repository }) => [name, ...aliases, repository])
  return [id, title, family, ...names].join('\n').toLowerCase()
}
