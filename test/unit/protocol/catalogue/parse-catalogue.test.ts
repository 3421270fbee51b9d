import { describe, expect, it } from 'vitest'
import { canonicalName, findVariant } from '../../../../src/protocol/catalogue/find-variant.ts'
import { parseCatalogue } from '../../../../src/protocol/catalogue/parse.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { catalogueText } from '../../../helpers/catalogue.ts'

/** A good catalogue of two models with one thing in it changed. */
function refusal(path: string, value: unknown): DriadError {
  const catalogue: unknown = JSON.parse(
    catalogueText([
      { id: 'a', variants: [['a:1', 'a']] },
      { id: 'b', variants: [['b:1', 'b']] },
    ]),
  )
  const keys = path.split('.')
  const last = keys.pop() as string
  const parent = keys.reduce((at, key) => (at as Record<string, unknown>)[key], catalogue)
  ;(parent as Record<string, unknown>)[last] = value
  try {
    parseCatalogue(JSON.stringify(catalogue))
  } catch (error) {
    if (error instanceof DriadError) return error
    throw error
  }
  throw new Error('It was not refused')
}

const shape = {
  architecture: 'llama',
  layers: 4,
  embedding: 128,
  heads: 4,
  kvHeads: 2,
  keyLength: 32,
  valueLength: 32,
  feedForward: 384,
  vocabulary: 1536,
}

describe('a catalogue', () => {
  it('has qualities by rule where it says none, better for the bigger, the later and those that reason', () => {
    const rank = (facts: object) =>
      parseCatalogue(catalogueText([{ id: 'a', ...facts }])).models[0]?.quality.rank ?? 0
    expect(rank({ parameterCount: 8e9 })).toBeGreaterThan(rank({ parameterCount: 1e9 }))
    expect(rank({ released: '2025-06' })).toBeGreaterThan(rank({ released: '2024-06' }))
    expect(rank({ groups: ['reasoning'] })).toBeGreaterThan(rank({}))
    expect(rank({ kind: 'base' })).toBeLessThan(rank({}))
    const mixture = rank({ parameterCount: 30e9, activeParameterCount: 3e9 })
    expect(mixture).toBeLessThan(rank({ parameterCount: 30e9 }))
    expect(mixture).toBeGreaterThan(rank({ parameterCount: 3e9 }))
    expect(rank({ quality: { rank: 77, source: 'https://some.where' } })).toBe(77)
  })

  it('finds a variant by name and alias, and leaves other names as they are', () => {
    const catalogue = parseCatalogue(catalogueText([{ id: 'a', variants: [['a:1', 'a'], ['a:2']] }]))
    expect(findVariant(catalogue, 'a')?.variant.name).toBe('a:1')
    expect(findVariant(catalogue, 'a:2')?.model.id).toBe('a')
    expect(canonicalName(catalogue, 'a')).toBe('a:1')
    expect(canonicalName(catalogue, 'constructor')).toBe('constructor')
  })

  it.each([
    ['an alias that is a name elsewhere', 'models.1.variants.0.aliases', ['a:1']],
    ['a name that is an alias elsewhere', 'models.1.variants.0.name', 'a'],
    ['an alias of its own name', 'models.0.variants.0.aliases', ['a:1']],
    ['one id twice', 'models.1.id', 'a'],
    ['a name that no model can have', 'models.0.variants.0.name', '@small'],
    ['no variants', 'models.0.variants', []],
    ['no files', 'models.0.variants.0.files', []],
    ['a path that leads out', 'models.0.variants.0.files.0.path', '../../a.gguf'],
    ['an absolute path', 'models.0.variants.0.files.0.path', '/etc/a.gguf'],
    ['a path with a backslash', 'models.0.variants.0.files.0.path', 'a\\b.gguf'],
    ['a file of another kind', 'models.0.variants.0.files.0.path', 'a.exe'],
    ['a repository that is none', 'models.0.variants.0.repository', 'a/b/../c'],
    ['a digest that is none', 'models.0.variants.0.files.0.sha256', 'abc'],
    ['a group that is none', 'models.0.groups', ['huge']],
    ['a licence without an address', 'models.0.licence.url', 'javascript:alert(1)'],
    ['heads that do not share', 'models.0.shape', { ...shape, kvHeads: 3 }],
    [
      'a window of more layers than there are',
      'models.0.shape',
      { ...shape, slidingWindow: { tokens: 9, layers: 5 } },
    ],
    ['no date', 'issuedAt', 'yesterday'],
  ])('with %s is refused', (_, path, value) => {
    const error = refusal(path, value)
    expect(error.code).toBe('catalogue_invalid')
    expect(error.issues[0]?.path.startsWith(path.split('.').slice(0, 2).join('.'))).toBe(true)
  })

  it('of a later format says that the program is too old', () => {
    const error = refusal('format', 2)
    expect(error.code).toBe('catalogue_invalid')
    expect(error.message).toContain('update Driad')
  })

  it('may say things that this version does not know', () => {
    const text = catalogueText([{ id: 'a' }]).replaceAll('"id":"a"', '"more":1,"id":"a"')
    expect(parseCatalogue(text.replace('{', '{"more":1,')).models).toHaveLength(1)
  })

  it('that is no JSON is refused', () => {
    expect(() => parseCatalogue('{')).toThrow(expect.objectContaining({ code: 'catalogue_invalid' }))
    expect(() => parseCatalogue('null')).toThrow(expect.objectContaining({ code: 'catalogue_invalid' }))
  })
})
