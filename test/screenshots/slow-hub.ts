import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { sizeOf } from '../../src/protocol/catalogue/estimated-size.ts'
import { parseCatalogue } from '../../src/protocol/catalogue/parse.ts'
import { demoModelPath } from '../helpers/models.ts'

/** The repository here that has a whole model: the one that comes with the program. */
export const demoRepository = 'driad/demo-1m-GGUF'
const demoFile = 'demo-1m-Q8_0.gguf'

const BYTES_PER_SECOND = 3_000_000
const PIECES_PER_SECOND = 20
const filler = Buffer.alloc(BYTES_PER_SECOND / PIECES_PER_SECOND)

export interface SlowHub extends AsyncDisposable {
  readonly url: string
}

interface HubFile {
  readonly path: string
  readonly sizeBytes: number
  readonly content?: Buffer
}

/**
 * A server on loopback that lists the repositories of the catalogue as Hugging Face does, with the files' sizes, and hands files out as
 * fast as a house's line: the whole demo model, and of the others, which cannot be had here, zeros that take as long.
 */
export async function startSlowHub(): Promise<SlowHub> {
  const repositories = catalogueRepositories()
  const content = readFileSync(demoModelPath)
  repositories.set(demoRepository, [{ path: demoFile, sizeBytes: content.length, content }])

  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    const path = decodeURI(new URL(request.url ?? '', 'http://hub').pathname)
    const [, listed] = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/main$/.exec(path) ?? []
    const [, repository = '', name] = /^\/([^/]+\/[^/]+)\/resolve\/main\/(.+)$/.exec(path) ?? []
    const files = repositories.get(listed ?? repository)
    const file = files?.find((known) => known.path === name)
    if (listed !== undefined && files !== undefined) list(files, response)
    else if (file !== undefined) void send(file, request, response)
    else response.writeHead(404).end('Entry not found')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function catalogueRepositories(): Map<string, HubFile[]> {
  const path = fileURLToPath(new URL('../../resources/models/catalogue.json', import.meta.url))
  const { models } = parseCatalogue(readFileSync(path, 'utf8'))
  const repositories = new Map<string, HubFile[]>()
  for (const model of models) {
    for (const variant of model.variants) {
      const files = repositories.get(variant.repository) ?? []
      const estimated = Math.round(sizeOf(model, variant).bytes / variant.files.length)
      for (const file of variant.files)
        files.push({ path: file.path, sizeBytes: file.sizeBytes ?? estimated })
      repositories.set(variant.repository, files)
    }
  }
  return repositories
}

function list(files: readonly HubFile[], response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(files.map(({ path, sizeBytes }) => ({ type: 'file', path, size: sizeBytes }))))
}

async function send(
  { sizeBytes, content }: HubFile,
  { headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
  const start = Number(from ?? 0)
  const end = last === undefined || last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes)
  response.writeHead(from === undefined ? 200 : 206, {
    'content-length': end - start,
    etag: `"${sizeBytes}"`,
    ...(from !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${sizeBytes}` }),
  })
  for (let at = start; at < end && !response.destroyed; ) {
    const pieceEnd = Math.min(end, at + filler.length)
    response.write(content?.subarray(at, pieceEnd) ?? filler.subarray(0, pieceEnd - at))
    at = pieceEnd
    await new Promise((resolve) => setTimeout(resolve, 1_000 / PIECES_PER_SECOND))
  }
  response.end()
}
