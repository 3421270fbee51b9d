import { type Dispatcher, request } from 'undici'
import { DriadError } from '../../protocol/errors.ts'
import type { HttpRoute } from '../http/contract.ts'
import { isProxyRefusal, proxyRefusal } from '../http/proxy-refusal.ts'
import type { DownloadLimits, DownloadToken } from './contract.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** A failure that may pass: the same request is worth another try, not before `retryAfterMs`. */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure'
  constructor(
    message: string,
    readonly retryAfterMs = 0,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** The server answered with the whole file where a part was asked for, though the file is still the same one. */
export class PartRefused extends PassingFailure {}

/** The content is not what it was when the download began. */
export class ContentChanged extends Error {
  override readonly name = 'ContentChanged'
}

/** There is nothing at the part that was asked for. */
export class RangeUnsatisfiable extends ContentChanged {}

/** What the answers of one source say of its file. */
export interface RemoteFile {
  readonly totalBytes: number
  /** A strong ETag, or the date of the last change: what `If-Range` takes. */
  readonly validator?: string
  /** From Hugging Face's own header. */
  readonly sha256?: string
  /** Whether parts of it can be asked for. */
  readonly ranges: boolean
}

export interface FileAnswer {
  readonly file: RemoteFile
  /** Where in the file the body begins. */
  readonly start: number
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void }
}

export interface FileRequestComponents {
  /** How an address is reached, as through a proxy. Directly where absent. */
  readonly route?: HttpRoute
}

export interface FileRequest {
  readonly url: string
  readonly token?: DownloadToken
  /** What the answer has where it does not say so itself. */
  readonly sizeBytes?: number
  /** First byte wanted, and the first one not wanted any more; without an end, to the end of the file. */
  readonly range?: { readonly from: number; readonly to?: number }
  /** The answer's parts must be of the file that had this. */
  readonly validator?: string
}

/**
 * Asks for a file, or for a part of it, and follows redirects. The body is to be read or destroyed.
 *
 * @throws PassingFailure, ContentChanged, DriadError `download_failed` where another try is of no use, and the signal's reason.
 */
export async function requestFile(
  { route }: FileRequestComponents,
  asked: FileRequest,
  limits: DownloadLimits,
  signal: AbortSignal,
): Promise<FileAnswer> {
  let url = checkedUrl(asked.url)
  const { origin } = url
  let trusted = origin === asked.token?.origin
  let sha256: string | undefined
  for (let hop = 0; hop <= limits.maxRedirects; hop++) {
    const answer = await send(url, asked, { route, limits, signal, trusted })
    sha256 ??= sha256Of(answer.headers)
    if (!REDIRECTS.has(answer.statusCode)) {
      refuseFailure(url, answer, { asked: url.origin === origin })
      return answerOf(url, answer, asked, limits, sha256)
    }
    answer.body.destroy()
    const location = header(answer.headers, 'location') ?? ''
    const next = checkedUrl(URL.canParse(location, url) ? new URL(location, url).href : location)
    if (url.protocol === 'https:' && next.protocol === 'http:') {
      throw new DriadError('download_failed', `${url.host} redirects to an address without encryption`)
    }
    // Once it has led elsewhere, nothing that it leads to is the origin's own word.
    trusted &&= next.origin === url.origin
    url = next
  }
  throw new DriadError('download_failed', `${url.host} redirects more than ${limits.maxRedirects} times`)
}

async function send(
  url: URL,
  { token, range, validator }: FileRequest,
  {
    route,
    limits,
    signal,
    trusted,
  }: {
    route: HttpRoute | undefined
    limits: DownloadLimits
    signal: AbortSignal
    trusted: boolean
  },
): Promise<Dispatcher.ResponseData> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (token !== undefined && trusted) headers['authorization'] = `Bearer ${token.text}`
  if (range !== undefined) {
    headers['range'] = `bytes=${range.from}-${range.to === undefined ? '' : range.to - 1}`
    if (validator !== undefined) headers['if-range'] = validator
  }
  const dispatcher = await route?.dispatcherFor(url)
  try {
    const answer = await request(url, {
      method: 'GET',
      headers,
      signal,
      headersTimeout: limits.answerMs,
      // Stalls are watched where the bytes are counted.
      bodyTimeout: 0,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    })
    // A body that is destroyed before its end says so, also where nobody reads it any more.
    answer.body.on('error', () => undefined)
    return answer
  } catch (cause) {
    signal.throwIfAborted()
    if (isProxyRefusal(cause)) throw proxyRefusal(cause)
    throw new PassingFailure(`${url.host} cannot be reached: ${reasonOf(cause)}`, 0, { cause })
  }
}

