import type { Bandwidth } from './bandwidth.ts'
import { type FileAnswer, PassingFailure, reasonOf } from './file-request.ts'

/** What a connection must bring within the time of a stall. Less is as good as nothing: a new one may do better. */
const LEAST_BYTES = 4096

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
  let sinceRefresh = 0
  const watchdog = setTimeout(() => {
    stalled = true
    body.destroy()
  }, stallMs)
  const bytesOf = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await nextOf(bytesOf, signal)
      if (next === undefined) break
      sinceRefresh += next.byteLength
      const waitedMs = await bandwidth.take(next.byteLength, { signal })
      const enough = !(await take(next))
      if (enough) break
      if (sinceRefresh >= LEAST_BYTES || waitedMs > 0) {
        sinceRefresh = 0
        watchdog.refresh()
      }
    }
    // Destroying a body may end it without an error.
    if (stalled) throw new PassingFailure(`nothing came for ${stallMs / 1000} s`)
  } catch (error) {
    if (stalled && !signal.aborted) throw new PassingFailure(`nothing came for ${stallMs / 1000} s`)
    throw error
  } finally {
    clearTimeout(watchdog)
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
