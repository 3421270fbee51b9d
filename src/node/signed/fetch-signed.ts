import { request } from 'undici'
import { DriadError } from '../../protocol/errors.ts'
import type { HttpRoute } from '../http/contract.ts'
import type { SignedBytes } from './kept-signed.ts'

/** Base64 of 64 bytes, and a line end. */
const SIGNATURE_TEXT_BYTES = 256
const ANSWER_MS = 15_000
/** For all of it: the signature, redirects, and every byte. */
const WHOLE_MS = 60_000
const MAX_REDIRECTS = 3
const REDIRECTS = new Set([301, 302, 303, 307, 308])

export interface FetchSignedOptions {
  readonly signal: AbortSignal
  /** What it is, as the subject of a sentence: `The catalogue of models`. */
  readonly what: string
  readonly maxBytes: number
  /** How an address is reached, as through a proxy. Directly where absent. */
  readonly route?: HttpRoute | undefined
  /** The signature that we have: where it is the same there, nothing else is fetched. */
  readonly known?: string | undefined
}

/**
 * Fetches a file and, from the same address with `.sig`, its signature. Undefined where it is the one that is known.
 * Throws `download_failed`, `too_large`, or the signal's reason; whether the signature holds is the caller's to check.
 */
export async function fetchSigned(
  url: string,
  { signal: aborted, what, maxBytes, route, known }: FetchSignedOptions,
): Promise<SignedBytes | undefined> {
  const signal = AbortSignal.any([aborted, AbortSignal.timeout(WHOLE_MS)])
  try {
    const signatureBytes = await fetchBytes(`${url}.sig`, SIGNATURE_TEXT_BYTES, signal, route)
    const signature = signatureBytes.toString('latin1').trim()
    if (signature === known) return undefined
    return { signature, bytes: await fetchBytes(url, maxBytes, signal, route) }
  } catch (cause) {
    aborted.throwIfAborted()
    if (cause instanceof DriadError && cause.code !== 'download_failed') throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DriadError('download_failed', `${what} cannot be fetched: ${reason}`, { cause })
  }
}

async function fetchBytes(
  from: string,
  maxBytes: number,
  signal: AbortSignal,
  route: HttpRoute | undefined,
): Promise<Buffer> {
  let url = new URL(from)
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const dispatcher = await route?.dispatcherFor(url)
    const answer = await request(url, {
      signal,
      headersTimeout: ANSWER_MS,
      bodyTimeout: ANSWER_MS,
      headers: { accept: 'application/json, text/plain', 'accept-encoding': 'identity' },
      ...(dispatcher === undefined ? {} : { dispatcher }),
    })
    // A body that is destroyed before its end says so, also where nobody reads it any more.
    answer.body.on('error', () => undefined)
    if (answer.statusCode === 200) return readBytes(url, answer.body, maxBytes)
    answer.body.destroy()
    if (!REDIRECTS.has(answer.statusCode))
      throw failed(`${url.host} answers ${answer.statusCode} to ${url.pathname}`)
    url = redirected(url, answer.headers['location'])
  }
  throw failed(`${url.host} redirects more than ${MAX_REDIRECTS} times`)
}

async function readBytes(
  url: URL,
  body: AsyncIterable<Uint8Array> & { destroy(): void },
  maxBytes: number,
): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body) {
    size += part.byteLength
    if (size > maxBytes) {
      body.destroy()
      throw new DriadError(
        'too_large',
        `${url.host} sends more than the ${maxBytes} bytes that ${url.pathname} may have`,
      )
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function redirected(url: URL, location: string | string[] | undefined): URL {
  const text = typeof location === 'string' ? location : ''
  if (text === '' || !URL.canParse(text, url)) throw failed(`${url.host} redirects to nowhere`)
  const next = new URL(text, url)
  if (next.protocol !== 'https:' && (next.protocol !== 'http:' || url.protocol === 'https:'))
    throw failed(`${url.host} redirects to an address without encryption`)
  return next
}

function failed(reason: string): DriadError {
  return new DriadError('download_failed', reason)
}
