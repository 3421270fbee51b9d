import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { skipWords } from '../../../../../src/locales/words/skip-words.ts'
import { modelPlaces } from '../../../../../src/node/models/local/model-places.ts'
import {
  type ScanOptions,
  type ScanResult,
  scanPlaces,
} from '../../../../../src/node/models/local/scan-places.ts'
import { gguf } from '../../../../helpers/gguf-file.ts'
import { ModelStores, sha256 } from '../../../../helpers/model-stores.ts'
import { demoModelPath } from '../../../../helpers/models.ts'
import { tempFolder } from '../../../../helpers/temp-folder.ts'

const demoSha256 = sha256(demoModelPath)

let folder: ReturnType<typeof tempFolder>
let stores: ModelStores

beforeEach(() => {
  folder = tempFolder()
  stores = new ModelStores(folder.file('home'))
  mkdirSync(stores.home)
})
afterEach(() => folder[Symbol.dispose]())

function scan(folders: readonly string[] = [], options: Partial<ScanOptions> = {}): Promise<ScanResult> {
  const { home } = stores
  const modelsFolder = folder.file('data')
  const places = modelPlaces({ platform: 'linux', home, env: {}, modelsFolder, folders })
  // Of this computer's own stores, nothing may come into a test.
  const own = places.filter(({ path }) => path.startsWith(folder.path))
  return scanPlaces(own, { signal: new AbortController().signal, ...options })
}

const names = ({ files }: ScanResult) => files.map(({ source, name }) => `${source} ${name}`).sort()

