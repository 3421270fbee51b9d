import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { Agent, type Dispatcher, request } from 'undici'
import { DriadError } from '../../protocol/errors.ts'
import { untilAborted } from '../workflow/abort.ts'
import { isPublicAddress, isPublicName } from './public-address.ts'

export interface HttpLimits {
  /** From the first look-up to the last byte. */
  readonly totalMs: number
  /** Of the answer, as it comes and unpacked. */
  readonly bodyBytes: number
  readonly requestBytes: number
  /** Of all headers that a request sets. */
  readonly headerChars: number
  readonly urlChars: number
  readonly redirects: number
}

export const httpLimits: HttpLimits = {
  totalMs: 20_000,
  bodyBytes: 2 * 1024 * 1024,
  requestBytes: 256 * 1024,
  headerChars: 8192,
  urlChars: 4096,
  redirects: 5,
}

export interface HttpRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The operator's own service: its first address need not be public. Wherever it redirects to is guarded. */
  readonly trusted?: boolean
}

export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
  /** Where the answer came from, after redirects. */
  readonly url: string
}

export interface GuardedHttpInit {
  readonly limits?: Partial<HttpLimits>
  /** For tests, which have only loopback. */
  readonly isPublic?: (address: string) => boolean
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

/** Headers that the client makes itself, or that would speak for the connection. */
const OWN_HEADERS =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|proxy-.*|accept-encoding|cookie)$/i

/**
 * The one way out for whatever a workflow causes. Each address is looked up first and must be public, all that a name
 * stands for; the connection then goes to just that address, so a name cannot mean another one a moment later. Redirects
 * are checked like the first address and lose all headers but harmless ones. No proxy: it would look up names itself.
 */
export class GuardedHttp {
  readonly #limits: HttpLimits
  readonly #isPublic: (address: string) => boolean
  readonly #resolve: (host: string) => Promise<readonly string[]>

  constructor(init: GuardedHttpInit = {}) {
    this.#limits = { ...httpLimits, ...init.limits }
    this.#isPublic = init.isPublic ?? isPublicAddress
    this.#resolve = init.resolve ?? resolveHost
  }

  /**
   * @throws DriadError `tool_refused` (address, method, header, a limit), `tool_failed` (nothing there, no answer in time);
   * and the signal's reason.
   */
  async request(asked: HttpRequest, { signal }: { signal: AbortSignal }): Promise<HttpAnswer> {
    const { totalMs } = this.#limits
    const timeout = AbortSignal.timeout(totalMs)
    try {
      return await this.#follow(asked, AbortSignal.any([signal, timeout]))
    } catch (cause) {
      signal.throwIfAborted()
      if (timeout.aborted)
        throw new DriadError('tool_failed', `There was no answer within ${totalMs / 1000} s`, { cause })
      throw cause
    }
  }

  /** Throws `tool_refused` where an address does not lead to the internet, and `tool_failed` where it leads nowhere. */
  async assertPublic(text: string, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#addressesOf(checkUrl(text, this.#limits), false, signal)
  }

