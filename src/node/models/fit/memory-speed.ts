import { Worker } from 'node:worker_threads'

const MEASURE_MS = 150
/** Larger than any cache, small enough for any computer. */
const BLOCK_BYTES = 64 * 1024 * 1024
const MAX_WORKERS = 4
/** With the start of the threads; after it, what is not there is not waited for. */
const GIVE_UP_MS = 900

/** Reads and writes each byte of a block once per round. In words, as a file of its own would be lost in the bundle. */
const PROGRAM = `
const { parentPort, workerData: { bytes, ms } } = require('node:worker_threads')
const from = new Uint8Array(bytes / 2).fill(1)
const to = new Uint8Array(bytes / 2).fill(2)
const started = performance.now()
let rounds = 0
let took = 0
do {
  to.set(from)
  rounds++
  took = performance.now() - started
} while (took < ms)
parentPort.postMessage((rounds * bytes * 1000) / took)
`

/**
 * Bytes that this computer's memory moves in a second, by copying in up to four threads for a moment, away from the
 * event loop. Takes under a second. Undefined where it could not be measured in that time.
 */
export async function measureMemorySpeed(
  threads: number,
  options: { signal?: AbortSignal } = {},
): Promise<number | undefined> {
  const count = Math.max(1, Math.min(MAX_WORKERS, Math.floor(threads)))
  const speeds = await Promise.all(Array.from({ length: count }, () => measureOnce(options.signal)))
  options.signal?.throwIfAborted()
  const measured = speeds.filter((speed) => speed !== undefined)
  return measured.length === 0 ? undefined : measured.reduce((sum, speed) => sum + speed, 0)
}

function measureOnce(signal: AbortSignal | undefined): Promise<number | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(PROGRAM, { eval: true, workerData: { bytes: BLOCK_BYTES, ms: MEASURE_MS } })
    const end = (speed: number | undefined) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      void worker.terminate()
      resolve(speed)
    }
    const abort = () => end(undefined)
    const timer = setTimeout(abort, GIVE_UP_MS)
    signal?.addEventListener('abort', abort, { once: true })
    worker.once('message', (speed: unknown) => {
      end(typeof speed === 'number' && Number.isFinite(speed) && speed > 0 ? speed : undefined)
    })
    worker.once('error', abort)
    worker.once('exit', abort)
  })
}
