import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GuardedHttp, type HttpRequest } from '../../../../src/node/tools/guarded-http.ts'
import { isPublicAddress } from '../../../../src/node/tools/public-address.ts'
import { startWebServer, type WebServer } from '../../../helpers/web-server.ts'

let server: WebServer
const signal = AbortSignal.timeout(120_000)

beforeEach(async () => {
  server = await startWebServer((_request, response) => response.end('hello'))
})
afterEach(() => server[Symbol.asyncDispose]())

/** Loopback stands for the internet: the name `site.example` leads to the server of the test. */
function http(init: ConstructorParameters<typeof GuardedHttp>[0] = {}) {
  return new GuardedHttp({
    isPublic: (address) => address === '127.0.0.1' || isPublicAddress(address),
    resolve: async () => ['127.0.0.1'],
    ...init,
  })
}

function get(url: string, request: Partial<HttpRequest> = {}): HttpRequest {
  return { url, method: 'GET', ...request }
}

describe('what is refused, without a connection being made', () => {
  const port = () => server.port
  it.each([
    ['loopback', () => `http://127.0.0.1:${port()}/`],
    ['short form', () => `http://127.1:${port()}/`],
    ['decimal', () => `http://2130706433:${port()}/`],
    ['hexadecimal', () => `http://0x7f000001:${port()}/`],
    ['octal', () => `http://0177.0.0.01:${port()}/`],
    ['mixed', () => `http://0x7f.1:${port()}/`],
    ['IPv6 loopback', () => `http://[::1]:${port()}/`],
    ['mapped', () => `http://[::ffff:127.0.0.1]:${port()}/`],
    ['mapped in hexadecimal', () => `http://[::ffff:7f00:1]:${port()}/`],
    ['NAT64', () => `http://[64:ff9b::7f00:1]:${port()}/`],
    ['unspecified', () => `http://0.0.0.0:${port()}/`],
    ['metadata', () => 'http://169.254.169.254/latest/meta-data/'],
    ['metadata in decimal', () => 'http://2852039166/latest/'],
    ['metadata by name', () => 'http://metadata.google.internal/'],
    ['localhost', () => `http://localhost:${port()}/`],
    ['localhost with a dot', () => `http://localhost.:${port()}/`],
    ['below localhost', () => `http://a.localhost:${port()}/`],
    ['wide digits', () => `http://１２７.０.０.１:${port()}/`],
    ['ideographic dots', () => `http://127。0。0。1:${port()}/`],
    ['user information', () => `http://example.com@127.0.0.1:${port()}/`],
    ['a password', () => 'http://user:secret@example.com/'],
    ['a file', () => 'file:///etc/passwd'],
    ['gopher', () => 'gopher://example.com/'],
    ['data', () => 'data:text/plain,hello'],
    ['mail', () => 'http://example.com:25/'],
    ['nothing', () => ''],
    ['no address', () => 'http://'],
    ['broadcast', () => `http://255.255.255.255:${port()}/`],
    ['shared by carriers', () => `http://100.64.0.1:${port()}/`],
    ['multicast', () => `http://224.0.0.1:${port()}/`],
    ['unspecified in IPv6', () => `http://[::]:${port()}/`],
    ['unique local', () => `http://[fd00::1]:${port()}/`],
    ['link-local', () => `http://[fe80::1]:${port()}/`],
    ['a zone', () => `http://[fe80::1%25lo]:${port()}/`],
    ['6to4', () => `http://[2002:7f00:1::]:${port()}/`],
    ['Teredo', () => `http://[2001:0:7f00:1::]:${port()}/`],
    ['NAT64 for local use', () => `http://[64:ff9b:1:7f00:0:100::]:${port()}/`],
    ['compatible', () => `http://[::7f00:1]:${port()}/`],
    ['loopback with a dot', () => `http://127.0.0.1.:${port()}/`],
    ['escaped', () => `http://%31%32%37.0.0.1:${port()}/`],
    ['line breaks', () => `http://127.0.0.1:${port()}/\r\nHost: internal`],
    ['too long', () => `http://example.com/${'a'.repeat(5000)}`],
  ])('%s', async (_name, url) => {
    const guarded = new GuardedHttp({ resolve: async () => ['127.0.0.1'] })
    await expect(guarded.request(get(url()), { signal })).rejects.toMatchObject({ code: 'tool_refused' })
    expect(server.requests).toEqual([])
  })

  it('a name of which one address is private', async () => {
    const guarded = new GuardedHttp({ resolve: async () => ['93.184.216.34', '10.0.0.1'] })
    const asked = guarded.request(get(`http://site.example:${port()}/`), { signal })
    await expect(asked).rejects.toMatchObject({ code: 'tool_refused' })
  })

  it.each(['PUT', 'DELETE', 'CONNECT', 'TRACE'])('the method %s', async (method) => {
    const asked = http().request({ url: 'http://site.example/', method: method as 'GET' }, { signal })
    await expect(asked).rejects.toMatchObject({ code: 'tool_refused' })
  })

  it.each([
    ['Host', 'internal'],
    ['Content-Length', '5'],
    ['Transfer-Encoding', 'chunked'],
    ['Proxy-Authorization', 'x'],
    ['x-a', 'line\r\nX-Injected: yes'],
    ['bad name', 'x'],
    ['cookie', 'a=b'],
    ['x-a', '€'],
    ['x-a', 'x'.repeat(5000)],
  ])('the header %s', async (name, value) => {
    const asked = http().request(get(`http://site.example:${port()}/`, { headers: { [name]: value } }), {
      signal,
    })
    await expect(asked).rejects.toMatchObject({ code: 'tool_refused' })
    expect(server.requests).toEqual([])
  })
})

