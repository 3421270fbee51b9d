import { afterEach, beforeEach, expect, it } from 'vitest'
import { listRepository } from '../../../../../src/node/models/pull/hugging-face.ts'
import { startWebServer, type WebServer } from '../../../../helpers/web-server.ts'

let server: WebServer
beforeEach(async () => {
  server = await startWebServer((_request, response) => response.end('[]'))
})
afterEach(() => server[Symbol.asyncDispose]())

const sha256 = 'a'.repeat(64)
const entry = (path: string, more: object = {}) => ({ type: 'file', oid: 'x', size: 10, path, ...more })
const list = (token?: { origin: string; text: string }) =>
  listRepository(
    { route: undefined },
    { endpoint: server.url, repository: 'ana/tiny', token },
    { signal: AbortSignal.timeout(20_000) },
  )

it('lists all pages, with digests where there are some', async () => {
  server.answer = ({ path }, response) => {
    const second = path.includes('cursor=2')
    if (!second)
      response.setHeader('link', `<${server.url}/api/models/ana/tiny/tree/main?cursor=2>; rel="next"`)
    const entries = second
      ? [entry('b.gguf', { lfs: { oid: sha256, size: 5_000_000_000, pointerSize: 1 } })]
      : [{ type: 'directory', oid: 'x', path: 'folder' }, entry('README.md'), entry('a.gguf', { lfs: null })]
    response.end(JSON.stringify(entries))
  }
  expect(await list()).toEqual([
    { path: 'README.md', sizeBytes: 10, sha256: undefined },
    { path: 'a.gguf', sizeBytes: 10, sha256: undefined },
    { path: 'b.gguf', sizeBytes: 5_000_000_000, sha256 },
  ])
})

it('follows no page to another origin, and does not go round in circles', async () => {
  server.answer = (_request, response) => {
    response.setHeader('link', '<http://elsewhere.invalid/more>; rel="next"').end('[]')
  }
  expect(await list({ origin: server.url, text: 'secret' })).toEqual([])
  server.answer = (_request, response) => {
    response.setHeader('link', '</again>; rel="next"').end('[]')
  }
  server.requests.length = 0
  expect(await list()).toEqual([])
  expect(server.requests.length).toBe(20)
})

it('asks a busy server again, as late as it says', async () => {
  let asked = 0
  server.answer = (_request, response) => {
    asked += 1
    if (asked === 1) response.writeHead(429, { 'retry-after': '1' }).end()
    else response.end(JSON.stringify([entry('a.gguf')]))
  }
  const startedMs = performance.now()
  expect((await list()).length).toBe(1)
  expect(performance.now() - startedMs).toBeGreaterThan(990)
  server.answer = (_request, response) => {
    response.writeHead(429, { 'retry-after': '3600' }).end()
  }
  await expect(list()).rejects.toMatchObject({ code: 'download_failed' })
})

it.each([
  ['a page for people', '<html>log in</html>'],
  ['something else', '{"error":"x"}'],
  ['entries of another kind', '[{"kind":"file"}]'],
])('says so where the answer is %s', async (_what, body) => {
  server.answer = (_request, response) => {
    response.end(body)
  }
  await expect(list()).rejects.toMatchObject({
    code: 'download_failed',
    message: expect.stringContaining('no list of files'),
  })
})

it('reads no answer without end', async () => {
  server.answer = (_request, response) => {
    const piece = Buffer.alloc(1024 * 1024, ' ')
    const more = () => {
      while (!response.destroyed && response.write(piece)) {}
    }
    response.on('drain', more)
    more()
  }
  await expect(list()).rejects.toThrow('more than a list of files can have')
})

it('gives the token to its own origin only', async () => {
  await list({ origin: server.url, text: 'mine' })
  await list({ origin: 'https://elsewhere.example', text: 'mine' })
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer mine', undefined])
})
