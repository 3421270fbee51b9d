/** How often the clock is looked at, and by how much it may be ahead before the computer must have slept. Milliseconds. */
const LOOK_MS = 10_000
const JUMP_MS = 30_000

/**
 * Calls back after the computer slept, told by the wall clock being ahead of the timer: the only sign of it without a
 * desktop. A clock that is set looks the same, and is worth a look, too. Returns how to stop.
 */
export function watchClock(
  onJump: () => void,
  { lookMs = LOOK_MS, jumpMs = JUMP_MS, now = Date.now }: Partial<ClockWatch> = {},
): () => void {
  let expectedMs = now() + lookMs
  const timer = setInterval(() => {
    const atMs = now()
    if (atMs - expectedMs > jumpMs) onJump()
    expectedMs = atMs + lookMs
  }, lookMs)
  timer.unref()
  return () => clearInterval(timer)
}

export interface ClockWatch {
  readonly lookMs: number
  readonly jumpMs: number
  readonly now: () => number
}
