import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GuardedHttp } from '../../../../src/node/tools/guarded-http.ts'
import { isPublicAddress } from '../../../../src/node/tools/public-address.ts'
import { createToolBox, type ToolSettings } from '../../../../src/node/tools/tool-box.ts'
import type { SwitchableTool, ToolName } from '../../../../src/protocol/tools.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { json, startWebServer, type WebServer } from '../../../helpers/web-server.ts'

let server: WebServer
const options = { signal: AbortSignal.timeout(120_000) }

beforeEach(async () => {
  server = await startWebServer((_request, response) => response.end())
})
afterEach(() => server[Symbol.asyncDispose]())

function box(
  enabled: readonly SwitchableTool[],
  { keys = {}, own = true }: { keys?: Partial<Record<ToolName, string>>; own?: boolean } = {},
) {
  const settings: ToolSettings = {
    enabled: () => enabled,
    endpoint: () => (own ? server.url : undefined),
    key: (name) => keys[name],
  }
  const http = new GuardedHttp({
    isPublic: (address) => address === '127.0.0.1' || isPublicAddress(address),
    resolve: async () => ['127.0.0.1'],
  })
  return createToolBox({ http, settings, logger: recordingLogger().logger })
}

describe('services, by their own interfaces', () => {
  it('serper', async () => {
    server.answer = (_request, response) =>
      json(response, {
        answerBox: { answer: 'Tea is a drink' },
        organic: [{ title: 'Tea', link: 'https://tea.example', snippet: 'All about tea' }, { title: 'More' }],
      })
    const answer = await box(['serper'], { keys: { serper: 'k-1' } })
      .open()
      .call('serper', { query: 'tea', lang: 'en', n_results: 1 }, options)
    expect(answer).toBe('Tea is a drink\n\n1. Tea\nhttps://tea.example\nAll about tea')
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/search',
      headers: { 'x-api-key': 'k-1' },
    })
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ q: 'tea', num: 1, hl: 'en' })
  })

  it('serper for news, by a search', async () => {
    server.answer = (_request, response) =>
      json(response, { news: [{ title: 'N', link: 'l', snippet: 's' }] })
    const session = box(['serper'], { keys: { serper: 'k' } }).open()
    expect(await session.search({ query: 'q', searchType: 'news' }, options)).toBe('1. N\nl\ns')
    expect(server.requests[0]?.path).toBe('/news')
  })

  it('jina, for half of a character', async () => {
    server.answer = (_request, response) => json(response, { data: [] })
    const session = box(['jina']).open()
    expect(await session.search({ query: 'x\ud800', lang: '\udc00' }, options)).toBe('Nothing was found.')
    expect(server.requests[0]?.path).toBe('/?q=x%EF%BF%BD&hl=%EF%BF%BD')
  })

  it('jina, to read and to search', async () => {
    server.answer = (request, response) =>
      json(
        response,
        request.path.startsWith('/?q=')
          ? { data: [{ title: 'T', url: 'u', description: 'd' }] }
          : { data: { title: 'Page', content: 'Words' } },
      )
    const session = box(['jina'], { keys: { jina: 'j-1' } }).open()
    expect(await session.call('jina', { url: 'https://a.example/x?y=1' }, options)).toBe('Page\n\nWords')
    expect(await session.search({ query: 'a b', lang: 'de' }, options)).toBe('1. T\nu\nd')
    expect(server.requests.map(({ path }) => path)).toEqual(['/https://a.example/x?y=1', '/?q=a%20b&hl=de'])
    expect(server.requests[0]?.headers.authorization).toBe('Bearer j-1')
  })

  it('browserless', async () => {
    server.answer = (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<html><script>x()</script><h1>Title</h1><p>One <a href="/">two</a></p></html>')
    const session = box(['browserless'], { keys: { browserless: 'b 1' } }).open()
    expect(await session.call('browserless', { url: 'https://a.example/' }, options)).toBe('Title\n\nOne two')
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/content?token=b%201' })
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ url: 'https://a.example/' })
  })

  it('duckduckgo', async () => {
    server.answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(`
        <div class="result result--ad"><a class="result__a" href="https://ad.example">Ad</a></div>
        <div class="result"><a class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Ftea.example%2F&amp;rut=1">Tea &amp; more</a>
        <a class="result__snippet">About <b>tea</b></a></div>`)
    const session = box(['duckduckgo']).open()
    const answer = await session.call('duckduckgo', { query: 'tea' }, options)
    expect(answer).toBe('1. Tea & more\nhttps://tea.example/\nAbout tea')
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/html/', body: 'q=tea' })
  })

  it('stock', async () => {
    server.answer = (_request, response) =>
      json(response, {
        chart: {
          result: [
            {
              meta: {
                symbol: 'AAPL',
                currency: 'USD',
                regularMarketPrice: 110,
                chartPreviousClose: 100,
                regularMarketTime: 0,
              },
            },
          ],
        },
      })
    const answer = await box(['stock']).open().call('stock', { ticker: 'AAPL' }, options)
    expect(answer).toBe('AAPL: 110 USD (+10.00 % in five days)')
    expect(server.requests[0]?.path).toBe('/v8/finance/chart/AAPL?range=5d&interval=1d')
  })

  it('scraper', async () => {
    server.answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{ "a": 1 }')
    const session = box(['scraper']).open()
    expect(await session.call('scraper', { url: `http://site.example:${server.port}/p` }, options)).toBe(
      '{"a":1}',
    )
    expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/p' })
  })
})

