import { copyFileSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { createInferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { openModelRegistry } from '../../src/node/models/registry.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { inspectGguf } from '../../src/protocol/gguf/inspect-gguf.ts'
import { damagedDemo, demoWithout } from '../helpers/damaged-gguf.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/** Well behind the demo model's head. */
const WEIGHTS_BYTES = 40_000

/** Files that look whole, so that llama.cpp gets to see them. */
const damaged: Record<string, Buffer> = {
  'unknown-architecture': damagedDemo({ 'general.architecture': 'xxxxx' }),
  'unknown-tokenizer': damagedDemo({ 'tokenizer.ggml.model': 'xxxxx' }),
  'no-tokenizer': demoWithout('tokenizer.ggml.model'),
  'no-vocabulary': demoWithout('tokenizer.ggml.tokens'),
  'too-few-layers': damagedDemo({ 'llama.block_count': 1 }),
  'too-many-layers': damagedDemo({ 'llama.block_count': 512 }),
  'another-width': damagedDemo({ 'llama.embedding_length': 127 }),
  'other-heads': damagedDemo({ 'llama.attention.head_count': 8 }),
  'other-rotations': damagedDemo({ 'llama.rope.dimension_count': 31 }),
  // They load, and would answer with the same token for ever.
  'weights-that-are-no-numbers': damagedDemo({}).fill(0xff, WEIGHTS_BYTES),
  'renamed-weights': renamed('token_embd.weight', 'tok_embed.weightx'),
}

it('keeps serving its model while damaged ones are loaded, and says of each what is wrong', async () => {
  using folder = tempFolder()
  const { logger } = recordingLogger()
  const store = openStore({ path: folder.file('driad.db') })
  const settings = openSettings({ store })
  const engine = createInferenceSupervisor({ launch: launchInferenceChild(logger), logger })
  const models = openModelRegistry({ store, engine, settings, logger }, { builtInPath: demoModelPath })
  const ask = (model = 'demo') =>
    engine.generate({
      model,
      messages: [{ role: 'user', content: 'Who are you?' }],
      maxTokens: 8,
      temperature: 0,
    })
  try {
    await models.start()
    const before = await ask()
    for (const [name, bytes] of Object.entries(damaged)) {
      const path = folder.file(`${name}.gguf`)
      writeFileSync(path, bytes)
      expect(await inspectGguf(path), name).toMatchObject({ tensorCount: 38 })
      await models.add({ path, name })
      await expect(models.load(name), name).rejects.toMatchObject({ code: 'model_invalid' })
      expect((await ask()).text).toBe(before.text)
    }
    const views = models.list().filter(({ name }) => name in damaged)
    for (const { name, state, error } of views)
      expect({ name, state, code: error?.code }).toEqual({ name, state: 'failed', code: 'model_invalid' })
    expect(views).toHaveLength(Object.keys(damaged).length)
    expect(models.served().map(({ name }) => name)).toEqual(['demo'])
    // Those are told apart before any harm is done.
    expect(engine.state()).toMatchObject({ state: 'ready', restarts: 0 })

    // The process that has a file in memory does not survive that it becomes shorter: the node does.
    const cut = folder.file('cut.gguf')
    copyFileSync(demoModelPath, cut)
    await models.add({ path: cut, name: 'cut' })
    await models.load('cut')
    truncateSync(cut, 60_000)
    await expect(ask('cut')).rejects.toMatchObject({
      code: expect.stringMatching(/inference_crashed|model_invalid/),
    })
    await vi.waitFor(
      () =>
        expect(models.list().find(({ name }) => name === 'cut')).toMatchObject({
          state: 'failed',
          error: { code: 'model_invalid' },
        }),
      { timeout: 20_000, interval: 10 },
    )
    expect((await ask()).text).toBe(before.text)
    expect(engine.state().restarts).toBe(1)
  } finally {
    await models.stop()
    await engine.stop()
    await store.close()
  }
})

function renamed(tensor: string, name: string): Buffer {
  const bytes = damagedDemo({})
  bytes.write(name, bytes.indexOf(tensor))
  return bytes
}
