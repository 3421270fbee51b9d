import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesWildcard, modelPatternSchema } from '../../../../src/protocol/catalogue/model-pattern.ts'
import { resolveModels } from '../../../../src/protocol/catalogue/resolve-models.ts'
import { searchCatalogue } from '../../../../src/protocol/catalogue/search.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { MODELS_PER_OFFER } from '../../../../src/protocol/wire/limits.ts'
import { builtInCatalogue, catalogueOf } from '../../../helpers/catalogue.ts'

const catalogue = catalogueOf(
  { id: 'old-8b', parameterCount: 8e9, released: '2024-01', variants: [['old:8b-q8_0', 'old', 'old/8b']] },
  { id: 'new-8b', parameterCount: 8e9, variants: [['new:8b-q4_K_M', 'new:8b'], ['new:8b-q8_0']] },
  { id: 'code-30b', parameterCount: 30e9, groups: ['mid', 'coder'], variants: [['code:30b', 'Coder']] },
  { id: 'vector', kind: 'embedding', groups: [], variants: [['vector:f16', 'vector']] },
)
const names = (...patterns: string[]) => resolveModels(catalogue, patterns).names

function refusal(...patterns: string[]): DriadError {
  try {
    resolveModels(catalogue, patterns)
  } catch (error) {
    if (error instanceof DriadError) return error
    throw error
  }
  throw new Error('It was not refused')
}

describe("a task's set of models", () => {
  it('has canonical names for aliases, each once, in the order in which they were written', () => {
    expect(names('new:8b', 'old/8b', 'old', 'old:8b-q8_0')).toEqual(['new:8b-q4_K_M', 'old:8b-q8_0'])
  })

  it('keeps names that the catalogue does not know, also those of groups', () => {
    expect(names('my-own', 'small', 'ollama', 'coder')).toEqual(['my-own', 'small', 'ollama', 'coder'])
  })

  it('has all members of a group, the best first', () => {
    expect(names('@small')).toEqual(['new:8b-q4_K_M', 'new:8b-q8_0', 'old:8b-q8_0'])
    expect(names('@coder', '@embedding')).toEqual(['code:30b', 'vector:f16'])
    expect(names('@chat')).not.toContain('vector:f16')
  })

  it('has what a wildcard matches, in names and in aliases, whatever their case', () => {
    expect(names('new:*')).toEqual(['new:8b-q4_K_M', 'new:8b-q8_0'])
    expect(names('*coder*')).toEqual(['code:30b'])
    expect(names('*/8b')).toEqual(['old:8b-q8_0'])
    expect(names('old', '*8b*')).toEqual(['old:8b-q8_0', 'new:8b-q4_K_M', 'new:8b-q8_0'])
  })

  it.each([
    ['@nothing', 1],
    ['nothing*', 1],
    ['@reasoning', 1],
  ])('%s means nothing: it is a bad offer that says where', (pattern, index) => {
    const error = refusal('old', pattern)
    expect(error.code).toBe('bad_offer')
    expect(error.issues).toEqual([expect.objectContaining({ path: `models[${index}]`, found: pattern })])
  })

  it('that is larger than an offer keeps names, takes what is served, and then the best of every size', () => {
    const models = [8, 4, 2, 1].flatMap((size) =>
      Array.from({ length: 10 }, (_, age) => ({
        id: `m${size}-${age}`,
        parameterCount: size * 1e9,
        released: `20${23 + age}-01`,
        variants: [[`m${size}-${age}:q4`], [`m${size}-${age}:q8`]],
      })),
    )
    const many = catalogueOf(...models)
    const { names: chosen, matched } = resolveModels(many, ['mine', '@small', 'm1-0:q8'], {
      isServed: (name) => name === 'm4-0:q8',
    })
    expect(matched).toBe(81)
    expect(chosen).toHaveLength(MODELS_PER_OFFER)
    expect(chosen.slice(0, 3)).toEqual(['mine', 'm1-0:q8', 'm4-0:q8'])
    const rest = chosen.slice(3)
    expect(rest.every((name) => name.endsWith(':q4'))).toBe(true)
    for (const size of [8, 4, 2, 1]) {
      expect(rest.filter((name) => name.startsWith(`m${size}-`)).length).toBeGreaterThanOrEqual(3)
      expect(rest).toContain(`m${size}-9:q4`)
    }
  })

  it('never is larger than an offer, whatever it is made of', () => {
    const real = builtInCatalogue()
    const written = fc.oneof(
      fc.constantFrom('@small', '@mid', '@ollama', '@chat', '@reasoning', '*', 'llama3*', '*q4_K_M'),
      fc.constantFrom(...real.models.flatMap(({ variants }) => variants.map(({ name }) => name))),
      fc.stringMatching(/^[a-z][a-z0-9:.-]{0,20}$/),
    )
    fc.assert(
      fc.property(fc.uniqueArray(written, { minLength: 1, maxLength: MODELS_PER_OFFER }), (set) => {
        const { names: resolved, matched } = resolveModels(real, set)
        expect(resolved.length).toBeLessThanOrEqual(MODELS_PER_OFFER)
        expect(resolved.length).toBe(Math.min(matched, MODELS_PER_OFFER))
        expect(new Set(resolved).size).toBe(resolved.length)
        expect(resolved.some((name) => name.includes('*') || name.startsWith('@'))).toBe(false)
      }),
    )
  })
})

describe('a wildcard', () => {
  it('matches as the same regular expression would', () => {
    const letters = fc.stringMatching(/^[ab:]{0,8}$/)
    fc.assert(
      fc.property(fc.array(letters, { minLength: 1, maxLength: 5 }), letters, (parts, text) => {
        const expected = new RegExp(`^${parts.join('.*')}$`, 's').test(text)
        expect(matchesWildcard(parts.join('*'), text)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['', ' ', 'a b', '@', '@none', '@small*', 'a*b*c*d*e*', `${'x'.repeat(128)}*`, '*;rm', 'ä*'])(
    '%j is none, and no name either',
    (text) => {
      expect(modelPatternSchema.safeParse(text).success).toBe(false)
    },
  )

  it.each(['@small', '*', 'llama3.1:*', 'hf.co/org/*', 'small', 'a@b'])('%j may be in a set', (text) => {
    expect(modelPatternSchema.safeParse(text).success).toBe(true)
  })
})

describe('a search of the catalogue', () => {
  const found = (query: Parameters<typeof searchCatalogue>[1]) =>
    searchCatalogue(catalogue, query).map(({ id }) => id)

  it('finds all words in names, titles and aliases, the best first', () => {
    expect(found({})).toEqual(['code-30b', 'new-8b', 'old-8b', 'vector'])
    expect(found({ text: '8B q8' })).toEqual(['new-8b', 'old-8b'])
    expect(found({ text: 'coder' })).toEqual(['code-30b'])
    expect(found({ text: 'o*d*' })).toEqual(['old-8b'])
    expect(found({ text: 'nothing' })).toEqual([])
  })

  it('keeps to a group and a kind', () => {
    expect(found({ group: 'small' })).toEqual(['new-8b', 'old-8b'])
    expect(found({ kind: 'embedding' })).toEqual(['vector'])
    expect(found({ group: 'embedding', kind: 'chat' })).toEqual([])
  })
})
