import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { z } from 'zod'
import { DriadError } from '../../../protocol/errors.ts'
import type { DownloadToken } from '../../downloads/contract.ts'
import { reasonOf, retryAfterMs } from '../../downloads/file-request.ts'
import type { HttpRoute } from '../../http/contract.ts'
import { isProxyRefusal, proxyRefusal } from '../../http/proxy-refusal.ts'
import type { RepositoryFile } from './model-files.ts'
import { pageUrl, segments } from './pull-request.ts'
import { refusedAccess } from './refused-access.ts'

/** A page of the listing has up to 1,000 entries. */
const MAX_PAGES = 20
const MAX_PAGE_BYTES = 8 * 1024 * 1024
const ANSWER_MS = 30_000
const ATTEMPTS = 4
const BACKOFF_MS = 500
/** A person waits for the answer: a server that wants to be left alone for longer is told of instead. */
const MAX_WAIT_MS = 15_000

/** https://huggingface.co/docs/hub/api: a tree's entries; `lfs.oid` is the SHA-256 of the content. */
const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string().max(1024),
    size: z.number().optional(),
    lfs: z.object({ oid: z.string(), size: z.number().optional() }).nullish(),
  }),
)

export interface ListingRequest {
  readonly endpoint: string
  readonly repository: string
  readonly token: DownloadToken | undefined
}

/**
 * The files of a repository with their sizes and digests, as the endpoint's own interface lists them.
 * Throws `model_not_found`, `download_refused`, `download_failed`, or the signal's reason.
 */
export async function listRepository(
  { route }: { readonly route: HttpRoute | undefined },
  asked: ListingRequest,
  { signal }: { readonly signal: AbortSignal },
): Promise<RepositoryFile[]> {
  const base = asked.endpoint.replace(/\/+$/, '')
  let next: URL | undefined = new URL(
    `${base}/api/models/${segments(asked.repository)}/tree/main?recursive=true`,
  )
  const files: RepositoryFile[] = []
  for (let page = 0; next !== undefined && page < MAX_PAGES; page++) {
    const answer: TreePage = await readPage(route, next, asked, signal)
    for (const { type, path, size, lfs } of answer.entries) {
      const sizeBytes = lfs?.size ?? size
      if (type !== 'file' || sizeBytes === undefined || !Number.isSafeInteger(sizeBytes)) continue
      const sha256 = lfs?.oid !== undefined && /^[0-9a-f]{64}$/.test(lfs.oid) ? lfs.oid : undefined
      files.push({ path, sizeBytes, sha256 })
    }
    next = answer.next
  }
  return files
}

interface TreePage {
  readonly entries: z.output<typeof treeSchema>
  readonly next: URL | undefined
}

async function readPage(
  route: HttpRoute | undefined,
  url: URL,
  asked: ListingRequest,
  signal: AbortSignal,
): Promise<TreePage> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await askPage(route, url, asked, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Passing)) throw error
      if (attempt === ATTEMPTS || error.retryAfterMs > MAX_WAIT_MS)
        throw new DriadError('download_failed', `${url.host} does not list the files: ${error.message}`, {
          cause: error,
        })
      const waitMs = Math.max(error.retryAfterMs, BACKOFF_MS * 2 ** (attempt - 1))
      await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

class Passing extends Error {
  constructor(
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message)
  }
}

async function askPage(
  route: HttpRoute | undefined,
  url: URL,
  { endpoint, repository, token }: ListingRequest,
  signal: AbortSignal,
): Promise<TreePage> {
  const dispatcher = await route?.dispatcherFor(url)
  const bound = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
  try {
    const { statusCode, headers, body } = await request(url, {
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(token?.origin === url.origin && { authorization: `Bearer ${token.text}` }),
      },
      signal: bound,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    })
    body.on('error', () => undefined)
    if (statusCode !== 200) body.destroy()
    if (statusCode === 401 || statusCode === 403)
      throw refusedAccess({
        status: statusCode,
        host: url.host,
        page: pageUrl(endpoint, repository),
        token: token !== undefined,
      })
    if (statusCode === 404)
      throw new DriadError('model_not_found', `${url.host} has no repository ${repository}`)
    if (statusCode === 429 || statusCode >= 500) {
      throw new Passing(`it is busy (${statusCode})`, retryAfterMs(headers['retry-after']))
    }
    if (statusCode === 407) throw proxyRefusal()
    if (statusCode !== 200) throw new DriadError('download_failed', `${url.host} answers ${statusCode}`)
    const text = await readText(body, url)
    return { entries: parsed(text, url), next: nextPage(headers['link'], url) }
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof DriadError || cause instanceof Passing) throw cause
    if (isProxyRefusal(cause)) throw proxyRefusal(cause)
    throw new Passing(`${url.host} cannot be reached (${reasonOf(cause)})`)
  }
}

async function readText(body: AsyncIterable<Uint8Array>, url: URL): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body) {
    bytes += part.byteLength
    if (bytes > MAX_PAGE_BYTES)
      throw new DriadError('download_failed', `${url.host} answers with more than a list of files can have`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsed(text: string, url: URL): TreePage['entries'] {
  try {
    return treeSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new DriadError('download_failed', `${url.host} answers with something that is no list of files`, {
      cause,
    })
  }
}

/** `<https://…>; rel="next"` */
function nextPage(link: string | string[] | undefined, url: URL): URL | undefined {
  const [, target] = /<([^>]{1,4096})>\s*;\s*rel="next"/.exec(String(link ?? '')) ?? []
  if (target === undefined || !URL.canParse(target, url)) return undefined
  const next = new URL(target, url)
  return next.origin === url.origin ? next : undefined
}