function answerOf(
  url: URL,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  asked: FileRequest,
  limits: DownloadLimits,
  sha256: string | undefined,
): FileAnswer {
  try {
    const part = statusCode === 206 ? partOf(header(headers, 'content-range')) : undefined
    if (statusCode === 206 && part === undefined)
      throw new ContentChanged(`${url.host} does not say which part of the file it sends`)
    if (part !== undefined && part.start !== (asked.range?.from ?? 0))
      throw new ContentChanged(`${url.host} sends another part of the file than the one asked for`)
    if ((header(headers, 'content-encoding') ?? 'identity') !== 'identity')
      throw new DriadError('download_failed', `${url.host} sends the file compressed, against our asking`)

    const totalBytes = part?.total ?? lengthOf(headers) ?? asked.sizeBytes
    if (totalBytes === undefined)
      throw new DriadError('download_failed', `${url.host} does not say how large the file is`)
    if (totalBytes > limits.maxBytes)
      throw new DriadError('download_failed', `The file has ${totalBytes} bytes, which is more than can be`)
    const validator = validatorOf(headers)
    return {
      start: part?.start ?? 0,
      body,
      file: {
        totalBytes,
        ranges: part !== undefined,
        ...(validator === undefined ? {} : { validator }),
        ...(sha256 === undefined ? {} : { sha256 }),
      },
    }
  } catch (error) {
    body.destroy()
    throw error
  }
}

/** Throws what an answer without the file means. `asked` where it is the very server that was asked, not one further on. */
function refuseFailure(
  url: URL,
  { statusCode: status, headers, body }: Dispatcher.ResponseData,
  { asked }: { readonly asked: boolean },
): void {
  if (status === 200 || status === 206) return
  body.destroy()
  if ((status === 401 || status === 403) && asked) {
    const message = `${url.host} asks for permission (${status}). Accept the model's licence there, and set an access token`
    throw new DriadError('download_refused', message)
  }
  if (status === 404 || status === 410)
    throw new DriadError('download_failed', `${url.host} has no such file (${status})`)
  if (status === 407) throw proxyRefusal()
  if (status === 416) throw new RangeUnsatisfiable(`${url.host} has a shorter file now`)
  // Where a redirect leads, permission is a signature that runs out; the next one comes with a new one.
  const passes = [401, 403, 408, 425, 429].includes(status) || status >= 500
  if (!passes) throw new DriadError('download_failed', `${url.host} answers ${status}`)
  throw new PassingFailure(`${url.host} is busy (${status})`, retryAfterMs(header(headers, 'retry-after')))
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:')) return url
  throw new DriadError('download_failed', 'The address of a file begins with https:// or http://', {
    issues: [{ path: 'sources', expected: 'an https or http address', found: text.slice(0, 200) }],
  })
}

function header(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

function partOf(text: string | undefined): { start: number; total: number } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(text ?? '')
  if (match === null) return undefined
  const [start, last, total] = match.slice(1).map(Number) as [number, number, number]
  return start <= last && last < total ? { start, total } : undefined
}

function lengthOf(headers: Dispatcher.ResponseData['headers']): number | undefined {
  const text = header(headers, 'content-length')
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Weak ETags say nothing of bytes. */
function validatorOf(headers: Dispatcher.ResponseData['headers']): string | undefined {
  const etag = header(headers, 'etag')
  if (etag?.startsWith('"') && etag.length <= 256) return etag
  const modified = header(headers, 'last-modified')
  return modified !== undefined && modified.length <= 64 ? modified : undefined
}

function sha256Of(headers: Dispatcher.ResponseData['headers']): string | undefined {
  const etag = header(headers, 'x-linked-etag')?.replaceAll('"', '')
  return etag !== undefined && /^[0-9a-f]{64}$/.test(etag) ? etag : undefined
}

/** Of the header `Retry-After`: seconds, or a date. */
export function retryAfterMs(text: string | string[] | undefined): number {
  if (typeof text !== 'string') return 0
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0
}

export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { code } = cause as NodeJS.ErrnoException
  // undici's name for a proxy that does not let us through hides in its message.
  return code === undefined || code === 'UND_ERR_ABORTED' ? cause.message : code
}
