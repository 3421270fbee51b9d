import { sizeOf } from './catalogue/estimated-size.ts'
import type { CatalogueKind, CatalogueModel, Quality } from './catalogue/schema.ts'
import type { DriadErrorCode } from './errors.ts'

export interface CatalogueVariantView {
  /** What `driad models pull` takes. */
  readonly name: string
  readonly aliases: readonly string[]
  readonly quantisation: string
  readonly repository: string
  readonly files: readonly string[]
  readonly sizeBytes: number
  /** False where the size is an estimate. */
  readonly sizeIsExact: boolean
  /** The digest of every file is known beforehand; elsewhere it is the server's word. */
  readonly pinned: boolean
}

export interface CatalogueModelView {
  readonly id: string
  readonly title: string
  readonly family: string
  readonly released: string
  readonly parameterCount: number
  readonly activeParameterCount?: number
  readonly contextLength: number
  readonly licence: { readonly id: string; readonly url: string; readonly gated: boolean }
  readonly kind: CatalogueKind
  readonly groups: readonly string[]
  readonly quality: Quality
  readonly variants: readonly CatalogueVariantView[]
}

/** Which catalogue counts now, and how its refreshes go. */
export interface CatalogueStatusView {
  readonly origin: 'built-in' | 'fetched'
  readonly issuedAt: string
  readonly models: number
  /** Where newer ones are fetched; absent where no address is set. */
  readonly url?: string
  readonly refreshing: boolean
  readonly checkedAtMs?: number
  /** What the last refresh failed with. */
  readonly error?: { readonly code: DriadErrorCode; readonly message: string }
}

export interface CatalogueListView {
  readonly status: CatalogueStatusView
  readonly models: readonly CatalogueModelView[]
}

export function catalogueModelView(model: CatalogueModel): CatalogueModelView {
  const { activeParameterCount, licence } = model
  return {
    id: model.id,
    title: model.title,
    family: model.family,
    released: model.released,
    parameterCount: model.parameterCount,
    ...(activeParameterCount !== undefined && { activeParameterCount }),
    contextLength: model.contextLength,
    licence: { id: licence.id, url: licence.url, gated: licence.gated === true },
    kind: model.kind,
    groups: model.groups,
    quality: model.quality,
    variants: model.variants.map((variant) => {
      const size = sizeOf(model, variant)
      return {
        name: variant.name,
        aliases: variant.aliases,
        quantisation: variant.quantisation,
        repository: variant.repository,
        files: variant.files.map((file) => file.path),
        sizeBytes: size.bytes,
        sizeIsExact: size.exact,
        pinned: variant.files.every((file) => file.sha256 !== undefined),
      }
    }),
  }
}
