import type { Bandwidth } from './bandwidth.ts'
import { type FileAnswer, PassingFailure, reasonOf } from './file-request.ts'

/** What a connection must bring within the time of a stall. Less is as good as nothing: a new one may do better. */
export const LEAST_BYTES = 4096

export interface ReadBody {
  readonly bandwidth: Bandwidth
  readonly stallMs: number
  readonly signal: AbortSignal
  /** Takes the next bytes. False once it has enough: the rest is not read. */
  readonly take: (bytes: Uint8Array) => Promise<boolean>
}

/**
 * Reads an answer's body to its end, or until there is enough.
 * @throws PassingFailure where it breaks off or stalls, what `take` throws, and the signal's reason.
 */
export async function readBody(body: FileAnswer['body'], read: ReadBody): Promise<void> {
  const { bandwidth, stallMs, signal, take } = read
  let stalled = false
  let brought = 0
  let waitedMs = 0
  const bytesOf = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      // Only waiting for the connection counts: not for our own bandwidth, nor for the disk.
      const sinceMs = performance.now()
      const watchdog = setTimeout(() => {
        stalled = true
        body.destroy()
      }, stallMs - waitedMs)
      const next = await nextOf(bytesOf, signal).finally(() => clearTimeout(watchdog))
      if (next === undefined) break
      waitedMs += performance.now() - sinceMs
      brought += next.byteLength
      if (brought >= LEAST_BYTES) {
        brought = 0
        waitedMs = 0
      }
      await bandwidth.take(next.byteLength, { signal })
      if (!(await take(next))) break
    }
    // Destroying a body may end it without an error.
    if (stalled) throw new PassingFailure(`nothing came for ${stallMs / 1000} s`)
  } catch (error) {
    if (stalled && !signal.aborted) throw new PassingFailure(`nothing came for ${stallMs / 1000} s`)
    throw error
  } finally {
    body.destroy()
  }
}

async function nextOf(
  bytes: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const next = await bytes.next()
    return next.done ? undefined : next.value
  } catch (cause) {
    signal.throwIfAborted()
    throw new PassingFailure(`the connection broke (${reasonOf(cause)})`, 0, { cause })
  }
}
