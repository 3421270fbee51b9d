import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type CatalogueKeeper,
  openCatalogue,
} from '../../../../../src/node/models/catalogue/catalogue-keeper.ts'
import { signCatalogue } from '../../../../../src/node/models/catalogue/signature.ts'
import { openSettings, type Settings } from '../../../../../src/node/settings/settings.ts'
import { publicKeyText } from '../../../../../src/node/signed/signature.ts'
import type { Store } from '../../../../../src/node/store/contract.ts'
import { openStore } from '../../../../../src/node/store/open-store.ts'
import { CATALOGUE_BYTES } from '../../../../../src/protocol/catalogue/limits.ts'
import { DriadError } from '../../../../../src/protocol/errors.ts'
import { catalogueText } from '../../../../helpers/catalogue.ts'
import { recordingLogger } from '../../../../helpers/recording-logger.ts'
import { tempFolder } from '../../../../helpers/temp-folder.ts'
import { startWebServer, type WebServer } from '../../../../helpers/web-server.ts'

function newKey(): { pem: string; publicKey: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { pem, publicKey: publicKeyText(pem) }
}

const maintainers = newKey()
const now = Date.parse('2026-06-01T00:00:00Z')
const text = (id: string, issuedAt: string) => catalogueText([{ id }], issuedAt)
const newer = text('newer', '2026-03-01T00:00:00Z')

let folder: ReturnType<typeof tempFolder>
let store: Store
let settings: Settings
let server: WebServer
let catalogue: CatalogueKeeper
let served: { body: string | Buffer; signature: string }

function open(): CatalogueKeeper {
  const { logger } = recordingLogger()
  return openCatalogue(
    { settings, logger },
    { builtInPath: folder.file('built-in.json'), keptPath: folder.file('kept'), now: () => now },
  )
}

function serve(body: string, key = maintainers): void {
  served = { body, signature: signCatalogue(Buffer.from(body), key.pem) }
}

async function failure(work: Promise<unknown>): Promise<DriadError> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (error instanceof DriadError) return error
  throw new Error(`It did not fail as it should: ${String(error)}`)
}

beforeEach(async () => {
  folder = tempFolder()
  writeFileSync(folder.file('built-in.json'), text('built-in', '2026-01-01T00:00:00Z'))
  store = openStore({ path: folder.file('driad.sqlite') })
  settings = openSettings({ store })
  server = await startWebServer((request, response) => {
    response.writeHead(200).end(request.path.endsWith('.sig') ? `${served.signature}\n` : served.body)
  })
  await settings.set({ catalogueUrl: `${server.url}/catalogue.json`, catalogueKey: maintainers.publicKey })
  catalogue = open()
  serve(newer)
})
afterEach(async () => {
  await catalogue.stop()
  await server[Symbol.asyncDispose]()
  await store.close()
  folder[Symbol.dispose]()
})

const ids = (keeper = catalogue) => keeper.current().models.map(({ id }) => id)

describe('a catalogue that is fetched', () => {
  it('counts when it is newer and signed, also after a restart, and tells who listens', async () => {
    expect(ids()).toEqual(['built-in'])
    const told = vi.fn()
    catalogue.onChange(told)
    expect(await catalogue.refresh()).toBe(true)
    expect(ids()).toEqual(['newer'])
    expect(told).toHaveBeenCalled()
    expect(catalogue.status()).toMatchObject({
      origin: 'fetched',
      models: 1,
      refreshing: false,
      checkedAtMs: now,
    })
    await catalogue.stop()
    catalogue = open()
    expect(ids()).toEqual(['newer'])
  })

  it('is not fetched again where its signature is known', async () => {
    await catalogue.refresh()
    expect(await catalogue.refresh()).toBe(false)
    expect(server.requests.filter(({ path }) => path === '/catalogue.json')).toHaveLength(1)
    expect(server.requests.filter(({ path }) => path === '/catalogue.json.sig')).toHaveLength(2)
  })

  it('gives way to a newer one that comes with the program', async () => {
    await catalogue.refresh()
    await catalogue.stop()
    writeFileSync(folder.file('built-in.json'), text('program', '2026-04-01T00:00:00Z'))
    catalogue = open()
    expect(ids()).toEqual(['program'])
    expect(catalogue.status().origin).toBe('built-in')
  })

  it.each([
    ['is older', text('older', '2025-01-01T00:00:00Z'), 'catalogue_invalid'],
    ['is from the future', text('future', '2026-07-01T00:00:00Z'), 'catalogue_invalid'],
    ['is no catalogue', '{"format":1}', 'catalogue_invalid'],
    ['is of a later format', newer.replace('"format":1', '"format":2'), 'catalogue_invalid'],
  ])('that %s is refused though it is signed, and the old one goes on', async (_, body, code) => {
    serve(body)
    expect((await failure(catalogue.refresh())).code).toBe(code)
    expect(ids()).toEqual(['built-in'])
    expect(catalogue.status().error?.code).toBe(code)
    expect(existsSync(folder.file('kept'))).toBe(false)
    serve(newer)
    expect(await catalogue.refresh()).toBe(true)
    expect(catalogue.status()).not.toHaveProperty('error')
  })

  it('is not rolled back to one that came with an earlier signature', async () => {
    serve(text('first', '2026-02-01T00:00:00Z'))
    const first = served
    await catalogue.refresh()
    serve(newer)
    await catalogue.refresh()
    served = first
    expect((await failure(catalogue.refresh())).code).toBe('catalogue_invalid')
    expect(ids()).toEqual(['newer'])
  })

  it.each([
    ['by somebody else', () => serve(newer, newKey())],
    ['for other bytes', () => (served = { ...served, body: newer.replace('newer', 'other') })],
    ['as something else', () => (served = { ...served, signature: 'none' })],
    ['with a byte too many', () => (served = { ...served, body: `${newer}\n` })],
  ])('and signed %s is refused', async (_, change) => {
    change()
    expect((await failure(catalogue.refresh())).code).toBe('bad_signature')
    expect(ids()).toEqual(['built-in'])
  })

  it('does not count any more without its key, or when its file was changed', async () => {
    await catalogue.refresh()
    await settings.set({ catalogueKey: newKey().publicKey })
    expect(ids()).toEqual(['built-in'])
    await settings.set({ catalogueKey: maintainers.publicKey })
    expect(ids()).toEqual(['newer'])
    const kept = readFileSync(folder.file('kept'), 'utf8')
    writeFileSync(folder.file('kept'), kept.replace('some/repository', 'evil/repository'))
    await catalogue.stop()
    catalogue = open()
    expect(ids()).toEqual(['built-in'])
  })
})

