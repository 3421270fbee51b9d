import { sep } from 'node:path'
import type { Catalogue, CatalogueVariant } from '../../../protocol/catalogue/schema.ts'
import type { ModelMatcher } from './group-weights.ts'

interface Index {
  readonly byDigest: ReadonlyMap<string, CatalogueVariant>
  readonly byFileName: ReadonlyMap<string, readonly CatalogueVariant[]>
}

/**
 * Knows files by the catalogue: by their digest where there is one, else by the name of the file (of several, the first)
 * together with the size where the catalogue has it. Where several have that name, the repository in the path decides.
 */
export function catalogueMatcher(current: () => Catalogue): ModelMatcher {
  const indexes = new WeakMap<Catalogue, Index>()
  return ({ path, sizeBytes, sha256 }) => {
    const catalogue = current()
    const index = indexes.get(catalogue) ?? indexOf(catalogue)
    indexes.set(catalogue, index)
    const certain = sha256 === undefined ? undefined : index.byDigest.get(sha256)
    if (certain !== undefined) return certain.name
    const parts = path.split(sep)
    const named = (index.byFileName.get(parts.at(-1)?.toLowerCase() ?? '') ?? []).filter((variant) => {
      const size = sizeOf(variant)
      return size === undefined || size === sizeBytes
    })
    if (named.length === 1) return named[0]?.name
    return named.find(({ repository }) => isIn(repository, parts))?.name
  }
}

function indexOf({ models }: Catalogue): Index {
  const byDigest = new Map<string, CatalogueVariant>()
  const byFileName = new Map<string, CatalogueVariant[]>()
  for (const variant of models.flatMap(({ variants }) => variants)) {
    const [first, ...others] = variant.files
    if (first === undefined) continue
    if (first.sha256 !== undefined && others.length === 0) byDigest.set(first.sha256, variant)
    const name = first.path.split('/').at(-1)?.toLowerCase() ?? ''
    byFileName.set(name, [...(byFileName.get(name) ?? []), variant])
  }
  return { byDigest, byFileName }
}

function sizeOf({ files }: CatalogueVariant): number | undefined {
  let sum = 0
  for (const { sizeBytes } of files) {
    if (sizeBytes === undefined) return undefined
    sum += sizeBytes
  }
  return sum
}

/** As folders of LM Studio's, or as one of Hugging Face's cache. */
function isIn(repository: string, parts: readonly string[]): boolean {
  const [owner = '', name = ''] = repository.split('/')
  return (
    parts.includes(`models--${owner}--${name}`) ||
    parts.some((part, at) => part === owner && parts[at + 1] === name)
  )
}
