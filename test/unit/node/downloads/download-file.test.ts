import { createHash, randomBytes } from 'node:crypto'
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Bandwidth } from '../../../../src/node/downloads/bandwidth.ts'
import { downloadFile } from '../../../../src/node/downloads/download-file.ts'
import type { DownloadNotice, DownloadProgress } from '../../../../src/protocol/pull-views.ts'
import { etagOf, type FileServer, startFileServer } from '../../../helpers/file-server.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const CHUNK = 64 * 1024
const content = randomBytes(10 * CHUNK + 123)
const sha256 = digest(content)

let server: FileServer
let folder: ReturnType<typeof tempFolder>
let path: string

beforeEach(async () => {
  server = await startFileServer(content)
  folder = tempFolder()
  path = join(folder.path, 'model.gguf')
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

function digest(bytes: Buffer): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

function fetchIt(
  options: {
    sha256?: Uint8Array | undefined
    sources?: readonly string[]
    signal?: AbortSignal
    token?: { origin: string; text: string }
    sizeBytes?: number
    limits?: Parameters<typeof downloadFile>[2]['limits']
    onProgress?: (progress: DownloadProgress) => void
    bandwidth?: Bandwidth
  } = {},
) {
  const digestGiven = 'sha256' in options ? options.sha256 : sha256
  return downloadFile(
    options.bandwidth === undefined ? {} : { bandwidth: options.bandwidth },
    {
      sources: options.sources ?? [`${server.url}/model.gguf`],
      path,
      ...(digestGiven === undefined ? {} : { sha256: digestGiven }),
      ...(options.token === undefined ? {} : { token: options.token }),
      ...(options.sizeBytes === undefined ? {} : { sizeBytes: options.sizeBytes }),
    },
    {
      signal: options.signal ?? AbortSignal.timeout(20_000),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
      limits: { chunkBytes: CHUNK, stallMs: 300, backoffMs: 1, maxBackoffMs: 20, ...options.limits },
    },
  )
}

function expectWhole() {
  expect(readFileSync(path).equals(server.content)).toBe(true)
  for (const rest of ['.part', '.part.log', '.part.lock']) expect(existsSync(path + rest)).toBe(false)
}

it('fetches a file in ranges and verifies it', async () => {
  const file = await fetchIt()
  expectWhole()
  expect(file).toMatchObject({ sizeBytes: content.length, verified: true, fetchedBytes: content.length })
  expect(server.requests.filter(({ to }) => to !== 1).length).toBe(11)
})

it('takes the digest that the server tells where the caller has none', async () => {
  const told = Buffer.from(sha256).toString('hex')
  server.fault = (request, response) => {
    server.serve(request, response, { headers: { 'x-linked-etag': `"${told}"` } })
    return true
  }
  expect(await fetchIt({ sha256: undefined })).toMatchObject({ verified: true })
  expectWhole()
})

it('says that a file without a known digest is not verified', async () => {
  expect(await fetchIt({ sha256: undefined })).toMatchObject({ verified: false })
  expectWhole()
})

it('goes on where connections break off, and fetches no byte twice', async () => {
  server.fault = (request, response, count) => {
    if (request.to === 1 || count % 2 === 0) return false
    server.serve(request, response, { breakAfter: 20_000 })
    return true
  }
  await fetchIt()
  expectWhole()
  // What was on its way when a connection broke may be lost to its buffer, never what was written.
  expect(server.sentBytes).toBeLessThan(content.length * 1.5)
})

it('goes on after an interruption without fetching again what is there', async () => {
  const interrupted = new AbortController()
  const slow = new Bandwidth(2_000_000)
  const first = fetchIt({
    signal: interrupted.signal,
    bandwidth: slow,
    onProgress: ({ receivedBytes }) => {
      if (receivedBytes > 3 * CHUNK) interrupted.abort(new Error('enough'))
    },
  })
  await expect(first).rejects.toThrow('enough')
  expect(existsSync(path)).toBe(false)
  const before = server.sentBytes
  const file = await fetchIt()
  expectWhole()
  expect(file.fetchedBytes).toBeLessThan(content.length - 2 * CHUNK)
  expect(server.sentBytes - before).toBe(file.fetchedBytes)
})

it('gives up a connection that stalls and asks again', async () => {
  server.fault = (request, response, count) => {
    if (request.to === 1 || count > 3) return false
    response.writeHead(206, {
      'content-range': `bytes ${request.from}-${(request.to ?? 1) - 1}/${content.length}`,
      etag: etagOf(content),
    })
    response.write(content.subarray(request.from, request.from + 10))
    return true
  }
  const notices: DownloadNotice[] = []
  await fetchIt({ onProgress: ({ notice }) => notice !== undefined && notices.push(notice) })
  expectWhole()
  expect(notices).toContainEqual(
    expect.objectContaining({ code: 'retry', reason: expect.stringContaining('nothing came for 0.3 s') }),
  )
})

it('fetches from a server without ranges in one piece, from the start at each try', async () => {
  server.fault = (request, response, count) => {
    server.serve(request, response, { ranges: false, ...(count === 2 ? { breakAfter: 100_000 } : {}) })
    return true
  }
  await fetchIt()
  expectWhole()
})

it('sees through a server that sends other bytes than it says, and has it send the whole', async () => {
  server.fault = (request, response) => {
    if (request.headers.range === undefined || request.to === 1) return false
    const length = (request.to ?? 0) - request.from
    response.writeHead(206, {
      'content-length': length,
      'content-range': `bytes ${request.from}-${(request.to ?? 1) - 1}/${content.length}`,
      etag: etagOf(content),
    })
    response.end(content.subarray(0, length))
    return true
  }
  await fetchIt()
  expectWhole()
})

it('refuses an answer for another range', async () => {
  server.fault = (request, response) => {
    if (request.to === 1) return false
    server.serve({ ...request, from: 0 }, response)
    return true
  }
  // The first chunk is where it says; all others are not, each time that it begins anew.
  await expect(fetchIt()).rejects.toMatchObject({ code: 'download_failed' })
  expect(existsSync(path)).toBe(false)
})

it('begins anew when the file changes on the server, and never mixes the two', async () => {
  const changed = randomBytes(content.length)
  server.fault = (request, response, count) => {
    if (count !== 2) return false
    server.serve(request, response, { breakAfter: 3 * CHUNK })
    server.content = changed
    return true
  }
  expect(await fetchIt({ sha256: undefined })).toMatchObject({ sha256: digest(changed) })
  expectWhole()
})

it('gives up a file that keeps changing', async () => {
  server.fault = (request) => {
    if (request.to !== 1) server.content = randomBytes(content.length)
    return false
  }
  await expect(fetchIt({ sha256: undefined })).rejects.toThrow('keeps changing')
  expect(existsSync(path)).toBe(false)
})

it('keeps nothing of a file with another digest', async () => {
  await expect(fetchIt({ sha256: digest(Buffer.from('another')) })).rejects.toMatchObject({
    code: 'download_corrupt',
  })
  expect(existsSync(path)).toBe(false)
  expect(existsSync(`${path}.part`)).toBe(false)
})

it('mends what the disk damaged meanwhile, by fetching that much again', async () => {
  const interrupted = new AbortController()
  const first = fetchIt({
    signal: interrupted.signal,
    limits: { connections: 1 },
    bandwidth: new Bandwidth(2_000_000),
    onProgress: ({ receivedBytes }) => {
      if (receivedBytes > 4 * CHUNK) interrupted.abort(new Error('enough'))
    },
  })
  await expect(first).rejects.toThrow('enough')
  writeSync(openSync(`${path}.part`, 'r+'), Buffer.from('damage'), 0, 6, CHUNK + 5)
  const file = await fetchIt()
  expectWhole()
  expect(file.fetchedBytes).toBeLessThan(content.length)
})

it('waits as long as a busy server asks for', async () => {
  const at: number[] = []
  server.fault = (_request, response, count) => {
    at.push(performance.now())
    if (count > 1) return false
    response.writeHead(503, { 'retry-after': '1' }).end()
    return true
  }
  await fetchIt({ limits: { maxBackoffMs: 5000 } })
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(990)
})

it.each([
  [401, 'access token'],
  [403, 'access token'],
  [404, 'no such file'],
  [400, 'answers 400'],
])('says what %i means, at once', async (status, words) => {
  server.fault = (_request, response) => {
    response.writeHead(status).end('no')
    return true
  }
  await expect(fetchIt()).rejects.toThrow(words)
  expect(server.requests.length).toBe(1)
})

it('gives up after so many tries that bring nothing', async () => {
  server.fault = (_request, response) => {
    response.destroy()
    return true
  }
  await expect(fetchIt({ limits: { attempts: 3 } })).rejects.toThrow('Gave up after 3 tries')
  expect(server.requests.length).toBe(3)
})

it('goes to a mirror where the first source fails', async () => {
  await using mirror = await startFileServer(content)
  server.fault = (_request, response) => {
    response.writeHead(404).end()
    return true
  }
  await fetchIt({ sources: [`${server.url}/a`, `${mirror.url}/b`] })
  expectWhole()
})

it('names what every source said where none has it', async () => {
  await using mirror = await startFileServer(content)
  for (const each of [server, mirror]) {
    each.fault = (_request, response) => {
      response.writeHead(404).end()
      return true
    }
  }
  const failure = fetchIt({ sources: [`${server.url}/a`, `${mirror.url}/b`] })
  await expect(failure).rejects.toThrow(/no such file.*; .*no such file/)
})

it('refuses a file of another size before anything is fetched', async () => {
  await expect(fetchIt({ sizeBytes: 5 })).rejects.toThrow('it is another file')
  expect(server.sentBytes).toBe(0)
})

it('follows a redirect, and does not take the token along to another origin', async () => {
  await using elsewhere = await startFileServer(content)
  server.fault = (_request, response) => {
    response.writeHead(302, { location: `${elsewhere.url}/blob` }).end()
    return true
  }
  await fetchIt({ token: { origin: server.url, text: 'secret-token' } })
  expectWhole()
  expect(server.requests[0]?.headers.authorization).toBe('Bearer secret-token')
  expect(elsewhere.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true)
})

it('ends a circle of redirects', async () => {
  server.fault = (_request, response) => {
    response.writeHead(302, { location: '/again' }).end()
    return true
  }
  await expect(fetchIt()).rejects.toThrow('redirects more than 5 times')
})

it.each(['file:///etc/passwd', 'ftp://example.com/a', 'nonsense'])(
  'refuses the address %s',
  async (source) => {
    await expect(fetchIt({ sources: [source] })).rejects.toMatchObject({
      code: 'download_failed',
      issues: [{ path: 'sources' }],
    })
  },
)

it('refuses a redirect to such an address', async () => {
  server.fault = (_request, response) => {
    response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    return true
  }
  await expect(fetchIt()).rejects.toMatchObject({ code: 'download_failed' })
})

it('says so before it begins where the disk has no room', async () => {
  const failure = fetchIt({ limits: { reserveBytes: Number.MAX_SAFE_INTEGER / 2 } })
  await expect(failure).rejects.toMatchObject({ code: 'disk_full' })
  expect(existsSync(`${path}.part`)).toBe(false)
})

it('begins anew where the record of a part is damaged', async () => {
  await writeFile(`${path}.part`, randomBytes(content.length))
  await writeFile(`${path}.part.log`, 'nonsense\n{"chunk":0,"sha256":')
  await fetchIt()
  expectWhole()
})

it('has one writer for each part', async () => {
  const both = await Promise.allSettled([
    fetchIt({ bandwidth: new Bandwidth(2_000_000) }),
    fetchIt({ bandwidth: new Bandwidth(2_000_000) }),
  ])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'download_failed' },
  })
  expectWhole()
})

it('stays within the bandwidth that all downloads share', async () => {
  const bandwidth = new Bandwidth(content.length)
  const startedAt = performance.now()
  await fetchIt({ bandwidth })
  expect(performance.now() - startedAt).toBeGreaterThan(600)
})