it('headers that add up to too much', async () => {
  const headers = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`x-${at}`, 'x'.repeat(300)]))
  const asked = http().request(get(`http://site.example:${server.port}/`, { headers }), { signal })
  await expect(asked).rejects.toMatchObject({ code: 'tool_refused' })
  expect(server.requests).toEqual([])
})

it('looks a name up once, and goes where it looked', async () => {
  const lookups: string[] = []
  const guarded = http({
    resolve: async (host) => {
      lookups.push(host)
      // A name that changes its mind: the second answer would be refused.
      return lookups.length === 1 ? ['127.0.0.1'] : ['10.0.0.1']
    },
  })
  const answer = await guarded.request(get(`http://site.example:${server.port}/a?b=c`), { signal })
  expect(answer.body.toString()).toBe('hello')
  expect(lookups).toEqual(['site.example'])
  expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/a?b=c' })
})

describe('redirects', () => {
  it('are followed, and lose the headers at another origin', async () => {
    server.answer = (request, response) => {
      if (request.path === '/one')
        response.writeHead(302, { location: `http://other.example:${server.port}/two` }).end()
      else response.end('there')
    }
    const answer = await http().request(
      {
        url: `http://site.example:${server.port}/one`,
        method: 'POST',
        body: 'x',
        headers: { 'x-api-key': 'secret' },
      },
      { signal },
    )
    expect(answer.body.toString()).toBe('there')
    expect(server.requests[0]?.headers['x-api-key']).toBe('secret')
    expect(server.requests[1]).toMatchObject({ method: 'GET', body: '' })
    expect(server.requests[1]?.headers['x-api-key']).toBeUndefined()
  })

  it.each([
    'http://169.254.169.254/',
    'http://[::1]/',
    'http://localhost/',
    'file:///etc/passwd',
    'http://2130706433/',
    'http://127.0.0.1.nip.example/',
    '//169.254.169.254/latest',
    'gopher://site.example/',
    'data:text/html,x',
    'http://user@site.example/',
    'http://site.example:22/',
    'http://[::ffff:169.254.169.254]/',
    'http://',
  ])('to %s are refused', async (location) => {
    const guarded = new GuardedHttp({
      isPublic: (address) => address === '93.184.216.34',
      resolve: async (host) => (host === 'site.example' ? ['93.184.216.34'] : ['127.0.0.1']),
    })
    // The operator's own service is trusted; where it sends us is not.
    server.answer = (_request, response) => response.writeHead(302, { location }).end()
    const asked = guarded.request(get(`${server.url}/`, { trusted: true }), { signal })
    await expect(asked).rejects.toMatchObject({ code: 'tool_refused' })
    expect(server.requests).toHaveLength(1)
  })

  it('end where they go round', async () => {
    server.answer = (_request, response) => response.writeHead(307, { location: '/again' }).end()
    const asked = http().request(get(`http://site.example:${server.port}/`), { signal })
    await expect(asked).rejects.toThrow('redirects more than 5 times')
    expect(server.requests).toHaveLength(6)
  })
})

