/** Node turns longer timers into 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** A timer for any moment, however far. Returns what stops it. */
export function callAt(atMs: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = () => {
    const leftMs = atMs - Date.now()
    if (leftMs <= MAX_TIMER_MS) timer = setTimeout(callback, Math.max(0, leftMs))
    else timer = setTimeout(arm, MAX_TIMER_MS)
  }
  arm()
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
