import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { downloadLimits } from '../../../../src/node/downloads/contract.ts'
import { requestFile } from '../../../../src/node/downloads/file-request.ts'
import {
  OutboundHttp,
  type OutboundHttpInit,
  withoutCredentials,
} from '../../../../src/node/http/outbound-http.ts'
import { type ProxyServer, startProxyServer } from '../../../helpers/proxy-server.ts'
import { startWebServer, type WebServer } from '../../../helpers/web-server.ts'

let target: WebServer
let proxy: ProxyServer
const opened: OutboundHttp[] = []

beforeEach(async () => {
  target = await startWebServer((_request, response) => response.end('hello'))
  proxy = await startProxyServer()
})

afterEach(async () => {
  for (const http of opened.splice(0)) await http.close()
  await target[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
})

function outbound(setting: string, init: Omit<OutboundHttpInit, 'settings'> = {}) {
  const values = { proxy: setting }
  const http = new OutboundHttp({
    settings: { get: () => values },
    environment: {},
    ...init,
  })
  opened.push(http)
  const get = async (url = `${target.url}/file`) => {
    const { body, statusCode } = await request(url, { dispatcher: await http.dispatcherFor(new URL(url)) })
    const text = await body.text()
    return { statusCode, text }
  }
  return { get, values, http }
}

it('goes directly where no proxy is set', async () => {
  expect(await outbound('system').get()).toMatchObject({ text: 'hello' })
  expect(await outbound('none', { environment: { HTTP_PROXY: proxy.url } }).get()).toMatchObject({
    text: 'hello',
  })
  expect(proxy.forwarded).toEqual([])
})

it('hands plain requests over to the proxy that is set, and heeds a change at once', async () => {
  const { get, values } = outbound(proxy.url)
  expect(await get()).toMatchObject({ text: 'hello' })
  expect(proxy.forwarded).toEqual([`${target.url}/file`])
  values.proxy = 'none'
  await get()
  expect(proxy.forwarded.length).toBe(1)
})

it("takes the environment's proxy, but for what it exempts", async () => {
  const environment = { HTTP_PROXY: proxy.url, NO_PROXY: 'localhost' }
  const { get } = outbound('system', { environment })
  await get()
  expect(proxy.forwarded.length).toBe(1)
  await get(`http://localhost:${target.port}/file`)
  expect(proxy.forwarded.length).toBe(1)
})

it('builds a tunnel to encrypted services', async () => {
  // Nothing has its certificate, so the handshake is what fails, behind the tunnel.
  const secure = createServer(() => undefined)
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const { port } = secure.address() as AddressInfo
  await expect(outbound(proxy.url).get(`https://127.0.0.1:${port}/`)).rejects.toThrow()
  expect(proxy.tunnels).toContain(`127.0.0.1:${port}`)
  await new Promise((resolve) => secure.close(resolve))
})

it("asks the system where the environment says nothing, and understands its script's answers", async () => {
  const asked: string[] = []
  const answering = (answer: string) =>
    outbound('system', {
      resolveSystemProxy: async (url) => {
        asked.push(url)
        return answer
      },
    })
  await answering(`PROXY 127.0.0.1:${proxy.port}; DIRECT`).get()
  expect(proxy.forwarded.length).toBe(1)
  await answering('DIRECT').get()
  expect(asked).toEqual([`${target.url}/file`, `${target.url}/file`])
  expect(proxy.forwarded.length).toBe(1)
  await expect(answering('SOCKS5 127.0.0.1:1').get()).rejects.toMatchObject({ code: 'download_failed' })
})

it('tells a proxy that wants a password from a service that is away', async () => {
  await using guarded = await startProxyServer('ana:s3cret')
  const { http } = outbound(guarded.url)
  for (const protocol of ['http', 'https']) {
    const url = `${protocol}://127.0.0.1:${target.port}/a.gguf`
    const answer = requestFile({ route: http }, { url }, downloadLimits, AbortSignal.timeout(10_000))
    await expect(answer).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining('asks for a name'),
    })
  }
})

it('gives the proxy its name and password, and never says them', async () => {
  await using guarded = await startProxyServer('ana:s3cret')
  const withThem = guarded.url.replace('//', '//ana:s3cret@')
  expect(await outbound(withThem).get()).toMatchObject({ text: 'hello' })
  expect(guarded.forwarded.length).toBe(1)
  const refused = await outbound(guarded.url.replace('//', '//ana:wrong@'))
    .get()
    .catch((error: unknown) => error)
  expect(JSON.stringify(refused)).not.toContain('wrong')
  expect(guarded.forwarded.length).toBe(1)
  expect(withoutCredentials(withThem)).toBe(guarded.url)
  const broken = outbound('http://ana:s3cret@:0').get()
  await expect(broken).rejects.toThrow()
  await broken.catch((error: unknown) => expect(String(error)).not.toContain('s3cret'))
})
