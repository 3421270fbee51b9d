import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseCatalogue } from '../../src/protocol/catalogue/parse.ts'
import type { PullView } from '../../src/protocol/pull-views.ts'
import { driad, makeTestFolder, startNode, type TestFolder } from '../helpers/driad-process.ts'
import { type ModelServer, sha256Of, startModelServer } from '../helpers/model-server.ts'
import { demoModelPath } from '../helpers/models.ts'
import { startProxyServer } from '../helpers/proxy-server.ts'
import { splitGguf } from '../helpers/split-gguf.ts'

const driadPath = fileURLToPath(new URL('../../bin/driad', import.meta.url))
const cataloguePath = fileURLToPath(new URL('../../resources/models/catalogue.json', import.meta.url))
const demo = readFileSync(demoModelPath)

let server: ModelServer
let folder: TestFolder
let dataDir: string

beforeEach(async () => {
  server = await startModelServer()
  const parts = splitGguf(demo, 3)
  server.add('ana/tiny-GGUF', { 'tiny-F16.gguf': demo, 'README.md': Buffer.from('# tiny') })
  server.add(
    'ana/split-GGUF',
    Object.fromEntries(parts.map((bytes, index) => [`F16/split-F16-0000${index + 1}-of-00003.gguf`, bytes])),
  )
  folder = makeTestFolder()
  dataDir = folder.dataDir('node')
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const environment = () => ({ HF_ENDPOINT: server.url, HF_TOKEN: '', HTTP_PROXY: '', http_proxy: '' })
const models = (args: readonly string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}) =>
  driad(['models', ...args, '--data-dir', dataDir], { ...options, env: { ...environment(), ...options.env } })

/** `driad models pull` that is still running, with what it said so far. */
function pulling(args: readonly string[]) {
  const child = spawn(
    process.execPath,
    [driadPath, 'models', 'pull', ...args, '--json', '--data-dir', dataDir],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment() } },
  )
  let stderr = ''
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const lines = createInterface({ input: child.stdout })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    child,
    ended,
    stderr: () => stderr,
    async until(predicate: (view: PullView) => boolean): Promise<PullView> {
      for await (const line of lines) {
        const view = JSON.parse(line) as PullView & { event: string }
        if (view.event === 'progress' && predicate(view)) return view
      }
      throw new Error(`It ended.\n${stderr}`)
    },
  }
}

it('pulls a model that is then served and answers', async () => {
  const pulled = await models(['pull', 'hf:ana/tiny-GGUF:F16', '--json'])
  expect(pulled.stderr).toBe('')
  expect(pulled.code).toBe(0)
  const lines = pulled.json()
  expect(lines.slice(0, -1).every(({ event }) => event === 'progress')).toBe(true)
  const path = `${dataDir}/models/tiny-F16.gguf`
  expect(lines.at(-1)).toMatchObject({
    event: 'completed',
    name: 'tiny-F16',
    path,
    sizeBytes: demo.length,
    sha256: sha256Of(demo),
    verified: true,
  })
  expect(readFileSync(path).equals(demo)).toBe(true)
  const listed = await models(['list', '--json'])
  expect(listed.json<{ models: unknown[] }>()[0]?.models).toContainEqual(
    expect.objectContaining({ name: 'tiny-F16', path, loadedAtStart: true }),
  )
  const node = await startNode(['--data-dir', dataDir])
  expect(node.models).toContain('tiny-F16')
  await node.stop()
})

it('pulls a split model that llama.cpp loads from its parts', async () => {
  const pulled = await models(['pull', 'ana/split-GGUF:F16', '--name', 'whole', '--json'])
  expect(pulled.code).toBe(0)
  const node = await startNode(['--data-dir', dataDir])
  expect(node.models).toContain('whole')
  await node.stop()
  const inspected = await models(['inspect', 'whole', '--json'])
  expect(inspected.json()[0]).toMatchObject({ partCount: 3, parameterCount: 1_049_728 })
})

it('pulls what the catalogue names, by any of its names, with the facts that its repository tells', async () => {
  const { models: known } = parseCatalogue(readFileSync(cataloguePath, 'utf8'))
  const variant = known
    .flatMap(({ variants }) => variants)
    .find(
      ({ files, aliases }) => files.length === 1 && files[0]?.sizeBytes === undefined && aliases.length > 0,
    )
  const path = variant?.files[0]?.path ?? ''
  server.add(variant?.repository ?? '', { [path]: demo })
  const pulled = await models(['pull', variant?.aliases[0] ?? '', '--json'])
  expect(pulled.stderr).toBe('')
  expect(pulled.json()[0]).toMatchObject({ totalBytes: demo.length })
  expect(pulled.json().at(-1)).toMatchObject({ event: 'completed', name: variant?.name, verified: true })
})

