import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bandwidth } from '../../../../src/node/downloads/bandwidth.ts'
import { downloadFile } from '../../../../src/node/downloads/download-file.ts'
import { PassingFailure } from '../../../../src/node/downloads/file-request.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { etagOf, type FileServer, type SeenRequest, startFileServer } from '../../../helpers/file-server.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const CHUNK = 16 * 1024
const content = randomBytes(6 * CHUNK + 77)
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

interface Options {
  readonly known?: boolean
  readonly sizeBytes?: number
  readonly sources?: readonly string[]
  readonly bandwidth?: Bandwidth
  readonly limits?: Parameters<typeof downloadFile>[2]['limits']
  readonly onNotice?: (notice: string) => void
}

function fetchIt(options: Options = {}) {
  return downloadFile(
    options.bandwidth === undefined ? {} : { bandwidth: options.bandwidth },
    {
      sources: options.sources ?? [`${server.url}/model.gguf`],
      path,
      ...(options.known === false ? {} : { sha256 }),
      ...(options.sizeBytes === undefined ? {} : { sizeBytes: options.sizeBytes }),
    },
    {
      signal: AbortSignal.timeout(30_000),
      limits: {
        chunkBytes: CHUNK,
        stallMs: 150,
        answerMs: 300,
        backoffMs: 1,
        maxBackoffMs: 5,
        reserveBytes: 0,
        ...options.limits,
      },
      onProgress: ({ notice }) => notice !== undefined && options.onNotice?.(notice),
    },
  )
}

function expectWhole() {
  expect(readFileSync(path).equals(content)).toBe(true)
  for (const rest of ['.part', '.part.log', '.part.lock']) expect(existsSync(path + rest)).toBe(false)
}

function partHead(request: SeenRequest, response: ServerResponse, length: number) {
  response.writeHead(206, {
    'content-range': `bytes ${request.from}-${(request.to ?? content.length) - 1}/${content.length}`,
    'content-length': length,
    etag: etagOf(content),
  })
}

