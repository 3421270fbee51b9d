import { describe, expect, it } from 'vitest'
import { corpusOf } from '../fuzz/corpus.ts'
import { minimise } from '../fuzz/fuzz.ts'
import { mutate } from '../fuzz/mutate.ts'
import { Random } from '../fuzz/random.ts'
import { allowing, mustHold } from '../fuzz/target.ts'
import { targets } from '../fuzz/targets.ts'

// A short round of what `npm run fuzz` does for as long as one likes: always the same, so that it fails for a change only.
const SEED = 2026
const INPUTS = 60

describe.each(targets)('the decoder $name', (target) => {
  it.each(corpusOf(target))('withstands $name of the corpus', async ({ bytes }) => {
    await target.run(bytes)
  })

  it('takes its seeds, and withstands what comes of them by a fixed seed', async () => {
    const random = new Random(SEED)
    const pool = [...(await target.seeds()), ...corpusOf(target).map(({ bytes }) => bytes)]
    for (const input of pool) await target.run(input)
    for (let count = 0; count < INPUTS; count++) {
      const options = { random, words: target.words ?? [], maxBytes: target.maxBytes ?? 8 * 1024 }
      const input = mutate(random.of(pool), pool, options)
      expect(input.byteLength).toBeLessThanOrEqual(options.maxBytes)
      try {
        await target.run(input)
      } catch (cause) {
        throw new Error(`Input in base64: ${Buffer.from(input).toString('base64')}`, { cause })
      }
    }
  })
})

describe('the fuzzer', () => {
  it('repeats itself by a seed, and differs by another', () => {
    const inputs = (seed: number) => {
      const random = new Random(seed)
      const options = { random, words: ['word'], maxBytes: 100 }
      const start = new Uint8Array(Buffer.from('{"a":[1,2,{"b":"text"}],"n":12}'))
      return Array.from({ length: 20 }, () => Buffer.from(mutate(start, [start], options)).toString('base64'))
    }
    expect(inputs(1)).toEqual(inputs(1))
    expect(inputs(1)).not.toEqual(inputs(2))
  })

  it('makes an input as small as it can be', async () => {
    const input = new Uint8Array(Buffer.from('some text around BUG and more of it'))
    const small = await minimise(input, async (smaller) => Buffer.from(smaller).includes('BUG'))
    expect(Buffer.from(small).toString()).toBe('BUG')
  })

  it('lets pass what a decoder may say, and nothing else', () => {
    expect(
      allowing(
        (error) => error instanceof SyntaxError,
        () => JSON.parse('{'),
      ),
    ).toBeUndefined()
    expect(() =>
      allowing(
        (error) => error instanceof SyntaxError,
        () => undefined as never,
      ),
    ).not.toThrow()
    expect(() => mustHold(false, 'it')).toThrow('It does not hold: it')
  })
})
