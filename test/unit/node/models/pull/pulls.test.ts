import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { weightsDigest } from '../../../../../src/node/models/weights-digest.ts'
import type { PullState } from '../../../../../src/protocol/pull-views.ts'
import { gguf } from '../../../../helpers/gguf-file.ts'
import { type ModelServer, sha256Of, startModelServer } from '../../../../helpers/model-server.ts'
import { openTestQueue, type TestQueueInit } from '../../../../helpers/pull-queue.ts'
import { runTypeScript } from '../../../../helpers/run-typescript.ts'
import { tempFolder } from '../../../../helpers/temp-folder.ts'

const program = fileURLToPath(new URL('../../../../helpers/pulling.program.ts', import.meta.url))

/** A GGUF of one tensor with so many bytes of weights. */
function modelFile(bytes: number): Buffer {
  return Buffer.concat([
    gguf.header({ tensors: 1, keys: 1 }),
    gguf.stringKey('general.architecture', 'llama'),
    gguf.tensor('a', [bytes / 4], 0),
    randomBytes(bytes + 64),
  ])
}

function partFile(no: number, count: number, bytes: number): Buffer {
  return Buffer.concat([
    gguf.header({ tensors: 1, keys: no === 0 ? 3 : 2 }),
    ...(no === 0 ? [gguf.stringKey('general.architecture', 'llama')] : []),
    gguf.u32Key('split.no', no),
    gguf.u32Key('split.count', count),
    gguf.tensor(`t${no}`, [bytes / 4], 0),
    randomBytes(bytes + 64),
  ])
}

const model = modelFile(1_000_000)
const other = modelFile(400_000)

/** A disk of its own needs root. */
function mayMount(): boolean {
  using place = tempFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place.path], { stdio: 'ignore' })
    execFileSync('umount', [place.path])
    return true
  } catch {
    return false
  }
}

let server: ModelServer
let folder: ReturnType<typeof tempFolder>