it('tells failures of a service without its key', async () => {
  server.answer = (_request, response) => response.writeHead(403).end('bad key k-secret')
  const session = box(['serper'], { keys: { serper: 'k-secret' } }).open()
  const failure = await session.call('serper', { query: 'q' }, options).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'tool_failed' })
  expect(String(failure)).not.toContain('k-secret')
})

it.each([
  ['binary', 'image/png', Buffer.from([1, 2])],
  ['unexpected JSON', 'application/json', Buffer.from('[')],
])('fails for an answer that is %s', async (_name, type, body) => {
  server.answer = (_request, response) => response.writeHead(200, { 'content-type': type }).end(body)
  const session = box(['scraper', 'stock']).open()
  const run = type.startsWith('image')
    ? session.call('scraper', { url: `http://site.example:${server.port}/` }, options)
    : session.call('stock', { ticker: 'A' }, options)
  await expect(run).rejects.toMatchObject({ code: 'tool_failed' })
})

it('does not send a browser or a reader to places that are not public', async () => {
  const session = createToolBox({
    http: new GuardedHttp({ resolve: async () => ['10.0.0.1'] }),
    settings: { enabled: () => ['browserless', 'jina'], endpoint: () => server.url, key: () => undefined },
    logger: recordingLogger().logger,
  }).open()
  for (const name of ['browserless', 'jina'] as const) {
    for (const url of ['http://127.0.0.1/', 'http://router.example/', 'http://localhost/']) {
      await expect(session.call(name, { url }, options)).rejects.toMatchObject({ code: 'tool_refused' })
    }
  }
  expect(server.requests).toEqual([])
})

it('has what is on and can work, and nothing else', async () => {
  expect([...box(['serper', 'stock', 'http_request']).available()]).toEqual(['stock', 'http_request'])
  expect([...box(['serper'], { keys: { serper: 'k' } }).available()]).toEqual(['serper'])
  const session = box([]).open()
  await expect(session.call('stock', { ticker: 'A' }, options)).rejects.toMatchObject({
    code: 'tool_unavailable',
  })
  await expect(session.search({ query: 'q' }, options)).rejects.toMatchObject({ code: 'tool_unavailable' })
  await expect(
    session.request(
      { name: 'x', description: '', mode: 'http_request', url: 'https://a.example' },
      {},
      options,
    ),
  ).rejects.toMatchObject({ code: 'tool_unavailable' })
  expect(server.requests).toEqual([])
})

describe('custom requests', () => {
  const tool = (more: object) => ({ name: 'x', description: '', mode: 'http_request' as const, ...more })

  it('have their arguments where they belong, and nowhere else', async () => {
    server.answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok')
    const session = box(['http_request']).open()
    const answer = await session.request(
      tool({
        url: `http://site.example:${server.port}/{{path}}?q={{q}}`,
        method: 'POST',
        headers: { 'x-word': '{{q}}' },
        body: { text: 'Say {{q}}', count: '{{n}}', list: ['{{ q }}'], other: '{{unknown}}' },
      }),
      { path: '../../admin?x=1', q: 'a&b "c"', n: 3 },
      options,
    )
    expect(answer).toBe('ok')
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/..%2F..%2Fadmin%3Fx%3D1?q=a%26b%20%22c%22',
      headers: { 'x-word': 'a&b "c"', 'content-type': 'application/json' },
    })
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      text: 'Say a&b "c"',
      count: 3,
      list: ['a&b "c"'],
      other: '{{unknown}}',
    })
  })

  it.each([
    ['a host that an argument makes', { url: 'http://{{host}}/' }, { host: 'localhost' }],
    ['another method', { url: 'https://a.example/', method: 'DELETE' }, {}],
    [
      'a header that breaks out',
      { url: 'https://a.example/', headers: { x: '{{v}}' } },
      { v: 'a\r\nHost: b' },
    ],
  ])('refuse %s', async (_name, more, args) => {
    const session = box(['http_request']).open()
    await expect(session.request(tool(more), args, options)).rejects.toMatchObject({ code: 'tool_refused' })
    expect(server.requests).toEqual([])
  })
})

it('counts the requests of a run', async () => {
  server.answer = (_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('ok')
  const session = box(['scraper']).open()
  const url = `http://site.example:${server.port}/`
  for (let n = 0; n < 32; n++) await session.call('scraper', { url }, options)
  await expect(session.call('scraper', { url }, options)).rejects.toMatchObject({ code: 'tool_refused' })
})