it('shows people how it gets on, and what to do when it does not', async () => {
  const pulled = await models(['pull', 'ana/tiny-GGUF/tiny-F16.gguf', '--no-load', '--limit-rate', '4M'])
  expect(pulled.code).toBe(0)
  expect(pulled.stdout).toContain('tiny-F16 is there (2.1 MB, verified)')
  expect(pulled.stderr).toContain('tiny-F16  ')
  expect((await models(['list'])).stdout).toContain('not loaded at start')
  const missing = await models(['pull', 'hf:ana/nothing:Q4_K_M', '--json'])
  expect(missing.code).toBe(2)
  expect(missing.json().at(-1)).toMatchObject({ error: { code: 'model_not_found' } })
  expect((await models(['pull', 'no such thing'])).code).toBe(2)
  expect((await models(['pull', 'x', '--sha256', 'abc'])).code).toBe(2)
  server.add('ana/bad', { 'bad.gguf': Buffer.alloc(5000, 'x') })
  const bad = await models(['pull', 'ana/bad/bad.gguf'])
  expect(bad.code).toBe(2)
  expect(bad.stderr).toContain('set aside')
  const listed = await models(['pulls', '--json'])
  expect(listed.json<{ pulls: PullView[] }>()[0]?.pulls.map(({ name, state }) => `${name} ${state}`)).toEqual(
    ['tiny-F16 completed', 'bad failed'],
  )
  expect((await models(['pulls', '--cancel', 'bad'])).code).toBe(0)
})

it('keeps what came when it is interrupted, says how to go on, and goes on', async () => {
  server.bytesPerSecond = 300_000
  const first = pulling(['hf:ana/tiny-GGUF:F16'])
  await first.until(({ receivedBytes }) => receivedBytes > 300_000)
  const second = await models(['pull', 'hf:ana/tiny-GGUF:F16'])
  expect(second.code).toBe(1)
  expect(second.stderr).toMatch(/Another process \(\d+\) is downloading this model/)
  first.child.kill('SIGINT')
  expect(await first.ended).toBe(1)
  expect(first.stderr()).toContain('the same command goes on with it')
  await server.idle()
  const { sentBytes } = server
  server.bytesPerSecond = 0
  const again = await models(['pull', 'hf:ana/tiny-GGUF:F16', '--json'])
  const completed = again.json().at(-1) as { resumedBytes: number }
  expect(completed.resumedBytes).toBeGreaterThan(300_000)
  expect(server.sentBytes - sentBytes).toBe(demo.length - completed.resumedBytes)
})

it('is gone on with by the next node after kill -9, which then serves the model', async () => {
  server.bytesPerSecond = 300_000
  const command = pulling(['hf:ana/tiny-GGUF:F16'])
  await command.until(({ receivedBytes }) => receivedBytes > 300_000)
  command.child.kill('SIGKILL')
  await command.ended
  server.bytesPerSecond = 0
  const node = await startNode(['--data-dir', dataDir], environment())
  try {
    await expect
      .poll(
        async () => (await models(['pulls', '--json'])).json<{ pulls: PullView[] }>()[0]?.pulls[0]?.state,
        {
          timeout: 30_000,
        },
      )
      .toBe('completed')
  } finally {
    await node.stop()
  }
  expect(readdirSync(`${dataDir}/models`)).toEqual(['tiny-F16.gguf'])
  expect((await models(['list'])).stdout).toContain('tiny-F16')
})

it('reaches a node that is running already', async () => {
  const node = await startNode(['--data-dir', dataDir], environment())
  try {
    expect((await models(['pull', 'hf:ana/tiny-GGUF:F16'])).code).toBe(0)
    const [address = ''] = node.addresses
    const requester = ['--data-dir', folder.dataDir('requester'), '--no-mdns', '--bootstrap', address]
    const asked = ['--prompt', 'Hey there!', '--models', 'tiny-F16', '--timeout-ms', '60000', '--json']
    const answered = await driad(['publish', ...asked, ...requester], { timeoutMs: 90_000 })
    expect(answered.code).toBe(0)
    expect(answered.json()[0]).toMatchObject({ status: 'completed', model: 'tiny-F16', node: node.peerId })
  } finally {
    await node.stop()
  }
})

it('fetches a gated model with a token from standard input', async () => {
  server.gated.set('ana/tiny-GGUF', 'hf_secret')
  const refused = await models(['pull', 'hf:ana/tiny-GGUF:F16'])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('driad models token')
  expect(refused.stderr).toContain(`${server.url}/ana/tiny-GGUF`)
  const stored = await models(['token'], { input: 'hf_secret\n' })
  expect(stored.code).toBe(0)
  expect(stored.stdout).not.toContain('hf_secret')
  expect((await models(['pull', 'hf:ana/tiny-GGUF:F16'])).code).toBe(0)
})

it('goes through the proxy of the environment, and says what it wants', async () => {
  await using proxy = await startProxyServer('ana:s3cret')
  const withPassword = proxy.url.replace('//', '//ana:s3cret@')
  const refused = await models(['pull', 'hf:ana/tiny-GGUF:F16'], { env: { HTTP_PROXY: proxy.url } })
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('407')
  const pulled = await models(['pull', 'hf:ana/tiny-GGUF:F16'], { env: { HTTP_PROXY: withPassword } })
  expect(pulled.code).toBe(0)
  expect(proxy.forwarded.length).toBeGreaterThan(2)
  expect(`${pulled.stdout}${pulled.stderr}`).not.toContain('s3cret')
})
