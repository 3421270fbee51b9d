import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { type GgufInfo, inspectGguf } from '../../../../src/protocol/gguf/inspect-gguf.ts'
import { damagedDemo, demoWithout } from '../../../helpers/damaged-gguf.ts'
import { gguf } from '../../../helpers/gguf-file.ts'
import { demoModelPath } from '../../../helpers/models.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const whole = readFileSync(demoModelPath)
/** Where the demo model's metadata and list of tensors end, about. */
const HEAD_BYTES = 36_500
const EXTREMES = [0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n]

interface Damage {
  readonly at: number
  readonly bytes: number
  readonly value: bigint
}

const damage: fc.Arbitrary<Damage> = fc.record({
  // Most of the head is the vocabulary, in which a wrong byte says nothing.
  at: fc.oneof(
    fc.nat(1100),
    fc.integer({ min: 32_000, max: HEAD_BYTES }),
    fc.nat(HEAD_BYTES),
    fc.constantFrom(4, 8, 16),
  ),
  bytes: fc.constantFrom(1, 4, 8),
  value: fc.oneof(fc.constantFrom(...EXTREMES), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
})

function damaged(damages: readonly Damage[], length: number): Buffer {
  const bytes = Buffer.from(whole.subarray(0, length))
  for (const { at, bytes: size, value } of damages) {
    const word = gguf.u64(value)
    word.copy(bytes, Math.min(at, Math.max(0, length - size)), 0, size)
  }
  return bytes
}

/** What it says, or the code of what it throws; anything else fails the test. */
async function outcomeOf(path: string): Promise<GgufInfo | string> {
  try {
    return await inspectGguf(path)
  } catch (error) {
    expect(error).toBeInstanceOf(DriadError)
    const { code, message } = error as DriadError
    expect(code, message).toBe('model_invalid')
    expect(message.length).toBeLessThan(2000)
    return code
  }
}

describe('inspectGguf of damaged files', () => {
  it('says what a file is, or that it is damaged, whatever is wrong in its head', async () => {
    using folder = tempFolder()
    const path = folder.file('damaged.gguf')
    const outcomes = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
        writeFileSync(path, damaged(damages, whole.length))
        const outcome = await outcomeOf(path)
        outcomes.add(typeof outcome === 'string' ? outcome : 'read')
        if (typeof outcome === 'string') return
        expect(JSON.stringify(outcome).length).toBeLessThan(65_536)
        for (const value of [outcome.parameterCount, outcome.tensorCount, outcome.sizeBytes])
          expect(Number.isSafeInteger(value) && value >= 0).toBe(true)
      }),
      { numRuns: 400 },
    )
    expect([...outcomes].sort()).toEqual(['model_invalid', 'read'])
  })

  it('refuses a file that was cut off anywhere, damaged or not', async () => {
    using folder = tempFolder()
    const path = folder.file('cut.gguf')
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.nat(HEAD_BYTES), fc.nat(whole.length - 1)), async (length) => {
        writeFileSync(path, damaged([], length))
        expect(await outcomeOf(path)).toBe('model_invalid')
      }),
      { numRuns: 200 },
    )
  })

  const absurd: Record<string, Buffer> = {
    'no layers': damagedDemo({ 'llama.block_count': 0 }),
    'more layers than llama.cpp has room for': damagedDemo({ 'llama.block_count': 513 }),
    'a negative number of layers': damagedDemo({ 'llama.block_count': -1 }),
    'no heads': damagedDemo({ 'llama.attention.head_count': 0 }),
    'a negative number of heads': damagedDemo({ 'llama.attention.head_count': -1 }),
    'no number of heads': demoWithout('llama.attention.head_count'),
    'no heads for keys': damagedDemo({ 'llama.attention.head_count_kv': 0 }),
    'more heads for keys than heads': damagedDemo({ 'llama.attention.head_count_kv': 2 ** 30 }),
    'no width': damagedDemo({ 'llama.embedding_length': 0 }),
    'no feed-forward network': damagedDemo({ 'llama.feed_forward_length': 0 }),
    'no length of the feed-forward network': demoWithout('llama.feed_forward_length'),
    'huge rotations': damagedDemo({ 'llama.rope.dimension_count': -1 }),
    'a base of rotations that is no number': damagedDemo({ 'llama.rope.freq_base': Number.NaN }),
    'a negative epsilon': damagedDemo({ 'llama.attention.layer_norm_rms_epsilon': -1 }),
    'an infinite epsilon': damagedDemo({
      'llama.attention.layer_norm_rms_epsilon': Number.POSITIVE_INFINITY,
    }),
    'a context of one token': damagedDemo({ 'llama.context_length': 1 }),
  }
  for (const [what, bytes] of Object.entries(absurd)) {
    it(`refuses a model with ${what}, which would end the process that loads it`, async () => {
      using folder = tempFolder()
      const path = folder.file('absurd.gguf')
      writeFileSync(path, bytes)
      expect(await outcomeOf(path)).toBe('model_invalid')
    })
  }

  const experts = (keys: Record<string, number>) =>
    small(Object.entries(keys).map(([key, value]) => gguf.u32Key(`llama.${key}`, value)))
  const routes: Record<string, { keys: Record<string, number>; good: boolean }> = {
    'two of eight experts': { keys: { expert_count: 8, expert_used_count: 2 }, good: true },
    'nine of eight experts': { keys: { expert_count: 8, expert_used_count: 9 }, good: false },
    'none of eight experts': { keys: { expert_count: 8 }, good: false },
    'two of no experts': { keys: { expert_count: 0, expert_used_count: 2 }, good: false },
    'eight groups of eight experts': {
      keys: { expert_count: 8, expert_used_count: 2, expert_group_count: 8 },
      good: false,
    },
    'more experts than llama.cpp has room for': {
      keys: { expert_count: 1025, expert_used_count: 2 },
      good: false,
    },
  }
  for (const [what, { keys, good }] of Object.entries(routes)) {
    it(`${good ? 'takes' : 'refuses'} ${what}`, async () => {
      using folder = tempFolder()
      const path = folder.file('experts.gguf')
      writeFileSync(path, experts(keys))
      expect(typeof (await outcomeOf(path))).toBe(good ? 'object' : 'string')
    })
  }

  it('leaves models without attention their zeros', async () => {
    using folder = tempFolder()
    const path = folder.file('recurrent.gguf')
    const zeros = ['attention.head_count', 'feed_forward_length'].map((key) => gguf.u32Key(`llama.${key}`, 0))
    writeFileSync(path, small(zeros, 'blk.0.ssm_in.weight'))
    expect(await outcomeOf(path)).toMatchObject({ parameterCount: 64 })
    writeFileSync(path, small(zeros, 'blk.0.attn_q.weight'))
    expect(await outcomeOf(path)).toBe('model_invalid')
  })

  it('refuses a vocabulary of another kind, which llama.cpp would not survive', async () => {
    using folder = tempFolder()
    const path = folder.file('vocabulary.gguf')
    const numbers = [gguf.u32(9), gguf.u32(4), gguf.u64(2), gguf.u32(1), gguf.u32(2)]
    const texts = [gguf.u32(9), gguf.u32(8), gguf.u64(2), gguf.text('a'), gguf.text('b')]
    const list = (key: string, items: Buffer[]) => Buffer.concat([gguf.text(key), ...items])
    for (const wrong of [
      list('tokenizer.ggml.tokens', numbers),
      list('tokenizer.ggml.scores', texts),
      gguf.u32Key('tokenizer.ggml.tokens', 7),
    ]) {
      writeFileSync(path, small([wrong]))
      expect(await outcomeOf(path)).toBe('model_invalid')
    }
    writeFileSync(path, small([list('tokenizer.ggml.tokens', texts), list('tokenizer.ggml.scores', numbers)]))
    expect(await outcomeOf(path)).toMatchObject({ architecture: 'llama' })
  })

  it('looks at no more items than any vocabulary has, however large the file', async () => {
    using folder = tempFolder()
    const path = folder.file('endless.gguf')
    const head = [gguf.header({ keys: 1 }), gguf.text('a.b'), gguf.u32(9), gguf.u32(8), gguf.u64(50_000_000)]
    writeFileSync(path, Buffer.concat(head))
    truncateSync(path, 500_000_000)
    await expect(inspectGguf(path)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/would have 50000000 items/),
    })
  })

  it('refuses a key that begins with a zero, at which llama.cpp aborts', async () => {
    using folder = tempFolder()
    const path = folder.file('key.gguf')
    writeFileSync(path, small([gguf.u32Key('\0eneral.type', 1)]))
    expect(await outcomeOf(path)).toBe('model_invalid')
  })

  it('refuses the part of a model that sees', async () => {
    using folder = tempFolder()
    const path = folder.file('mmproj.gguf')
    writeFileSync(
      path,
      Buffer.concat([
        gguf.header({ keys: 1, tensors: 1 }),
        gguf.stringKey('general.architecture', 'clip'),
        gguf.tensor('v.blk.0.attn_q.weight', [64]),
        Buffer.alloc(512),
      ]),
    )
    await expect(inspectGguf(path)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/part of a model that sees/),
    })
  })
})

/** A file with these keys and one tensor. */
function small(keys: readonly Buffer[], tensor = 'a'): Buffer {
  return Buffer.concat([
    gguf.header({ keys: keys.length + 4, tensors: 1 }),
    gguf.stringKey('general.architecture', 'llama'),
    gguf.u32Key('llama.context_length', 1024),
    gguf.u32Key('llama.embedding_length', 64),
    gguf.u32Key('llama.block_count', 2),
    ...keys,
    gguf.tensor(tensor, [64]),
    Buffer.alloc(512),
  ])
}
