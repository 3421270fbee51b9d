import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inspectGguf } from '../../../../src/protocol/gguf/inspect-gguf.ts'
import { gguf } from '../../../helpers/gguf-file.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const demoPath = fileURLToPath(new URL('../../../../resources/models/demo-1m.gguf', import.meta.url))
const architecture = gguf.stringKey('general.architecture', 'llama')

describe('inspectGguf', () => {
  it('tells what the demo model is', async () => {
    expect(await inspectGguf(demoPath)).toMatchObject({
      sizeBytes: 2_138_176,
      version: 3,
      architecture: 'llama',
      name: 'Demo 1M',
      licence: 'Apache-2.0',
      quantisation: 'F16',
      parameterCount: 1_049_728,
      tensorCount: 38,
      contextLength: 1024,
      hasChatTemplate: true,
    })
  })

  it('keeps short arrays of numbers for the shape, and of long ones only how long they are', async () => {
    using folder = tempFolder()
    const path = folder.file('arrays.gguf')
    const array = (key: string, items: readonly number[]) =>
      Buffer.concat([
        gguf.text(key),
        gguf.u32(9),
        gguf.u32(4),
        gguf.u64(items.length),
        ...items.map(gguf.u32),
      ])
    const many = Array.from({ length: 2000 }, () => 7)
    // More numbers than are kept of all arrays: those without room are skipped, and the file is read all the same.
    const fillers = Array.from({ length: 70 }, (_, index) => array(`filler.${index}`, many.slice(0, 1000)))
    const keys = [
      architecture,
      gguf.u32Key('llama.block_count', 3),
      gguf.u32Key('llama.embedding_length', 64),
      gguf.u32Key('llama.attention.head_count', 4),
      array('llama.attention.head_count_kv', [4, 0, 2]),
      array('tokenizer.ggml.tokens', many),
      ...fillers,
      array('llama.feed_forward_length', [96, 128, 160]),
    ]
    const head = Buffer.concat([
      gguf.header({ tensors: 1, keys: keys.length }),
      ...keys,
      gguf.tensor('a', [8]),
    ])
    writeFileSync(path, Buffer.concat([head, Buffer.alloc(100)]))
    expect((await inspectGguf(path)).shape).toMatchObject({
      layers: 3,
      kvHeads: 4,
      kvElements: { full: 6 * 32, window: 0 },
      vocabulary: 2000,
      feedForward: 160,
    })
  })

  it('tells the quantisation by the weights where the file does not name it', async () => {
    using folder = tempFolder()
    const path = folder.file('small.gguf')
    const head = Buffer.concat([
      gguf.header({ tensors: 2, keys: 1 }),
      architecture,
      gguf.tensor('a', [64], 8),
      gguf.tensor('b', [8], 0, 96),
    ])
    writeFileSync(path, Buffer.concat([head, Buffer.alloc(300)]))
    expect(await inspectGguf(path)).toMatchObject({
      quantisation: 'Q8_0',
      parameterCount: 72,
      hasChatTemplate: false,
    })
  })

  const hostile: Record<string, { bytes: Buffer; says: RegExp }> = {
    'an empty file': { bytes: Buffer.alloc(0), says: /is empty/ },
    'a text': { bytes: Buffer.from('Once upon a time'), says: /not a GGUF file/ },
    'three bytes': { bytes: Buffer.from('GGU'), says: /not a GGUF file/ },
    'a magic number and no more': { bytes: Buffer.from('GGUF'), says: /the version would need 4 bytes/ },
    'a version of the future': { bytes: gguf.header({ version: 99 }), says: /version 99/ },
    'a big-endian file': { bytes: gguf.header({ version: 0x03000000 }), says: /big-endian/ },
    'more keys than any file has': {
      bytes: gguf.header({ keys: 2n ** 60n }),
      says: /metadata count is 1152921504606846976/,
    },
    'a million tensors': { bytes: gguf.header({ tensors: 1_000_000 }), says: /claims 1000000 tensors/ },
    'a text of a terabyte': {
      bytes: Buffer.concat([
        gguf.header({ keys: 1 }),
        gguf.text('a.b'),
        gguf.u32(8),
        gguf.u64(2n ** 40n),
        Buffer.alloc(64),
      ]),
      says: /a\.b would need 1099511627776 bytes/,
    },
    'a key of a gigabyte': {
      bytes: Buffer.concat([gguf.header({ keys: 1 }), gguf.u64(2n ** 30n), Buffer.alloc(64)]),
      says: /metadata key 1 of 1 would need/,
    },
    'an array of 2^40 texts': {
      bytes: Buffer.concat([
        gguf.header({ keys: 1 }),
        gguf.text('a.b'),
        gguf.u32(9),
        gguf.u32(8),
        gguf.u64(2n ** 40n),
      ]),
      says: /a\.b would need/,
    },
    'an array of 2^40 numbers': {
      bytes: Buffer.concat([
        gguf.header({ keys: 1 }),
        gguf.text('a.b'),
        gguf.u32(9),
        gguf.u32(4),
        gguf.u64(2n ** 40n),
      ]),
      says: /a\.b would need/,
    },
    'arrays in arrays without end': {
      bytes: Buffer.concat([
        gguf.header({ keys: 1 }),
        gguf.text('a.b'),
        gguf.u32(9),
        ...Array.from({ length: 10_000 }, () => Buffer.concat([gguf.u32(9), gguf.u64(1)])),
      ]),
      says: /nests arrays too deeply/,
    },
    'a value of an unknown type': {
      bytes: Buffer.concat([gguf.header({ keys: 1 }), gguf.text('a.b'), gguf.u32(77)]),
      says: /unknown value type 77/,
    },
    'no architecture': {
      bytes: Buffer.concat([gguf.header({ keys: 1 }), gguf.u32Key('__proto__', 1)]),
      says: /names no architecture/,
    },
    'an adapter': {
      bytes: Buffer.concat([
        gguf.header({ keys: 2 }),
        architecture,
        gguf.stringKey('general.type', 'adapter'),
      ]),
      says: /no language model \(its type is "adapter"\)/,
    },
    'a part of a model': {
      bytes: Buffer.concat([
        gguf.header({ keys: 2, tensors: 1 }),
        architecture,
        gguf.u32Key('split.count', 3),
      ]),
      says: /one of 3 parts of a model and does not say which/,
    },
    'no weights': {
      bytes: Buffer.concat([gguf.header({ keys: 1 }), architecture]),
      says: /holds no weights/,
    },
    'a tensor of 2^120 elements': {
      bytes: Buffer.concat([
        gguf.header({ keys: 1, tensors: 1 }),
        architecture,
        gguf.tensor('w', [2n ** 52n, 2n ** 52n]),
      ]),
      says: /w would be absurdly large/,
    },
    'a tensor of an unknown type': {
      bytes: Buffer.concat([gguf.header({ keys: 1, tensors: 1 }), architecture, gguf.tensor('w', [32], 200)]),
      says: /type 200/,
    },
    'half a block': {
      bytes: Buffer.concat([gguf.header({ keys: 1, tensors: 1 }), architecture, gguf.tensor('w', [33], 8)]),
      says: /does not fill its Q8_0 blocks/,
    },
    'an alignment of 7': {
      bytes: Buffer.concat([
        gguf.header({ keys: 2, tensors: 1 }),
        architecture,
        gguf.u32Key('general.alignment', 7),
        gguf.tensor('w', [32]),
        Buffer.alloc(256),
      ]),
      says: /alignment is 7/,
    },
  }
  for (const [what, { bytes, says }] of Object.entries(hostile)) {
    it(`refuses ${what}`, async () => {
      using folder = tempFolder()
      const path = folder.file('hostile.gguf')
      writeFileSync(path, bytes)
      await expect(inspectGguf(path)).rejects.toMatchObject({
        code: 'model_invalid',
        message: expect.stringMatching(says),
      })
    })
  }

  it('refuses the demo model cut off anywhere', async () => {
    using folder = tempFolder()
    const path = folder.file('cut.gguf')
    const whole = readFileSync(demoPath)
    for (const length of [10, 24, 100, 20_000, 60_000, whole.length / 2, whole.length - 1]) {
      copyFileSync(demoPath, path)
      truncateSync(path, length)
      await expect(inspectGguf(path), `${length} bytes`).rejects.toMatchObject({ code: 'model_invalid' })
    }
  })

  it('refuses what is no file', async () => {
    using folder = tempFolder()
    mkdirSync(folder.file('folder'))
    await expect(inspectGguf(folder.file('folder'))).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/is a folder/),
    })
    await expect(inspectGguf(folder.file('absent.gguf'))).rejects.toMatchObject({ code: 'model_not_found' })
  })

  it.runIf(process.platform !== 'win32')('does not wait for somebody to write into a pipe', async () => {
    using folder = tempFolder()
    execFileSync('sh', ['-c', 'mkfifo "$0"', folder.file('pipe')])
    await expect(inspectGguf(folder.file('pipe'))).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/not a regular file/),
    })
  })
})