beforeEach(async () => {
  server = await startModelServer()
  server.add('ana/tiny-GGUF', { 'tiny-Q4_K_M.gguf': model, 'tiny-Q8_0.gguf': other })
  folder = tempFolder()
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const open = (init: Partial<TestQueueInit> = {}) =>
  openTestQueue(folder.path, { endpoint: server.url, ...init })
const is = (state: PullState) => (view: { state: PullState }) => view.state === state
const REF = 'hf:ana/tiny-GGUF:q4_k_m'
const NAME = 'tiny-Q4_K_M'

it('fetches a model, verifies it, remembers its digest and hands it over', async () => {
  await using queue = await open()
  const { id } = await queue.pulls.add(REF)
  const view = await queue.until(NAME, is('completed'))
  const path = join(queue.modelsFolder, 'tiny-Q4_K_M.gguf')
  expect(view).toMatchObject({ id, verified: true, path, receivedBytes: model.length, load: true })
  expect(readFileSync(path).equals(model)).toBe(true)
  await expect.poll(() => readdirSync(queue.modelsFolder)).toEqual(['tiny-Q4_K_M.gguf'])
  expect(queue.arrived).toEqual([{ name: NAME, path, load: true }])
  const { size: sizeBytes, mtimeMs } = statSync(path)
  expect(queue.models.digest({ path, sizeBytes, modifiedAtMs: Math.trunc(mtimeMs) })).toBeDefined()
  const digest = await weightsDigest(path, queue.models)
  expect(Buffer.from(digest).toString('hex')).toBe(sha256Of(model))
  expect(server.sentBytes).toBe(model.length)
  // The same once more is there already.
  await queue.pulls.add(REF, { load: false })
  await queue.until(NAME, is('completed'))
  expect(server.sentBytes).toBe(model.length)
})

it('fetches a variant of the catalogue under its name, also from a mirror', async () => {
  await using mirror = await startModelServer()
  mirror.add('ana/tiny-GGUF', { 'tiny-Q4_K_M.gguf': model })
  const variant = {
    name: 'tiny:q4_K_M',
    repository: 'ana/tiny-GGUF',
    files: [{ path: 'tiny-Q4_K_M.gguf', sizeBytes: model.length, sha256: sha256Of(model) }],
  }
  await using queue = await open({ findVariant: (name) => (name === 'tiny' ? variant : undefined) })
  await queue.settings.set({ modelMirrors: [mirror.url] })
  server.repositories.clear()
  await queue.pulls.add('tiny')
  await queue.until('tiny:q4_K_M', is('completed'))
  // The mirror lists what is there, too.
  await queue.pulls.add(REF, { name: 'listed' })
  await queue.until('listed', is('completed'))
  expect(mirror.sentBytes).toBe(model.length)
  expect(queue.arrived.map(({ name }) => name)).toEqual(['tiny:q4_K_M', 'listed'])
  await expect(queue.pulls.add('nothing')).rejects.toMatchObject({ code: 'model_not_found' })
})

it('says of a file that nobody vouches for that it is not verified', async () => {
  await using queue = await open()
  const bare = `${server.url}/content/ana/tiny-GGUF/tiny-Q8_0.gguf`
  await queue.pulls.add(bare, { name: 'bare' })
  expect(await queue.until('bare', is('completed'))).toMatchObject({ verified: false })
  await queue.pulls.add(bare, { name: 'vouched', sha256: sha256Of(other) })
  expect(await queue.until('vouched', is('completed'))).toMatchObject({ verified: true })
})

it('keeps nothing of a file with another digest than was given', async () => {
  await using queue = await open()
  const bare = `${server.url}/content/ana/tiny-GGUF/tiny-Q8_0.gguf`
  await queue.pulls.add(bare, { name: 'wrong', sha256: sha256Of(model) })
  expect(await queue.until('wrong', is('failed'))).toMatchObject({ error: { code: 'download_corrupt' } })
  await expect.poll(() => readdirSync(queue.modelsFolder)).toEqual([])
  expect(queue.arrived).toEqual([])
})

it('sets aside what is no model, and never hands it over', async () => {
  server.add('ana/bad', { 'bad.gguf': randomBytes(5000), 'cut.gguf': model.subarray(0, 500_000) })
  await using queue = await open()
  for (const name of ['bad', 'cut']) {
    await queue.pulls.add(`ana/bad/${name}.gguf`)
    const { error } = await queue.until(name, is('failed'))
    expect(error).toMatchObject({ code: 'model_invalid' })
    expect(error?.message).toContain(`${name}.gguf.invalid`)
  }
  await expect
    .poll(() => readdirSync(queue.modelsFolder).sort())
    .toEqual(['bad.gguf.invalid', 'cut.gguf.invalid'])
  expect(queue.arrived).toEqual([])
})

it('pauses, resumes where it was, and cancels without a trace', async () => {
  server.bytesPerSecond = 400_000
  await using queue = await open()
  const { id } = await queue.pulls.add(REF)
  await queue.until(NAME, ({ receivedBytes }) => receivedBytes > 100_000)
  await queue.pulls.pause(id)
  const paused = queue.pulls.get(id)
  expect(paused).toMatchObject({ state: 'paused' })
  expect(paused?.receivedBytes).toBeGreaterThan(100_000)
  await server.idle()
  const sent = server.sentBytes
  server.bytesPerSecond = 0
  await queue.pulls.resume(id)
  const done = await queue.until(NAME, is('completed'))
  expect(done.receivedBytes).toBe(model.length)
  // What was there when it was paused was not fetched again; the wire may have held more than was written.
  expect(server.sentBytes - sent).toBeLessThanOrEqual(model.length - (paused?.receivedBytes ?? 0))

  server.bytesPerSecond = 100_000
  const second = await queue.pulls.add('ana/tiny-GGUF/tiny-Q8_0.gguf')
  await queue.until('tiny-Q8_0', ({ receivedBytes }) => receivedBytes > 10_000)
  await queue.pulls.cancel(second.id)
  expect(queue.pulls.get(second.id)).toMatchObject({ state: 'cancelled' })
  expect(readdirSync(queue.modelsFolder)).toEqual(['tiny-Q4_K_M.gguf'])
  await queue.pulls.cancel(second.id)
  expect(queue.pulls.get(second.id)).toBeUndefined()
  await expect(queue.pulls.cancel(second.id)).rejects.toMatchObject({ code: 'model_not_found' })
})

it('downloads so many at a time, in their order', async () => {
  server.bytesPerSecond = 500_000
  server.add(
    'ana/many',
    Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`${name}.gguf`, modelFile(80_000)])),
  )
  await using queue = await open()
  await queue.settings.set({ downloadsAtOnce: 2 })
  let most = 0
  queue.pulls.onChange(() => {
    most = Math.max(most, queue.pulls.list().filter(({ phase }) => phase !== undefined).length)
  })
  for (const name of ['a', 'b', 'c', 'd']) await queue.pulls.add(`ana/many/${name}.gguf`)
  await queue.until('d', is('completed'))
  await queue.until('c', is('completed'))
  expect(most).toBe(2)
  expect(
    queue.arrived
      .slice(0, 2)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['a', 'b'])
})

