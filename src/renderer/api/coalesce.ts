/**
 * Gathers events and hands them over together, at most once per `intervalMs`: a thousand changes a second
 * become ten renderings. The first of a quiet time goes through at once. `flush` hands over what is gathered now,
 * `stop` drops it.
 */
export function coalesce<T>(
  intervalMs: number,
  handle: (events: readonly T[]) => void,
): { push(event: T): void; flush(): void; stop(): void } {
  let gathered: T[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = () => {
    timer = undefined
    if (gathered.length === 0) return
    const events = gathered
    gathered = []
    timer = setTimeout(flush, intervalMs)
    handle(events)
  }
  return {
    push(event) {
      gathered.push(event)
      if (timer === undefined) flush()
    },
    flush() {
      clearTimeout(timer)
      flush()
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
      gathered = []
    },
  }
}
