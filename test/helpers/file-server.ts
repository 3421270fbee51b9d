import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What one request asked for. */
export interface SeenRequest {
  readonly path: string
  readonly from: number
  readonly to: number | undefined
  readonly headers: IncomingMessage['headers']
}

/** A fault: answers instead of the server, or returns false to have it answer as it should. */
export type Fault = (request: SeenRequest, response: ServerResponse, count: number) => boolean

export interface FileServer extends AsyncDisposable {
  readonly url: string
  readonly requests: SeenRequest[]
  /** Bytes of bodies handed out, of all answers but the probing ones of a single byte. */
  readonly sentBytes: number
  content: Buffer
  fault: Fault
  /** Answers with the part that was asked for, as a faultless server. */
  serve(request: SeenRequest, response: ServerResponse, options?: ServeOptions): void
}

export interface ServeOptions {
  readonly ranges?: boolean
  readonly etag?: string | undefined
  /** Ends the connection after so many bytes of the body. */
  readonly breakAfter?: number
  readonly headers?: Record<string, string>
}

/** A server of one file on loopback that does as it should, until it is told to have a fault. */
export async function startFileServer(content: Buffer): Promise<FileServer> {
  const requests: SeenRequest[] = []
  let sentBytes = 0
  const files: FileServer = {
    url: '',
    requests,
    get sentBytes() {
      return sentBytes
    },
    content,
    fault: () => false,
    serve(request, response, options = {}) {
      const { content: bytes } = files
      const etag = 'etag' in options ? options.etag : etagOf(bytes)
      const wants = options.ranges !== false && request.headers.range !== undefined
      const unchanged = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
      const partial = wants && unchanged
      const from = partial ? request.from : 0
      const to = partial ? Math.min(request.to ?? bytes.length, bytes.length) : bytes.length
      const body = bytes.subarray(from, to)
      response.writeHead(partial ? 206 : 200, {
        'content-length': body.length,
        ...(partial ? { 'content-range': `bytes ${from}-${to - 1}/${bytes.length}` } : {}),
        ...(etag === undefined ? {} : { etag }),
        ...options.headers,
      })
      const sent = options.breakAfter === undefined ? body : body.subarray(0, options.breakAfter)
      if (body.length > 1) sentBytes += sent.length
      if (sent.length === body.length) response.end(body)
      else response.write(sent, () => response.destroy())
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const server = createServer((message, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(message.headers.range ?? '') ?? []
    const request: SeenRequest = {
      path: message.url ?? '',
      from: Number(from ?? 0),
      to: to === undefined || to === '' ? undefined : Number(to) + 1,
      headers: message.headers,
    }
    requests.push(request)
    if (!files.fault(request, response, requests.length)) files.serve(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  Object.defineProperty(files, 'url', { value: `http://127.0.0.1:${port}` })
  return files
}

export function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`
}