describe('a server that', () => {
  it('sends more than was asked for is cut short', async () => {
    server.fault = (request, response) => {
      if (request.to === 1) return false
      const body = content.subarray(request.from, (request.to ?? 0) + 500)
      partHead(request, response, body.length)
      response.end(body)
      return true
    }
    await fetchIt()
    expectWhole()
  })

  it('claims another size of the part is refused', async () => {
    server.fault = (request, response) => {
      response
        .writeHead(206, { 'content-range': `bytes ${request.from}-0/1`, etag: etagOf(content) })
        .end('x')
      return true
    }
    await expect(fetchIt({ sizeBytes: content.length })).rejects.toMatchObject({ code: 'download_failed' })
    expect(existsSync(path)).toBe(false)
  })

  it('sends parts without saying which is refused', async () => {
    server.fault = (_request, response) => {
      response.writeHead(206).end('x')
      return true
    }
    await expect(fetchIt()).rejects.toThrow('does not say which part')
  })

  it('now and then sends all of it where a part was asked for is asked again', async () => {
    let whole = 0
    server.fault = (request, response, count) => {
      if (request.to === 1 || count % 3 !== 0) return false
      whole += 1
      server.serve(request, response, { ranges: false })
      return true
    }
    await fetchIt()
    expectWhole()
    expect(whole).toBeGreaterThan(0)
  })

  it('sends all of it at every part is taken at its word', async () => {
    const notices: string[] = []
    server.fault = (request, response) => {
      if (request.to === 1) return false
      server.serve(request, response, { ranges: false })
      return true
    }
    await fetchIt({ onNotice: (notice) => notices.push(notice) })
    expectWhole()
    expect(notices.join()).toContain('in one piece')
  })

  it('knows no ranges and answers 416 sends all of it', async () => {
    server.fault = (request, response) => {
      if (request.headers.range === undefined) return false
      response.writeHead(416).end()
      return true
    }
    await fetchIt()
    expectWhole()
  })

  it('has an empty file says so', async () => {
    server.content = Buffer.alloc(0)
    server.fault = (request, response) => {
      if (request.headers.range === undefined) return false
      response.writeHead(416, { 'content-range': 'bytes */0' }).end()
      return true
    }
    await expect(fetchIt({ known: false })).rejects.toThrow('is empty there')
  })

  it('answers 416 in the middle begins anew, and fails where it goes on so', async () => {
    server.fault = (request, response) => {
      if (request.from < CHUNK) return false
      response.writeHead(416).end()
      return true
    }
    await expect(fetchIt()).rejects.toMatchObject({ code: 'download_failed' })
    expect(existsSync(path)).toBe(false)
  })

  it('packs the file is refused, and a mirror that does not is taken', async () => {
    await using mirror = await startFileServer(content)
    server.fault = (_request, response) => {
      const packed = gzipSync(content)
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed)
      return true
    }
    await expect(fetchIt()).rejects.toThrow('compressed')
    expect(existsSync(path)).toBe(false)
    await fetchIt({ sources: [`${server.url}/a`, `${mirror.url}/a`] })
    expectWhole()
  })

  it('says that it does not pack the file is none that does', async () => {
    server.fault = (request, response) => {
      server.serve(request, response, { headers: { 'content-encoding': 'identity' } })
      return true
    }
    await fetchIt()
    expectWhole()
  })

  it('does not say how long the file is is believed where that is known', async () => {
    server.fault = (_request, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' })
      response.end(content)
      return true
    }
    await expect(fetchIt()).rejects.toThrow('does not say how large')
    await fetchIt({ sizeBytes: content.length })
    expectWhole()
  })

  it('names a length and sends less is asked for the rest', async () => {
    let cut = 0
    server.fault = (request, response) => {
      if (request.to === 1 || cut >= 4) return false
      cut += 1
      partHead(request, response, (request.to ?? 0) - request.from)
      response.write(content.subarray(request.from, request.from + 5000), () => response.destroy())
      return true
    }
    await fetchIt()
    expectWhole()
    expect(server.requests.some(({ from }) => from % CHUNK !== 0)).toBe(true)
  })

  it('lets fall a connection after a little, each time, is had all of it from', async () => {
    server.fault = (request, response) => {
      if (request.to === 1) return false
      server.serve(request, response, { breakAfter: 5000 })
      return true
    }
    await fetchIt({ limits: { attempts: 3 } })
    expectWhole()
  })

  it('drips is given up, with what it does said', async () => {
    const drips = new Set<NodeJS.Timeout>()
    server.fault = (request, response) => {
      if (request.to === 1) return false
      partHead(request, response, (request.to ?? 0) - request.from)
      let at = request.from
      const drip = setInterval(() => response.write(content.subarray(at, ++at)), 5)
      drips.add(drip)
      response.on('close', () => clearInterval(drip))
      return true
    }
    const failure = fetchIt({ limits: { attempts: 2 } })
    await expect(failure).rejects.toThrow('nothing came for 0.15 s')
    for (const drip of drips) clearInterval(drip)
    expect(existsSync(path)).toBe(false)
  })

  it('accepts connections and never answers is given up', async () => {
    server.fault = () => true
    await expect(fetchIt({ limits: { attempts: 2 } })).rejects.toThrow('Gave up after 2 tries')
  })

  it.each([429, 503])('answers %i is asked again after as long as it says', async (status) => {
    const at: number[] = []
    server.fault = (_request, response, count) => {
      at.push(performance.now())
      if (count > 1) return false
      response.writeHead(status, { 'retry-after': '1' }).end()
      return true
    }
    const notices: string[] = []
    await fetchIt({ onNotice: (notice) => notices.push(notice) })
    expectWhole()
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(990)
    expect(notices.join()).toContain(`Trying again in 1 s`)
  })

  it('wants to be left alone for longer than anybody waits is given up at once, as one that may be asked later', async () => {
    server.fault = (_request, response) => {
      response.writeHead(429, { 'retry-after': '100000' }).end()
      return true
    }
    const error = await fetchIt().catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'download_failed', cause: expect.any(PassingFailure) })
    expect(server.requests.length).toBe(1)
  })

  it('tells another digest than is wanted is left before anything is fetched', async () => {
    server.fault = (request, response) => {
      server.serve(request, response, { headers: { 'x-linked-etag': `"${'0'.repeat(64)}"` } })
      return true
    }
    await expect(fetchIt()).rejects.toThrow('another SHA-256')
    expect(server.sentBytes).toBe(0)
  })

  it('is not asked for permission, but leads to where it runs out, is asked again', async () => {
    await using elsewhere = await startFileServer(content)
    elsewhere.fault = (_request, response, count) => {
      if (count % 4 !== 0) return false
      response.writeHead(403).end('expired')
      return true
    }
    server.fault = (_request, response) => {
      response.writeHead(302, { location: `${elsewhere.url}/signed` }).end()
      return true
    }
    await fetchIt()
    expectWhole()
  })

  it('goes over from one file to another of the same size never makes a mixture', async () => {
    const other = randomBytes(content.length)
    server.fault = (_request, _response, count) => {
      server.content = count % 4 < 2 ? content : other
      return false
    }
    const outcome = await fetchIt({ known: false }).catch((error: unknown) => error)
    if (outcome instanceof DriadError) expect(outcome.code).toBe('download_failed')
    else {
      const came = readFileSync(path)
      expect(came.equals(content) || came.equals(other)).toBe(true)
    }
  })
})