it('is bounded', async () => {
  await using queue = await open({ start: false })
  const request = (index: number) => ({
    name: `m${index}`,
    files: [{ sources: [`${server.url}/m${index}.gguf`], fileName: `m${index}.gguf` }],
  })
  for (let index = 0; index < 64; index++) await queue.pulls.add(request(index))
  await expect(queue.pulls.add(request(64))).rejects.toMatchObject({ code: 'no_capacity' })
})

it('goes on after a restart with what was running, and leaves what was paused', async () => {
  server.bytesPerSecond = 300_000
  let paused: string
  {
    await using queue = await open()
    await queue.pulls.add(REF)
    paused = (await queue.pulls.add('ana/tiny-GGUF/tiny-Q8_0.gguf')).id
    await queue.pulls.pause(paused)
    await queue.until(NAME, ({ receivedBytes }) => receivedBytes > 100_000)
  }
  server.bytesPerSecond = 0
  await using queue = await open()
  const done = await queue.until(NAME, is('completed'))
  expect(done.receivedBytes).toBe(model.length)
  expect(queue.pulls.get(paused)).toMatchObject({ state: 'paused' })
})

it('survives kill -9 again and again, and fetches no byte twice that it had recorded', {
  timeout: 60_000,
}, async () => {
  server.bytesPerSecond = 150_000
  let recorded = 0
  for (let round = 0; round < 3; round++) {
    const sentBefore = server.sentBytes
    const child = runTypeScript(program, [folder.path, server.url, ...(round === 0 ? [REF] : [])])
    let resumed: number | undefined
    for await (const line of child.lines) {
      const [view] = JSON.parse(line) as { phase?: string; resumedBytes: number; receivedBytes: number }[]
      if (view?.phase !== 'downloading') continue
      resumed ??= view.resumedBytes
      recorded = view.receivedBytes
      if (view.receivedBytes > resumed + 150_000) break
    }
    child.child.kill('SIGKILL')
    await child.ended
    await server.idle()
    if (round > 0) expect(resumed).toBeGreaterThan(0)
    // All that it has is what it had and what was sent since: nothing came a second time.
    expect(recorded - (resumed ?? 0)).toBeLessThanOrEqual(server.sentBytes - sentBefore)
  }
  server.bytesPerSecond = 0
  const sentBefore = server.sentBytes
  await using queue = await open()
  let resumed = 0
  queue.pulls.onChange(() => {
    resumed = Math.max(resumed, queue.pulls.list()[0]?.resumedBytes ?? 0)
  })
  await queue.until(NAME, is('completed'))
  expect(resumed).toBeGreaterThan(200_000)
  expect(server.sentBytes - sentBefore).toBe(model.length - resumed)
  expect(readFileSync(join(queue.modelsFolder, 'tiny-Q4_K_M.gguf')).equals(model)).toBe(true)
  await expect.poll(() => readdirSync(queue.modelsFolder)).toEqual(['tiny-Q4_K_M.gguf'])
})

it('cancels without a trace what a process left that was killed', async () => {
  server.bytesPerSecond = 150_000
  const child = runTypeScript(program, [folder.path, server.url, REF])
  for await (const line of child.lines) {
    const [view] = JSON.parse(line) as { receivedBytes: number }[]
    if ((view?.receivedBytes ?? 0) > 50_000) break
  }
  child.child.kill('SIGKILL')
  await child.ended
  await using queue = await open({ take: 'own' })
  expect(readdirSync(queue.modelsFolder).length).toBeGreaterThan(2)
  const [view] = queue.pulls.list()
  // Nobody is at it, whatever the row says.
  expect(view).toMatchObject({ state: 'queued' })
  await queue.pulls.cancel(view?.id ?? '')
  expect(readdirSync(queue.modelsFolder)).toEqual([])
})

