interface Watch {
  readonly everyMs: number
  readonly work: () => void
  dueMs: number
}

/** One timer for the whole process, as it has one event loop: what is looked at at once wakes it once. */
const watches = new Set<Watch>()
let timer: NodeJS.Timeout | undefined

/**
 * As `setInterval`, at full multiples of `everyMs` by one clock: what is looked at every second and every two is looked at in the
 * same moment. A program that rests is woken as often as its quickest watch says, and not by each of a dozen, for waking costs more than
 * looking does. The first call comes within `everyMs`. Keeps no process alive. Returns how to stop.
 */
export function sharedInterval(everyMs: number, work: () => void): () => void {
  const watch = { everyMs, work, dueMs: nextMultiple(everyMs) }
  watches.add(watch)
  arm()
  return () => {
    watches.delete(watch)
    arm()
  }
}

function arm(): void {
  clearTimeout(timer)
  timer = undefined
  if (watches.size === 0) return
  const dueMs = Math.min(...[...watches].map((watch) => watch.dueMs))
  // Timers may come a little early, by the fraction of a millisecond that they do not know.
  timer = setTimeout(look, Math.max(1, Math.ceil(dueMs - performance.now()))).unref()
}

function look(): void {
  const now = performance.now()
  const due = [...watches].filter((watch) => watch.dueMs <= now)
  for (const watch of due) watch.dueMs = nextMultiple(watch.everyMs)
  arm()
  for (const watch of due) {
    // Work may stop other watches; and what one of them throws is for the process, not for the others.
    if (watches.has(watch)) run(watch.work)
  }
}

function run(work: () => void): void {
  try {
    work()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

function nextMultiple(everyMs: number): number {
  return (Math.floor(performance.now() / everyMs) + 1) * everyMs
}
