/** Most events a slow window may fall behind by before the oldest are dropped. */
const MAX_BACKLOG = 5_000

/**
 * Turns a listener into an async iterable of batches. It listens from the call on (not from the first `next`),
 * so that a caller can replay what came before and then follow with no gap.
 * Ends when the signal aborts. Holds at most `MAX_BACKLOG` events.
 */
export function follow<T>(
  subscribe: (listener: (event: T) => void) => () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<T[], void> {
  let backlog: T[] = []
  let wake: (() => void) | undefined
  const unsubscribe = subscribe((event) => {
    if (backlog.length >= MAX_BACKLOG) backlog.shift()
    backlog.push(event)
    wake?.()
  })
  const onAbort = () => wake?.()
  signal?.addEventListener('abort', onAbort)

  return (async function* batches() {
    try {
      while (signal?.aborted !== true) {
        if (backlog.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve
            if (signal?.aborted === true) resolve()
          })
          wake = undefined
          continue
        }
        const batch = backlog
        backlog = []
        yield batch
      }
    } finally {
      unsubscribe()
      signal?.removeEventListener('abort', onAbort)
    }
  })()
}

/**
 * The newest value at once, then again when it has become another one, at most every `intervalMs`: a window cannot show more.
 * The value is one that goes through JSON; money may be a bigint.
 */
export async function* latest<T>(
  read: () => T,
  subscribe: (listener: () => void) => () => void,
  intervalMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  const changes = follow<void>(subscribe, signal)
  let told: string | undefined
  const isNew = (value: T) => {
    const text = JSON.stringify(value, (_key, each: unknown) =>
      typeof each === 'bigint' ? `${each}n` : each,
    )
    if (text === told) return false
    told = text
    return true
  }
  const first = read()
  isNew(first)
  yield first
  for await (const _ of changes) {
    const value = read()
    if (isNew(value)) yield value
    await pause(intervalMs, signal)
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
