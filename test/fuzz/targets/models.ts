import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelFlag } from '../../../src/cli/model-flag.ts'
import { parseCatalogue } from '../../../src/protocol/catalogue/parse.ts'
import { resolveModels } from '../../../src/protocol/catalogue/resolve-models.ts'
import { DriadError } from '../../../src/protocol/errors.ts'
import { inspectGguf } from '../../../src/protocol/gguf/inspect-gguf.ts'
import { Journal } from '../../../src/sdk/dataset/journal.ts'
import { gguf } from '../../helpers/gguf-file.ts'
import { allowing, bytesOf, type FuzzTarget, textOf } from '../target.ts'

const isTyped = (error: unknown) => error instanceof DriadError
const catalogueFile = join(import.meta.dirname, '..', '..', '..', 'resources', 'models', 'catalogue.json')

/** A folder for decoders that read files. */
let folder: string | undefined
function fileWith(name: string, bytes: Uint8Array): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'driad-fuzz-'))
    process.on('exit', () => rmSync(made, { recursive: true, force: true }))
    folder = made
  }
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const ggufFiles: FuzzTarget = {
  name: 'gguf',
  words: [
    'GGUF',
    'general.architecture',
    'llama',
    'split.count',
    'llama.block_count',
    'tokenizer.chat_template',
  ],
  seeds: () => [
    new Uint8Array(
      Buffer.concat([
        gguf.header({ tensors: 1, keys: 4 }),
        gguf.stringKey('general.architecture', 'llama'),
        gguf.stringKey('general.name', 'A model'),
        gguf.u32Key('llama.block_count', 2),
        gguf.u32Key('llama.embedding_length', 64),
        gguf.tensor('token_embd.weight', [64, 32]),
        Buffer.alloc(64 * 32 * 4 + 64),
      ]),
    ),
    new Uint8Array(gguf.header({ tensors: 2n ** 63n, keys: 1 })),
  ],
  run: async (input) => {
    try {
      await inspectGguf(fileWith('model.gguf', input))
    } catch (error) {
      if (!isTyped(error)) throw error
    }
  },
}

const catalogues: FuzzTarget = {
  name: 'catalogue',
  maxBytes: 32 * 1024,
  words: ['@small', '*', 'hf.co/', 'q4_K_M', 'aliases', 'variants', 'sha256'],
  seeds: () => {
    const full = JSON.parse(readFileSync(catalogueFile, 'utf8')) as { models: unknown[] }
    return [bytesOf(JSON.stringify({ ...full, models: full.models.slice(0, 3) }))]
  },
  run: (input) => {
    const catalogue = allowing(isTyped, () => parseCatalogue(textOf(input)))
    if (catalogue === undefined) return
    for (const pattern of ['*', '@small', 'l*:*q4*', catalogue.models[0]?.variants[0]?.name ?? 'none'])
      allowing(isTyped, () => resolveModels(catalogue, [pattern]))
  },
}

const modelFlags: FuzzTarget = {
  name: 'model-flag',
  maxBytes: 512,
  words: ['=', '/', '.gguf', '..'],
  seeds: () => ['a.gguf', '/x/b.gguf=name', 'c=d=e'].map(bytesOf),
  run: (input) => {
    allowing(
      (error) => (error as { code?: string }).code === 'commander.invalidArgument',
      () => modelFlag(textOf(input)),
    )
  },
}

const journals: FuzzTarget = {
  name: 'dataset-journal',
  words: ['{"type":"done"', '\n', '"row":', '"type":"task"'],
  seeds: () => [
    bytesOf(
      [
        '{"type":"dataset","version":1,"singleton":"s"}',
        '{"type":"task","row":0,"attempt":0,"digest":"d","taskId":"t"}',
        '{"type":"done","row":0,"value":{"a":1}}',
        '{"type":"failed","row":1,"code":"internal","message":"m"}',
        '',
      ].join('\n'),
    ),
  ],
  run: async (input) => {
    try {
      const journal = await Journal.open(fileWith('journal.jsonl', input), () => undefined)
      await journal.close()
    } catch (error) {
      if (!isTyped(error)) throw error
    }
  },
}

export const modelTargets: readonly FuzzTarget[] = [ggufFiles, catalogues, modelFlags, journals]