describe('scanPlaces', () => {
  it('finds the models of all programs, by the names that they have there', async () => {
    stores.lmStudio(demoModelPath, 'somebody', 'Demo-GGUF', 'Demo-1M-F16.gguf')
    stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'llama3.1', '8b-instruct-q4_K_M'])
    stores.ollama(demoModelPath, ['registry.ollama.ai', 'somebody', 'tuned', 'latest'])
    stores.ollama(demoModelPath, ['hf.co', 'owner', 'Demo-GGUF', 'Q8_0'])
    const link = stores.huggingFace(demoModelPath, 'owner', 'Demo-GGUF', 'demo-f16.gguf')
    stores.copy(demoModelPath, '.cache', 'llama.cpp', 'owner_Demo-GGUF_demo.gguf')
    stores.copy(demoModelPath, '.local', 'share', 'nomic.ai', 'GPT4All', 'Demo.Q4_0.gguf')
    stores.copy(
      demoModelPath,
      '.local',
      'share',
      'Jan',
      'data',
      'llamacpp',
      'models',
      'jan-demo',
      'model.gguf',
    )
    stores.copy(demoModelPath, 'mine', 'deep', 'in', 'it', 'own.GGUF')
    writeFileSync(stores.path('mine', 'readme.txt'), 'no model')
    const result = await scan([join(stores.home, 'mine')])
    expect(names(result)).toEqual([
      'folder own',
      'gpt4all Demo.Q4_0',
      'hugging-face demo-f16',
      'jan jan-demo',
      'llama.cpp owner_Demo-GGUF_demo',
      'lm-studio Demo-1M-F16',
      'ollama hf.co/owner/Demo-GGUF:Q8_0',
      'ollama llama3.1:8b-instruct-q4_K_M',
      'ollama somebody/tuned:latest',
    ])
    expect(result.skipped).toEqual([])
    const found = result.files.find(({ source }) => source === 'hugging-face')
    expect(found).toMatchObject({
      path: link,
      claimedSha256: demoSha256,
      sizeBytes: 2_138_176,
      facts: { architecture: 'llama', quantisation: 'F16', parameterCount: 1_049_728, contextLength: 1024 },
    })
    for (const { source, claimedSha256 } of result.files)
      expect(claimedSha256).toBe(['ollama', 'hugging-face'].includes(source) ? demoSha256 : undefined)
  })

  it('says of each file why it is no model, and goes on', async () => {
    const cut = stores.lmStudio(demoModelPath, 'a', 'b', 'cut.gguf')
    truncateSync(cut, 100_000)
    writeFileSync(stores.path('.lmstudio', 'models', 'a', 'b', 'empty.gguf'), '')
    const adapter = [gguf.header({ keys: 2 }), gguf.stringKey('general.architecture', 'llama')]
    writeFileSync(
      stores.path('.lmstudio', 'models', 'a', 'b', 'adapter.gguf'),
      Buffer.concat([...adapter, gguf.stringKey('general.type', 'adapter')]),
    )
    stores.lmStudio(demoModelPath, 'a', 'b', 'good.gguf')
    const { files } = await scan()
    const reasons = Object.fromEntries(files.map(({ name, error }) => [name, error?.message]))
    expect(reasons).toEqual({
      adapter: expect.stringMatching(/its type is "adapter"/),
      cut: expect.stringMatching(/cut off/),
      empty: expect.stringMatching(/is empty/),
      good: undefined,
    })
  })

  it('follows links to files and folders, but in no circle', async () => {
    stores.copy(demoModelPath, 'elsewhere', 'linked.gguf')
    const models = dirname(stores.lmStudio(demoModelPath, 'a', 'b', 'model.gguf'))
    symlinkSync(join(stores.home, 'elsewhere'), join(models, 'folder'))
    symlinkSync('..', join(models, 'up'))
    symlinkSync('.', join(models, 'here'))
    symlinkSync('loop.gguf', join(models, 'loop.gguf'))
    symlinkSync('gone', join(models, 'broken.gguf'))
    linkSync(join(models, 'model.gguf'), join(models, 'twin.gguf'))
    const result = await scan()
    expect(names(result)).toEqual(['lm-studio linked', 'lm-studio model', 'lm-studio twin'])
    const [model, twin] = result.files.filter(({ name }) => name !== 'linked')
    expect(twin?.identity).toBe(model?.identity)
    expect(result.skipped).toEqual([
      { path: join(models, 'broken.gguf'), code: 'dangling', facts: {} },
      { path: join(models, 'loop.gguf'), code: 'link_loop', facts: {} },
    ])
  })

  it.runIf(process.getuid?.() !== 0 && process.platform !== 'win32')(
    'skips folders that it may not read',
    async () => {
      const closed = dirname(stores.lmStudio(demoModelPath, 'a', 'closed', 'model.gguf'))
      chmodSync(closed, 0)
      const { files, skipped } = await scan()
      chmodSync(closed, 0o700)
      expect(files).toEqual([])
      expect(skipped).toEqual([{ path: closed, code: 'not_allowed', facts: {} }])
    },
  )

  it('tells of folders that the operator named and that are not there, and of no others', async () => {
    writeFileSync(stores.path('file'), '')
    const { skipped, places } = await scan([join(stores.home, 'gone'), join(stores.home, 'file')])
    expect(places).toEqual([])
    expect(skipped).toEqual([
      { path: join(stores.home, 'gone'), code: 'no_folder', facts: {} },
      { path: join(stores.home, 'file'), code: 'not_a_folder', facts: {} },
    ])
  })

  it('ends at its bounds, and says where', async () => {
    for (let number = 0; number < 20; number++) stores.lmStudio(demoModelPath, 'a', 'b', `${number}.gguf`)
    const few = await scan([], { limits: { models: 5 } })
    expect(few.files).toHaveLength(5)
    expect(few.skipped).toMatchObject([{ code: 'ended_models', facts: { count: 5 } }])
    const short = await scan([], { limits: { entries: 10 } })
    expect(short.files.length).toBeLessThan(10)
    expect(short.skipped).toMatchObject([{ code: 'ended_entries', facts: { count: 10 } }])
    const flat = await scan([], { limits: { depth: 1 } })
    expect(flat.files).toEqual([])
    expect(flat.skipped).toMatchObject([{ code: 'too_deep', facts: { count: 1 } }])
    const none = await scan([], { limits: { timeMs: -1 } })
    expect(none.files).toEqual([])
    expect(none.skipped).toHaveLength(1)
  })

  it('ends when it is told to', async () => {
    stores.lmStudio(demoModelPath, 'a', 'b', 'model.gguf')
    const controller = new AbortController()
    const reason = new Error('enough')
    const scanning = scan([], { signal: controller.signal, onProgress: () => controller.abort(reason) })
    await expect(scanning).rejects.toBe(reason)
  })

  it('takes a model in several files as one, by its first', async () => {
    const part = (number: number) =>
      writeFileSync(
        stores.path('.lmstudio', 'models', 'a', 'b', `big-0000${number}-of-00002.gguf`),
        Buffer.concat([
          gguf.header({ keys: 4, tensors: 1 }),
          gguf.stringKey('general.architecture', 'llama'),
          gguf.u32Key('split.count', 2),
          gguf.u32Key('split.no', number - 1),
          gguf.u32Key('split.tensors.count', 2),
          gguf.tensor(`part${number}`, [64]),
          Buffer.alloc(512),
        ]),
      )
    part(1)
    part(2)
    const { files } = await scan()
    expect(files).toMatchObject([{ name: 'big', facts: { parameterCount: 128 } }])
    expect(files[0]?.parts).toHaveLength(2)
    expect(files[0]?.sizeBytes).toBe(files[0]?.parts?.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  })
})