it('says so where its folder cannot be made', async () => {
  writeFileSync(join(folder.path, 'models'), 'a file')
  await using queue = await open()
  await queue.pulls.add(REF)
  expect(await queue.until(NAME, is('failed'))).toMatchObject({ error: { code: 'data_folder_unusable' } })
})

it('tries again by itself what may pass, and says so meanwhile', async () => {
  server.fault = (_request, response) => {
    response.destroy()
    return true
  }
  await using queue = await open({ retryDelaysMs: [300] })
  await queue.pulls.add(REF)
  const waiting = await queue.until(NAME, ({ state, error }) => state === 'queued' && error !== undefined)
  expect(waiting.error).toMatchObject({ code: 'download_failed' })
  expect(waiting.nextTryAtMs).toBeGreaterThan(0)
  server.fault = () => false
  await queue.until(NAME, is('completed'))
})

it('does not try again what will not pass, until somebody says so', async () => {
  server.fault = (_request, response) => {
    response.writeHead(404).end()
    return true
  }
  await using queue = await open()
  const { id } = await queue.pulls.add(REF)
  expect(await queue.until(NAME, is('failed'))).toMatchObject({ error: { code: 'download_failed' } })
  server.fault = () => false
  await queue.pulls.resume(id)
  await queue.until(NAME, is('completed'))
})

it('sets a new limit on what runs', async () => {
  await using queue = await open()
  await queue.settings.set({ downloadBytesPerSecond: 1000 })
  const { id } = await queue.pulls.add(REF)
  await queue.until(NAME, ({ phase }) => phase === 'downloading')
  expect(queue.pulls.get(id)?.receivedBytes).toBeLessThan(model.length / 2)
  await queue.settings.set({ downloadBytesPerSecond: 0 })
  await queue.until(NAME, is('completed'))
})

describe('a gated model', () => {
  beforeEach(() => {
    server.gated.set('ana/tiny-GGUF', 'secret-token')
  })

  it('says where its licence is accepted and how a token is set', async () => {
    await using queue = await open()
    const refused = queue.pulls.add(REF)
    await expect(refused).rejects.toMatchObject({ code: 'download_refused' })
    await expect(refused).rejects.toThrow(`${server.url}/ana/tiny-GGUF`)
    await expect(refused).rejects.toThrow('driad models token')
    await queue.pulls.add(`${server.url}/ana/tiny-GGUF/resolve/main/tiny-Q8_0.gguf`)
    const { error } = await queue.until('tiny-Q8_0', is('failed'))
    expect(error).toMatchObject({ code: 'download_refused' })
    expect(error?.message).toContain(`${server.url}/ana/tiny-GGUF`)
  })

  it('is fetched with the token, which nobody else gets', async () => {
    await using elsewhere = await startModelServer()
    elsewhere.add('ana/tiny-GGUF', { 'tiny-Q4_K_M.gguf': model })
    await using queue = await open()
    await queue.pulls.setToken('secret-token')
    expect(queue.pulls.token()).toEqual({ from: 'settings', origin: server.url })
    // The content is at another origin, as with Hugging Face.
    server.fault = (request, response) => {
      response
        .writeHead(302, { location: `${elsewhere.url}/content/${request.repository}/${request.path}` })
        .end()
      return true
    }
    await queue.pulls.add(REF)
    await queue.until(NAME, is('completed'))
    expect(elsewhere.sentBytes).toBe(model.length)
    expect(elsewhere.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true)
    await queue.pulls.add(`${elsewhere.url}/ana/tiny-GGUF/resolve/main/tiny-Q4_K_M.gguf`, { name: 'again' })
    await queue.until('again', is('completed'))
    expect(elsewhere.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true)
  })

  it('heeds the token of the environment, and tells one that is not let in', async () => {
    {
      await using queue = await open({ environment: { HF_TOKEN: 'another' } })
      await expect(queue.pulls.add(REF)).rejects.toThrow('does not let this access token in (403)')
    }
    await using queue = await open({ environment: { HF_TOKEN: 'secret-token' } })
    expect(queue.pulls.token().from).toBe('environment')
    await queue.pulls.add(REF)
    await queue.until(NAME, is('completed'))
    await expect(queue.pulls.setToken('with space')).rejects.toMatchObject({ code: 'bad_setting' })
  })
})