describe('a file that nobody vouches for', () => {
  const wrongFrom = (offset: number) => {
    server.fault = (request, response) => {
      if (request.to === 1 || request.headers.range === undefined) return false
      if (request.from === 0) {
        server.serve(request, response, { breakAfter: offset })
        return true
      }
      // The right head, and the bytes of the beginning.
      const length = (request.to ?? 0) - request.from
      partHead(request, response, length)
      response.end(content.subarray(0, length))
      return true
    }
  }

  it('is fetched in one piece where a server sends other bytes than it says', async () => {
    wrongFrom(30_000)
    const notices: string[] = []
    const file = await fetchIt({ known: false, onNotice: (notice) => notices.push(notice) })
    expectWhole()
    expect(file.verified).toBe(false)
    expect(notices.join()).toContain('other bytes than those that were asked for')
  })

  it('is gone on with after an interruption, and no more than a little comes twice', async () => {
    const stopped = new AbortController()
    const first = downloadFile(
      { bandwidth: new Bandwidth(50_000) },
      { sources: [`${server.url}/model.gguf`], path },
      {
        signal: stopped.signal,
        limits: { chunkBytes: CHUNK, reserveBytes: 0 },
        onProgress: ({ receivedBytes }) => receivedBytes > 2.5 * CHUNK && stopped.abort(new Error('enough')),
      },
    )
    await expect(first).rejects.toThrow('enough')
    const { sentBytes } = server
    const file = await fetchIt({ known: false })
    expectWhole()
    expect(file.fetchedBytes).toBeLessThan(content.length - 2 * CHUNK)
    expect(server.sentBytes - sentBytes).toBeLessThanOrEqual(file.fetchedBytes + 4096)
  })

  it('is begun anew where another file of the same size took its place unsaid', async () => {
    const stopped = new AbortController()
    server.fault = (request, response) => {
      server.serve(request, response, { etag: '"always-the-same"' })
      return true
    }
    const first = downloadFile(
      { bandwidth: new Bandwidth(50_000) },
      { sources: [`${server.url}/model.gguf`], path },
      {
        signal: stopped.signal,
        limits: { chunkBytes: CHUNK, reserveBytes: 0 },
        onProgress: ({ receivedBytes }) => receivedBytes > 2.5 * CHUNK && stopped.abort(new Error('enough')),
      },
    )
    await expect(first).rejects.toThrow('enough')
    server.content = randomBytes(content.length)
    await fetchIt({ known: false })
    expect(readFileSync(path).equals(server.content)).toBe(true)
  })
})

