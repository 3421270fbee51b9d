import { createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ProxyServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Requests that were handed over, by their addresses. */
  readonly forwarded: string[]
  /** Hosts that tunnels were built to. */
  readonly tunnels: string[]
}

/** A proxy on loopback that hands plain requests over and builds tunnels, for those who know its password where it has one. */
export async function startProxyServer(credentials?: string): Promise<ProxyServer> {
  const forwarded: string[] = []
  const tunnels: string[] = []
  const sockets = new Set<Socket>()
  const expected =
    credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  const server = createServer((message, response) => {
    if (expected !== undefined && message.headers['proxy-authorization'] !== expected) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end()
      return
    }
    forwarded.push(message.url ?? '')
    const { 'proxy-authorization': _, ...headers } = message.headers
    const onward = request(message.url ?? '', { method: message.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    message.pipe(onward)
  })
  server.on('connect', (message, socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    if (expected !== undefined && message.headers['proxy-authorization'] !== expected) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    tunnels.push(message.url ?? '')
    const { hostname, port } = new URL(`http://${message.url}`)
    const onward = connect(Number(port === '' ? 80 : port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket)
      socket.pipe(onward)
    })
    sockets.add(onward)
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    forwarded,
    tunnels,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