describe('a split model', () => {
  const parts = [0, 1, 2].map((no) => partFile(no, 3, 200_000))
  const nameOf = (index: number) => `big-Q4_K_M-0000${index + 1}-of-00003.gguf`
  beforeEach(() => {
    server.add('ana/big', Object.fromEntries(parts.map((bytes, index) => [`Q4_K_M/${nameOf(index)}`, bytes])))
  })

  it('comes in all its parts, under their own names', async () => {
    await using queue = await open()
    await queue.pulls.add('ana/big:Q4_K_M')
    const view = await queue.until('big-Q4_K_M', is('completed'))
    expect(view.files.map(({ fileName }) => fileName)).toEqual([0, 1, 2].map(nameOf))
    expect(view).toMatchObject({
      verified: true,
      totalBytes: parts.reduce((sum, part) => sum + part.length, 0),
    })
    expect(queue.arrived[0]?.path).toBe(join(queue.modelsFolder, nameOf(0)))
    const digests = parts.map((part) => Buffer.from(sha256Of(part), 'hex'))
    const digest = await weightsDigest(queue.arrived[0]?.path ?? '', queue.models)
    expect(Buffer.from(digest).toString('hex')).toBe(sha256Of(Buffer.concat(digests)))
  })

  it('is found by any of its parts, and by the address of one', async () => {
    await using queue = await open()
    await queue.pulls.add(`ana/big/Q4_K_M/${nameOf(1)}`)
    await queue.until('big-Q4_K_M', is('completed'))
    await queue.pulls.add(`${server.url}/ana/big/resolve/main/Q4_K_M/${nameOf(0)}`, { name: 'by-address' })
    expect(await queue.until('by-address', is('completed'))).toMatchObject({ verified: true })
    await expect.poll(() => readdirSync(queue.modelsFolder).length).toBe(6)
  })

  it('goes on with the parts that are missing', async () => {
    server.fault = ({ path }, response) => {
      if (!path.endsWith(nameOf(2))) return false
      response.writeHead(404).end()
      return true
    }
    await using queue = await open()
    const { id } = await queue.pulls.add('ana/big:Q4_K_M')
    await queue.until('big-Q4_K_M', is('failed'))
    server.fault = () => false
    await queue.pulls.resume(id)
    await queue.until('big-Q4_K_M', is('completed'))
    expect(server.sentBytes).toBe(parts.reduce((sum, part) => sum + part.length, 0))
  })

  it('is not begun where a part is not there', async () => {
    server.repositories.get('ana/big')?.delete(`Q4_K_M/${nameOf(1)}`)
    await using queue = await open()
    await expect(queue.pulls.add('ana/big:Q4_K_M')).rejects.toThrow(nameOf(1))
  })
})

describe.runIf(mayMount())('a small disk', () => {
  let models: string
  beforeEach(() => {
    models = join(folder.path, 'models')
    mkdirSync(models)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1200k', 'tmpfs', models])
  })
  afterEach(() => {
    execFileSync('umount', [models])
  })

  it('is not begun to be filled with a model whose parts do not fit together', async () => {
    const names = [1, 2, 3].map((part) => `x-0000${part}-of-00003.gguf`)
    server.add('ana/x', Object.fromEntries(names.map((name, no) => [name, partFile(no, 3, 500_000)])))
    await using queue = await open()
    await queue.pulls.add('hf:ana/x')
    const { error } = await queue.until('x', is('failed'))
    expect(error).toMatchObject({ code: 'disk_full' })
    expect(server.sentBytes).toBe(0)
    await expect.poll(() => readdirSync(models)).toEqual([])
  })

  it('that fills up meanwhile keeps what came, and goes on once there is room', async () => {
    server.bytesPerSecond = 300_000
    await using queue = await open()
    const { id } = await queue.pulls.add(REF)
    await queue.until(NAME, ({ receivedBytes }) => receivedBytes > 100_000)
    const filler = join(models, 'filler')
    // As much as goes in.
    expect(() => writeFileSync(filler, Buffer.alloc(2_000_000))).toThrow('ENOSPC')
    const failed = await queue.until(NAME, is('failed'))
    expect(failed.error).toMatchObject({ code: 'disk_full' })
    rmSync(filler)
    await server.idle()
    const { sentBytes } = server
    server.bytesPerSecond = 0
    await queue.pulls.resume(id)
    await queue.until(NAME, is('completed'))
    expect(readFileSync(join(models, 'tiny-Q4_K_M.gguf')).equals(model)).toBe(true)
    expect(server.sentBytes - sentBytes).toBeLessThan(model.length - 50_000)
  })
})

