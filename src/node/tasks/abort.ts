/** Node turns longer timers into 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * A timer for any moment, however far, and never before it: timers follow another clock than dates do, and may be a
 * millisecond early by these. Returns what stops it.
 */
export function callAt(atMs: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout
  const wait = (leftMs: number) => setTimeout(look, Math.min(Math.max(0, leftMs), MAX_TIMER_MS))
  const look = () => {
    const leftMs = atMs - Date.now()
    if (leftMs > 0) timer = wait(leftMs)
    else callback()
  }
  timer = wait(atMs - Date.now())
  return () => clearTimeout(timer)
}

/** Resolves after the time, or as soon as the signal aborts; never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

/** Waits for the promise at most so long. True if it settled in time. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const stop = new AbortController()
  const timedOut = pause(ms, stop.signal).then(() => false)
  const settled = promise.then(
    () => true,
    () => true,
  )
  const inTime = await Promise.race([settled, timedOut])
  stop.abort()
  return inTime
}