describe('a server of catalogues', () => {
  const answering = (answer: (response: ServerResponse) => void) => {
    server.answer = (request, response) => {
      if (request.path.endsWith('.sig')) response.end(served.signature)
      else answer(response)
    }
  }

  it.each([
    ['answers 404', (response: ServerResponse) => response.writeHead(404).end()],
    ['ends the answer early', (response: ServerResponse) => response.writeHead(200).destroy()],
    [
      'redirects for ever',
      (response: ServerResponse) => response.writeHead(302, { location: '/again' }).end(),
    ],
    ['redirects to nowhere', (response: ServerResponse) => response.writeHead(302).end()],
    [
      'redirects to a file',
      (response: ServerResponse) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    ],
  ])('that %s fails the refresh, and nothing else', async (_, answer) => {
    answering(answer)
    expect((await failure(catalogue.refresh())).code).toBe('download_failed')
    expect(ids()).toEqual(['built-in'])
  })

  it('that sends without an end is cut off', async () => {
    answering((response) => {
      response.writeHead(200)
      const more = Buffer.alloc(256 * 1024, ' ')
      const write = (): void => {
        if (response.destroyed) return
        response.write(more, () => setImmediate(write))
      }
      response.on('error', () => undefined)
      write()
    })
    const error = await failure(catalogue.refresh())
    expect(error.code).toBe('too_large')
    expect(error.message).toContain(String(CATALOGUE_BYTES))
  })

  it('that redirects once is followed', async () => {
    server.answer = (request, response) => {
      if (request.path.startsWith('/catalogue'))
        response.writeHead(302, { location: `/there${request.path}` }).end()
      else response.end(request.path.endsWith('.sig') ? served.signature : served.body)
    }
    expect(await catalogue.refresh()).toBe(true)
  })

  it('that says nothing does not keep a stop or a caller who gives up', async () => {
    server.answer = () => undefined
    const caller = new AbortController()
    const asked = catalogue.refresh({ signal: caller.signal })
    const outcome = expect(asked).rejects.toThrow('gave up')
    caller.abort(new Error('gave up'))
    await outcome
    const second = failure(catalogue.refresh())
    await catalogue.stop()
    expect((await second).code).toBe('stopping')
  })
})

describe('refreshing by itself', () => {
  it('happens at the start, and when an address is set', async () => {
    await settings.set({ catalogueUrl: '' })
    catalogue.start()
    expect((await failure(catalogue.refresh())).code).toBe('bad_setting')
    expect(server.requests).toHaveLength(0)
    await settings.set({ catalogueUrl: `${server.url}/catalogue.json` })
    await vi.waitFor(() => expect(ids()).toEqual(['newer']))
    await catalogue.stop()

    serve(text('newest', '2026-05-01T00:00:00Z'))
    catalogue = open()
    expect(ids()).toEqual(['newer'])
    catalogue.start()
    await vi.waitFor(() => expect(ids()).toEqual(['newest']))
  })

  it('asks once where several ask at the same time', async () => {
    const outcomes = await Promise.all([catalogue.refresh(), catalogue.refresh(), catalogue.refresh()])
    expect(outcomes).toEqual([true, true, true])
    expect(server.requests).toHaveLength(2)
  })
})

it('goes on without a built-in catalogue', async () => {
  writeFileSync(folder.file('built-in.json'), '{')
  await catalogue.stop()
  catalogue = open()
  expect(ids()).toEqual([])
  expect(await catalogue.refresh()).toBe(true)
})