describe('names and files', () => {
  it('keeps two models apart whose files have one name', async () => {
    server.add('ben/tiny-GGUF', { 'tiny-Q4_K_M.gguf': other })
    await using queue = await open()
    await queue.pulls.add(REF)
    await queue.until(NAME, is('completed'))
    await expect(queue.pulls.add('hf:ben/tiny-GGUF:Q4_K_M')).rejects.toMatchObject({ code: 'bad_setting' })
    await queue.pulls.add('hf:ben/tiny-GGUF:Q4_K_M', { name: 'of-ben' })
    const view = await queue.until('of-ben', is('completed'))
    expect(readFileSync(view.path ?? '').equals(other)).toBe(true)
    expect(readFileSync(join(queue.modelsFolder, 'tiny-Q4_K_M.gguf')).equals(model)).toBe(true)
  })

  it('takes a file that is there for the one that is meant only if it is', async () => {
    mkdirSync(join(folder.path, 'models'))
    writeFileSync(join(folder.path, 'models', 'tiny-Q4_K_M.gguf'), model)
    writeFileSync(join(folder.path, 'models', 'tiny-Q8_0.gguf'), randomBytes(other.length))
    await using queue = await open()
    await queue.pulls.add(REF)
    await queue.until(NAME, is('completed'))
    expect(server.sentBytes).toBe(0)
    await queue.pulls.add('hf:ana/tiny-GGUF:Q8_0')
    await queue.until('tiny-Q8_0', is('completed'))
    expect(readFileSync(join(queue.modelsFolder, 'tiny-Q8_0.gguf')).equals(other)).toBe(true)
  })

  it('leaves what was there before when it is cancelled', async () => {
    mkdirSync(join(folder.path, 'models'))
    writeFileSync(join(folder.path, 'models', 'tiny-Q4_K_M.gguf'), model)
    await using queue = await open({ start: false })
    const { id } = await queue.pulls.add(REF)
    await queue.pulls.cancel(id)
    expect(existsSync(join(queue.modelsFolder, 'tiny-Q4_K_M.gguf'))).toBe(true)
  })

  it('refuses another model under the name of one that is on its way', async () => {
    await using queue = await open({ start: false })
    await queue.pulls.add(REF)
    await expect(queue.pulls.add('hf:ana/tiny-GGUF:Q8_0', { name: NAME })).rejects.toMatchObject({
      code: 'bad_setting',
    })
    expect(queue.pulls.list().length).toBe(1)
  })
})

describe('two processes on one folder', () => {
  it('download a model once, and obey each other', async () => {
    server.bytesPerSecond = 200_000
    await using command = await open({ take: 'own' })
    const { id } = await command.pulls.add(REF)
    await command.until(NAME, ({ receivedBytes }) => receivedBytes > 20_000)
    await using node = await open()
    // The lock names this very process, so the other queue is only told that it is not its own.
    await node.until(NAME, ({ receivedBytes }) => receivedBytes > 20_000)
    expect(node.pulls.get(id)?.phase).toBeUndefined()
    await node.pulls.pause(id)
    await command.until(NAME, ({ state, phase }) => state === 'paused' && phase === undefined)
    server.bytesPerSecond = 0
    await node.pulls.resume(id)
    await node.until(NAME, is('completed'))
    expect(node.arrived.length).toBe(1)
    expect(command.arrived.length).toBe(0)
  })

  it('leave to the node what another program only put into the queue', async () => {
    await using command = await open({ take: 'own', start: false })
    await using node = await open()
    const { id } = await command.pulls.add(REF)
    await command.pulls.pause(id)
    await command.pulls.resume(id)
    await node.until(NAME, is('completed'))
  })
})