  async #follow(asked: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    let { method, headers, body, trusted = false } = asked
    checkRequest(asked, this.#limits)
    let url = checkUrl(asked.url, this.#limits)
    for (let hop = 0; hop <= this.#limits.redirects; hop++) {
      const answer = await this.#send(url, { method, headers, body, trusted }, signal)
      if (answer.location === undefined) return answer
      if (answer.status === 303 || (method === 'POST' && answer.status <= 302)) {
        method = 'GET'
        body = undefined
      }
      const next = checkUrl(
        URL.canParse(answer.location, url) ? new URL(answer.location, url).href : answer.location,
        this.#limits,
      )
      if (next.origin !== url.origin) {
        // Keys and cookies are for the one that they were made for.
        headers = undefined
        trusted = false
      }
      if (url.protocol === 'https:' && next.protocol === 'http:')
        throw refused(`${url.host} redirects to an address without encryption`)
      url = next
    }
    throw refused(`${url.host} redirects more than ${this.#limits.redirects} times`)
  }

  async #send(
    url: URL,
    {
      method,
      headers,
      body,
      trusted,
    }: {
      method: 'GET' | 'POST'
      headers: Readonly<Record<string, string>> | undefined
      body: string | undefined
      trusted: boolean
    },
    signal: AbortSignal,
  ): Promise<HttpAnswer & { location?: string }> {
    const addresses = await this.#addressesOf(url, trusted, signal)
    // For one request: a connection that is kept would be used again without another look.
    const agent = new Agent({ connect: { lookup: pinned(addresses), timeout: this.#limits.totalMs } })
    try {
      const answer = await request(url, {
        method,
        signal,
        dispatcher: agent,
        headers: {
          accept: 'text/html,application/json,text/plain;q=0.9,*/*;q=0.5',
          'user-agent': 'driad',
          ...headers,
          'accept-encoding': 'identity',
        },
        ...(body === undefined ? {} : { body }),
        headersTimeout: this.#limits.totalMs,
        bodyTimeout: this.#limits.totalMs,
      })
      answer.body.on('error', () => undefined)
      const location = header(answer.headers, 'location')
      if (answer.statusCode >= 300 && answer.statusCode < 400 && location !== undefined) {
        answer.body.destroy()
        return { ...(await emptyAnswer(answer, url)), location }
      }
      return {
        status: answer.statusCode,
        contentType: header(answer.headers, 'content-type') ?? '',
        body: await this.#read(answer, url),
        url: url.href,
      }
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof DriadError) throw cause
      const { code, message } = cause as NodeJS.ErrnoException
      throw new DriadError('tool_failed', `${url.host} cannot be reached (${code ?? message})`, { cause })
    } finally {
      void agent.destroy()
    }
  }

  async #addressesOf(url: URL, trusted: boolean, signal: AbortSignal): Promise<readonly string[]> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const literal = isIP(host) !== 0
    if (!trusted && !literal && !isPublicName(host)) throw refused(`${host} is not a name of the internet`)
    const addresses = literal ? [host] : await this.#lookUp(host, signal)
    if (!trusted && !addresses.every((address) => this.#isPublic(address))) {
      throw refused(`${host} is not a public address; tools reach the internet only`)
    }
    return addresses
  }

  async #lookUp(host: string, signal: AbortSignal): Promise<readonly string[]> {
    let addresses: readonly string[]
    try {
      // A look-up cannot be stopped, and a name server may keep it waiting.
      addresses = await untilAborted(this.#resolve(host), signal)
    } catch (cause) {
      signal.throwIfAborted()
      throw new DriadError('tool_failed', `There is no ${host}`, { cause })
    }
    signal.throwIfAborted()
    if (addresses.length === 0) throw new DriadError('tool_failed', `There is no ${host}`)
    return addresses
  }

  async #read({ headers, body }: Dispatcher.ResponseData, url: URL): Promise<Buffer> {
    const { bodyBytes } = this.#limits
    const parts: Buffer[] = []
    let size = 0
    for await (const part of body as AsyncIterable<Buffer>) {
      size += part.byteLength
      if (size > bodyBytes) {
        body.destroy()
        throw refused(`${url.host} answers with more than ${bodyBytes} bytes`)
      }
      parts.push(part)
    }
    return unpacked(Buffer.concat(parts), header(headers, 'content-encoding'), bodyBytes, url)
  }
}

function checkUrl(text: string, limits: HttpLimits): URL {
  if (text.length > limits.urlChars) throw refused(`The address has more than ${limits.urlChars} characters`)
  if (!URL.canParse(text)) throw refused('The address cannot be read')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refused('An address begins with https:// or http://')
  if (url.username !== '' || url.password !== '') throw refused('An address has no user name and no password')
  const port = url.port === '' ? undefined : Number(url.port)
  if (port !== undefined && port < 1024 && port !== 80 && port !== 443)
    throw refused(`The port ${port} is not one of web services`)
  return url
}

function checkRequest({ method, headers = {}, body }: HttpRequest, limits: HttpLimits): void {
  if (method !== 'GET' && method !== 'POST') throw refused(`Tools use GET and POST, not ${String(method)}`)
  if (body !== undefined && Buffer.byteLength(body) > limits.requestBytes)
    throw refused(`The request has more than ${limits.requestBytes} bytes`)
  let headerChars = 0
  for (const [name, value] of Object.entries(headers)) {
    headerChars += name.length + value.length
    if (headerChars > limits.headerChars)
      throw refused(`The headers have more than ${limits.headerChars} characters`)
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(name) || OWN_HEADERS.test(name))
      throw refused(`The header ${JSON.stringify(name.slice(0, 40))} cannot be set`)
    if (value.length > 4096 || /[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw refused(`The value of the header ${name} cannot be sent`)
  }
}

/** Whatever is looked up is one of these: the connection goes where the check looked. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, options, callback) => {
    const [first] = all
    if (first === undefined) callback(new Error('No address'), '', 0)
    else if (options.all) callback(null, all as never)
    else callback(null, first.address, first.family)
  }
}

async function resolveHost(host: string): Promise<readonly string[]> {
  return (await dnsLookup(host, { all: true, verbatim: true })).map(({ address }) => address)
}

async function emptyAnswer({ statusCode }: Dispatcher.ResponseData, url: URL): Promise<HttpAnswer> {
  return { status: statusCode, contentType: '', body: Buffer.alloc(0), url: url.href }
}

// A map, because the encoding is a stranger's text: "constructor" is none.
const unpackers = new Map<string, typeof gunzip>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
  ['br', brotliDecompress],
])

/** Some servers pack what nobody asked them to. Never more than the limit comes out. */
async function unpacked(
  body: Buffer,
  encoding: string | undefined,
  maxOutputLength: number,
  url: URL,
): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body
  const unpack = unpackers.get(encoding.toLowerCase())
  if (unpack === undefined)
    throw new DriadError('tool_failed', `${url.host} answers in an encoding that nobody asked for`)
  try {
    return await promisify<Buffer, { maxOutputLength: number }, Buffer>(unpack)(body, { maxOutputLength })
  } catch (cause) {
    const tooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    if (tooLarge) throw refused(`${url.host} answers with more than ${maxOutputLength} bytes`)
    throw new DriadError('tool_failed', `The answer of ${url.host} is damaged`, { cause })
  }
}

function header(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

function refused(message: string): DriadError {
  return new DriadError('tool_refused', message)
}
