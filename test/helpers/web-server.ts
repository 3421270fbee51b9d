import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenWebRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface WebServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly requests: SeenWebRequest[]
  answer: (request: SeenWebRequest, response: ServerResponse) => void
}

/** A server on loopback that remembers what it was asked and answers as the test says. */
export async function startWebServer(answer: WebServer['answer']): Promise<WebServer> {
  const requests: SeenWebRequest[] = []
  const server = createServer((message, response) => {
    const parts: Buffer[] = []
    message.on('data', (part: Buffer) => parts.push(part))
    message.on('end', () => {
      const request: SeenWebRequest = {
        method: message.method ?? '',
        path: message.url ?? '',
        headers: message.headers,
        body: Buffer.concat(parts).toString('utf8'),
      }
      requests.push(request)
      web.answer(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const web: WebServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return web
}

export function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