it('goes on at its own slow pace, and does not take that for a stall', async () => {
  // A piece of 16 KiB takes longer than the time of a stall at that rate.
  const notices: string[] = []
  const bandwidth = new Bandwidth(80_000)
  await fetchIt({ bandwidth, onNotice: (notice) => notices.push(notice) })
  expectWhole()
  expect(notices).toEqual([])
})

it('lets those who wait under an old limit go on at once under a new one', async () => {
  const bandwidth = new Bandwidth(1)
  const signal = AbortSignal.timeout(60_000)
  const taken = bandwidth.take(1_000_000, { signal })
  bandwidth.limit(undefined)
  await taken
  bandwidth.limit(1)
  const waiting = bandwidth.take(1_000_000, { signal })
  bandwidth.limit(1e9)
  await waiting
})

it('makes chunks larger where there would be too many', async () => {
  await fetchIt({ limits: { chunkBytes: 1024, maxChunks: 10 } })
  expectWhole()
  expect(server.requests.filter(({ to }) => to !== 1).length).toBeLessThanOrEqual(10)
})

/** What may go wrong with one answer. */
const faults = {
  none: () => false,
  drop: (_request: SeenRequest, response: ServerResponse) => {
    response.destroy()
    return true
  },
  cut: (request: SeenRequest, response: ServerResponse) => {
    server.serve(request, response, { breakAfter: 3000 })
    return true
  },
  busy: (_request: SeenRequest, response: ServerResponse) => {
    response.writeHead(503).end()
    return true
  },
  whole: (request: SeenRequest, response: ServerResponse) => {
    server.serve(request, response, { ranges: false })
    return true
  },
  garbage: (request: SeenRequest, response: ServerResponse) => {
    const length = (request.to ?? content.length) - request.from
    partHead(request, response, length)
    response.end(Buffer.alloc(length, 7))
    return true
  },
  otherRange: (request: SeenRequest, response: ServerResponse) => {
    server.serve({ ...request, from: 1, to: 100 }, response)
    return true
  },
  unsatisfiable: (_request: SeenRequest, response: ServerResponse) => {
    response.writeHead(416).end()
    return true
  },
  changed: (request: SeenRequest, response: ServerResponse) => {
    server.serve(request, response, { etag: '"another"' })
    return true
  },
  stall: (request: SeenRequest, response: ServerResponse) => {
    partHead(request, response, (request.to ?? content.length) - request.from)
    response.write(content.subarray(request.from, request.from + 10))
    return true
  },
} satisfies Record<string, FileServer['fault']>

it('ends in the very file or in a clear error, whatever goes wrong in whatever order', {
  timeout: 120_000,
}, async () => {
  const names = Object.keys(faults) as (keyof typeof faults)[]
  let whole = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...names), { maxLength: 12 }),
      fc.boolean(),
      async (schedule, twice) => {
        using own = tempFolder()
        path = join(own.path, 'model.gguf')
        let asked = 0
        server.fault = (request, response) => {
          const name = schedule[asked++] ?? 'none'
          return faults[name](request, response)
        }
        const run = () => fetchIt({ limits: { stallMs: 40, attempts: 4 } }).catch((error: unknown) => error)
        let outcome = await run()
        // What failed is taken up again, from whatever it left.
        if (twice && outcome instanceof Error) outcome = await run()
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(DriadError)
          expect((outcome as DriadError).code).toMatch(/^download_(failed|corrupt)$/)
          expect(existsSync(path)).toBe(false)
          return
        }
        whole += 1
        expectWhole()
      },
    ),
    { numRuns: 60 },
  )
  expect(whole).toBeGreaterThan(20)
})