describe('limits', () => {
  it('of size, while it comes', async () => {
    server.answer = (_request, response) => {
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000))) {}
        if (!response.destroyed) response.once('drain', pour)
      }
      pour()
    }
    const asked = http({ limits: { bodyBytes: 50_000 } }).request(
      get(`http://site.example:${server.port}/`),
      { signal },
    )
    await expect(asked).rejects.toMatchObject({ code: 'tool_refused' })
  })

  it('of size, once it is unpacked', async () => {
    server.answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000)))
    const asked = http({ limits: { bodyBytes: 100_000 } }).request(
      get(`http://site.example:${server.port}/`),
      { signal },
    )
    await expect(asked).rejects.toMatchObject({ code: 'tool_refused' })
  })

  it('of size, once brotli is unpacked', async () => {
    server.answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(Buffer.alloc(50_000_000)))
    const asked = http().request(get(`http://site.example:${server.port}/`), { signal })
    await expect(asked).rejects.toMatchObject({ code: 'tool_refused' })
  })

  it.each(['constructor', 'toString', '__proto__', 'gzip, gzip', 'zstd', 'deflate'])(
    'of encodings: what is packed as %s is no answer, and does not keep anybody waiting',
    async (encoding) => {
      server.answer = (_request, response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end('hello')
      const asked = http().request(get(`http://site.example:${server.port}/`), { signal })
      await expect(asked).rejects.toMatchObject({ code: 'tool_failed' })
    },
  )

  it('of the headers of an answer', async () => {
    server.answer = (_request, response) =>
      response.writeHead(200, { 'x-a': 'x'.repeat(100_000) }).end('hello')
    const asked = http().request(get(`http://site.example:${server.port}/`), { signal })
    await expect(asked).rejects.toMatchObject({ code: 'tool_failed' })
  })

  it('of time, where an answer comes byte by byte', async () => {
    server.answer = (_request, response) => {
      const drip = setInterval(() => response.write('x'), 20)
      response.once('close', () => clearInterval(drip))
    }
    const asked = http({ limits: { totalMs: 300 } }).request(get(`http://site.example:${server.port}/`), {
      signal,
    })
    await expect(asked).rejects.toThrow('no answer within 0.3 s')
  })

  it('of time, where a name server keeps silent', async () => {
    const asked = http({ limits: { totalMs: 100 }, resolve: () => new Promise(() => undefined) }).request(
      get('http://site.example/'),
      { signal },
    )
    await expect(asked).rejects.toThrow('no answer within 0.1 s')
  })

  it('of time, from the look-up on', async () => {
    server.answer = () => undefined
    const asked = http({ limits: { totalMs: 200 } }).request(get(`http://site.example:${server.port}/`), {
      signal,
    })
    await expect(asked).rejects.toThrow('no answer within 0.2 s')
  })
})

it('ends at once when it is aborted', async () => {
  server.answer = () => stop.abort(new Error('stop'))
  const stop = new AbortController()
  await expect(http().request(get(`http://site.example:${server.port}/`), stop)).rejects.toThrow('stop')
})

it('says that nobody is there', async () => {
  const nobody = http({ resolve: () => Promise.reject(new Error('ENOTFOUND')) })
  await expect(nobody.request(get('http://nobody.example/'), { signal })).rejects.toMatchObject({
    code: 'tool_failed',
  })
})