describe("Ollama's store", () => {
  const model = (digest: string) => ({
    layers: [{ mediaType: 'application/vnd.ollama.image.model', digest, size: 1 }],
  })
  const name = ['registry.ollama.ai', 'library', 'hostile', 'latest'] as const

  it('skips what is no model of it, with the reason', async () => {
    const hex = sha256(demoModelPath)
    stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'good', 'latest'])
    const at = (tag: string, manifest: unknown) =>
      stores.ollamaManifest(['registry.ollama.ai', 'library', 'bad', tag], manifest)
    at('absent', model(`sha256:${'a'.repeat(64)}`))
    at('cloud', { layers: [] })
    at('text', 'Once upon a time')
    at('long', ' '.repeat(1024 * 1024 + 1))
    writeFileSync(stores.path('.ollama', 'models', 'manifests', '.DS_Store'), '')
    writeFileSync(stores.path('.ollama', 'models', 'manifests', 'registry.ollama.ai', 'stray'), '')
    at('adapted', {
      layers: [
        { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${hex}` },
        { mediaType: 'application/vnd.ollama.image.adapter', digest: `sha256:${hex}` },
      ],
    })
    const { files, skipped } = await scan()
    expect(files.map(({ name: found, error }) => [found, error?.code])).toEqual([
      ['bad:adapted', 'model_invalid'],
      ['good:latest', undefined],
    ])
    const reasons = skipped.map((each) => `${each.path.split('/').at(-1)}: ${skipWords(each)}`).sort()
    expect(reasons).toEqual([
      expect.stringMatching(/^absent: its weights are not there/),
      expect.stringMatching(/^cloud: it names no GGUF/),
      expect.stringMatching(/^long: it has 1,048,577 bytes/),
      expect.stringMatching(/^text: it is no manifest/),
    ])
  })

  it('follows nothing out of the store', async () => {
    const secret = stores.copy(demoModelPath, 'secret.gguf')
    const hex = 'b'.repeat(64)
    symlinkSync(secret, stores.path('.ollama', 'models', 'blobs', `sha256-${hex}`))
    stores.ollamaManifest(name, model(`sha256:${hex}`))
    writeFileSync(stores.path('outside.json'), JSON.stringify(model(`sha256:${hex}`)))
    symlinkSync(
      stores.path('outside.json'),
      stores.path('.ollama', 'models', 'manifests', 'registry.ollama.ai', 'library', 'linked', 'latest'),
    )
    const { files, skipped } = await scan()
    expect(files).toEqual([])
    expect(skipped.map(({ code }) => code)).toEqual(['weights_lead_out', 'leads_out'])
  })

  it('finds nothing but its own blobs, whatever a manifest says', async () => {
    const secret = stores.copy(demoModelPath, 'secret.gguf')
    const own = join(stores.home, '.ollama', 'models', 'blobs')
    stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'good', 'latest'])
    const hex = sha256(demoModelPath)
    const digest = fc.oneof(
      fc.constantFrom(
        secret,
        '../../../secret.gguf',
        `sha256:../../../secret.gguf`,
        `sha256-${'../'.repeat(21)}x`,
        `sha256:${hex}/../../../../secret.gguf`,
        `sha256:${hex}`,
        `sha256:${hex.toUpperCase()}`,
        `sha256:${hex}\n`,
        `sha512:${hex}`,
        'file:///etc/passwd',
      ),
      fc.string(),
      fc.anything(),
    )
    const manifest = fc.oneof(
      fc.record({
        layers: fc.oneof(
          fc.array(fc.record({ mediaType: fc.constant('application/vnd.ollama.image.model'), digest })),
          fc.anything(),
        ),
      }),
      fc.json(),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(manifest, async (content) => {
        stores.ollamaManifest(name, typeof content === 'string' ? content : (JSON.stringify(content) ?? ''))
        const { files } = await scan()
        expect(files.length).toBeGreaterThan(0)
        for (const { path } of files) expect(path).toBe(join(own, `sha256-${hex}`))
      }),
      { numRuns: 150 },
    )
  })

  it.runIf(process.platform !== 'win32')('does not wait at a pipe in place of a manifest', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', stores.path('.ollama', 'models', 'manifests', ...name)])
    expect((await scan()).files).toEqual([])
  })
})

describe('a cache of Hugging Face', () => {
  it('is read within itself, and in its snapshots only', async () => {
    const link = stores.huggingFace(demoModelPath, 'owner', 'repository', 'sub/demo.gguf')
    stores.copy(
      demoModelPath,
      '.cache',
      'huggingface',
      'hub',
      'datasets--owner--set',
      'snapshots',
      'a',
      'no.gguf',
    )
    stores.copy(demoModelPath, 'secret.gguf')
    symlinkSync(join(stores.home, 'secret.gguf'), join(dirname(link), 'secret.gguf'))
    // Where there are no links, the files are in the snapshots.
    const plain = ['.cache', 'huggingface', 'hub', 'models--owner--plain', 'snapshots', 'a', 'plain.gguf']
    stores.copy(demoModelPath, ...plain)
    const { files, skipped } = await scan()
    expect(files.map(({ name, claimedSha256 }) => [name, claimedSha256])).toEqual([
      ['plain', undefined],
      ['demo', demoSha256],
    ])
    expect(skipped).toEqual([{ path: join(dirname(link), 'secret.gguf'), code: 'leads_out', facts: {} }])
  })
})
