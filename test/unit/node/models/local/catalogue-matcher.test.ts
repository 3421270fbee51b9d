import { describe, expect, it } from 'vitest'
import { catalogueMatcher } from '../../../../../src/node/models/local/catalogue-matcher.ts'
import { parseCatalogue } from '../../../../../src/protocol/catalogue/parse.ts'
import type { Catalogue, CatalogueVariant } from '../../../../../src/protocol/catalogue/schema.ts'

const sha256 = 'a'.repeat(64)

function catalogueOf(variants: Pick<CatalogueVariant, 'name' | 'repository' | 'files'>[]): Catalogue {
  return parseCatalogue(
    JSON.stringify({
      format: 1,
      issuedAt: '2026-01-01T00:00:00Z',
      models: [
        {
          id: 'a',
          title: 'A',
          family: 'A',
          released: '2024-07',
          parameterCount: 1,
          contextLength: 1024,
          licence: { id: 'mit', url: 'https://example.org' },
          kind: 'chat',
          groups: [],
          variants: variants.map((variant) => ({ quantisation: 'Q4_K_M', ...variant })),
        },
      ],
    }),
  )
}

const catalogue = catalogueOf([
  { name: 'by-digest', repository: 'o/r', files: [{ path: 'known.gguf', sizeBytes: 10, sha256 }] },
  { name: 'by-name', repository: 'o/r', files: [{ path: 'sub/Named.gguf' }] },
  { name: 'mine', repository: 'me/repo', files: [{ path: 'same.gguf' }] },
  { name: 'theirs', repository: 'they/repo', files: [{ path: 'same.gguf' }] },
  {
    name: 'split',
    repository: 'o/r',
    files: [
      { path: 'big-00001-of-00002.gguf', sizeBytes: 3, sha256: 'b'.repeat(64) },
      { path: 'big-00002-of-00002.gguf', sizeBytes: 4 },
    ],
  },
])
const match = catalogueMatcher(() => catalogue)

describe('catalogueMatcher', () => {
  it('trusts a digest whatever the file is called, and a name only with its size', () => {
    expect(match({ path: '/x/whatever.gguf', sizeBytes: 10, sha256 })).toBe('by-digest')
    expect(match({ path: '/x/known.gguf', sizeBytes: 10 })).toBe('by-digest')
    expect(match({ path: '/x/known.gguf', sizeBytes: 11 })).toBeUndefined()
    expect(match({ path: '/x/named.GGUF', sizeBytes: 99 })).toBe('by-name')
    expect(match({ path: '/x/other.gguf', sizeBytes: 10 })).toBeUndefined()
  })

  it('tells files of one name apart by their repository', () => {
    expect(match({ path: '/x/same.gguf', sizeBytes: 1 })).toBeUndefined()
    expect(match({ path: '/models/they/repo/same.gguf', sizeBytes: 1 })).toBe('theirs')
    expect(match({ path: '/hub/models--me--repo/snapshots/a/same.gguf', sizeBytes: 1 })).toBe('mine')
  })

  it('knows a model in several files by the first and the size of all', () => {
    expect(match({ path: '/x/big-00001-of-00002.gguf', sizeBytes: 7 })).toBe('split')
    expect(
      match({ path: '/x/big-00001-of-00002.gguf', sizeBytes: 3, sha256: 'b'.repeat(64) }),
    ).toBeUndefined()
  })
})
