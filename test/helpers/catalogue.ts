import { readFileSync } from 'node:fs'
import { parseCatalogue } from '../../src/protocol/catalogue/parse.ts'
import type { Catalogue } from '../../src/protocol/catalogue/schema.ts'

export const builtInCatalogueFile = new URL('../../resources/models/catalogue.json', import.meta.url).pathname

export function builtInCatalogue(): Catalogue {
  return parseCatalogue(readFileSync(builtInCatalogueFile, 'utf8'))
}

interface SmallModel {
  readonly id: string
  readonly parameterCount?: number
  readonly released?: string
  readonly kind?: 'chat' | 'base' | 'embedding'
  readonly groups?: readonly string[]
  /** Names of its variants, the aliases of each behind it. */
  readonly variants?: readonly (readonly string[])[]
}

/** A catalogue's JSON with these models. */
export function catalogueText(models: readonly SmallModel[], issuedAt = '2026-01-01T00:00:00Z'): string {
  return JSON.stringify({
    format: 1,
    issuedAt,
    models: models.map(({ id, variants = [[`${id}:q8_0`]], ...facts }) => ({
      id,
      title: id,
      family: 'Test',
      released: '2025-01',
      parameterCount: 1e9,
      contextLength: 4096,
      licence: { id: 'mit', url: 'https://opensource.org/license/mit' },
      kind: 'chat',
      groups: ['small'],
      ...facts,
      variants: variants.map(([name, ...aliases]) => ({
        name,
        aliases,
        quantisation: 'Q8_0',
        repository: 'some/repository',
        files: [{ path: `${id}.gguf` }],
      })),
    })),
  })
}

export function catalogueOf(...models: readonly SmallModel[]): Catalogue {
  return parseCatalogue(catalogueText(models))
}
