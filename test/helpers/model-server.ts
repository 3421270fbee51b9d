import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request for a file's bytes. */
export interface BytesRequest {
  readonly repository: string
  readonly path: string
  readonly from: number
  readonly to: number
  readonly headers: IncomingMessage['headers']
}

export interface ModelServer extends AsyncDisposable {
  readonly url: string
  /** Of each repository, its files by path. */
  readonly repositories: Map<string, Map<string, Buffer>>
  /** Repositories that want this token. */
  readonly gated: Map<string, string>
  /** Bytes of files handed out, without the single ones that are asked for to look. */
  readonly sentBytes: number
  readonly requests: {
    readonly method: string
    readonly path: string
    readonly headers: IncomingMessage['headers']
  }[]
  /** Answers in place of the server, or returns false. */
  fault: (request: BytesRequest, response: ServerResponse) => boolean
  /** Bytes per second that each connection gets from now on; all at once where 0. */
  bytesPerSecond: number
  /** Resolves when nothing is being sent, as after whoever fetched was stopped: `sentBytes` then stays as it is. */
  idle(): Promise<void>
  /** Files of a repository, by path. */
  add(repository: string, files: Record<string, Buffer>): void
}

/** A server on loopback that answers as Hugging Face does: the listing of a repository, redirects to content, ranges, gates. */
export async function startModelServer(): Promise<ModelServer> {
  let sentBytes = 0
  let sending = 0
  const state: ModelServer = {
    url: '',
    repositories: new Map(),
    gated: new Map(),
    get sentBytes() {
      return sentBytes
    },
    requests: [],
    fault: () => false,
    bytesPerSecond: 0,
    add(repository, files) {
      state.repositories.set(repository, new Map(Object.entries(files)))
    },
    async idle() {
      while (sending > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  const server = createServer((message, response) => {
    response.on('error', () => undefined)
    const url = new URL(message.url ?? '', 'http://server')
    state.requests.push({ method: message.method ?? '', path: url.pathname, headers: message.headers })
    const [, listed] = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/main$/.exec(url.pathname) ?? []
    if (listed !== undefined) {
      list(listed, message, response)
      return
    }
    const [, repository = '', path = ''] =
      /^\/([^/]+\/[^/]+)\/resolve\/main\/(.+)$/.exec(decodeURI(url.pathname)) ?? []
    const content = state.repositories.get(repository)?.get(path)
    if (content !== undefined) {
      if (!mayRead(repository, message, response)) return
      response.writeHead(302, {
        location: `/content/${repository}/${path}`,
        'x-linked-etag': `"${sha256Of(content)}"`,
        'x-linked-size': content.length,
      })
      response.end()
      return
    }
    const [, place = '', file = ''] = /^\/content\/([^/]+\/[^/]+)\/(.+)$/.exec(decodeURI(url.pathname)) ?? []
    const bytes = state.repositories.get(place)?.get(file)
    if (bytes === undefined) response.writeHead(404).end('Entry not found')
    else serve(place, file, bytes, message, response)
  })

  function mayRead(repository: string, message: IncomingMessage, response: ServerResponse): boolean {
    const token = state.gated.get(repository)
    if (token === undefined || message.headers.authorization === `Bearer ${token}`) return true
    response.writeHead(message.headers.authorization === undefined ? 401 : 403).end('Access is restricted')
    return false
  }

  function list(repository: string, message: IncomingMessage, response: ServerResponse): void {
    const files = state.repositories.get(repository)
    if (files === undefined) return void response.writeHead(404).end('{"error":"Repository not found"}')
    if (!mayRead(repository, message, response)) return
    const entries = [...files].map(([path, bytes]) => ({
      type: 'file',
      oid: createHash('sha1').update(bytes).digest('hex'),
      size: bytes.length,
      path,
      lfs: { oid: sha256Of(bytes), size: bytes.length, pointerSize: 133 },
    }))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify([{ type: 'directory', oid: 'x', size: 0, path: 'folder' }, ...entries]))
  }

  function serve(
    repository: string,
    path: string,
    bytes: Buffer,
    message: IncomingMessage,
    response: ServerResponse,
  ): void {
    const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(message.headers.range ?? '') ?? []
    const start = Number(from ?? 0)
    const end = last === undefined || last === '' ? bytes.length : Math.min(Number(last) + 1, bytes.length)
    const request = { repository, path, from: start, to: end, headers: message.headers }
    if (state.fault(request, response)) return
    const body = bytes.subarray(start, end)
    response.writeHead(from === undefined ? 200 : 206, {
      'content-length': body.length,
      etag: `"${sha256Of(bytes).slice(0, 16)}"`,
      ...(from !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
    })
    sending += 1
    void send(body, response).finally(() => {
      sending -= 1
    })
  }

  async function send(body: Buffer, response: ServerResponse): Promise<void> {
    const counted = body.length > 1
    for (let at = 0; at < body.length && !response.destroyed; ) {
      const { bytesPerSecond } = state
      const pieceBytes = bytesPerSecond === 0 ? body.length : Math.max(1, Math.floor(bytesPerSecond / 50))
      const piece = body.subarray(at, at + pieceBytes)
      at += piece.length
      if (counted) sentBytes += piece.length
      if (!response.write(piece)) {
        await new Promise<void>((resolve) => {
          response.once('drain', resolve)
          response.once('close', resolve)
        })
      }
      if (bytesPerSecond > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    response.end()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  Object.defineProperty(state, 'url', { value: `http://127.0.0.1:${port}` })
  return state
}

const digests = new WeakMap<Buffer, string>()

export function sha256Of(bytes: Buffer): string {
  const digest = digests.get(bytes) ?? createHash('sha256').update(bytes).digest('hex')
  digests.set(bytes, digest)
  return digest
}
