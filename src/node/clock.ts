/** A timer that has been set. */
export interface Timer {
  /** The process may end before it fires. */
  unref(): unknown
}

/** Time and chance, for code that also runs in the simulation: there both are made up, and repeatable. */
export interface Clock {
  /** Monotonic, in milliseconds. */
  now(): number
  /** Unix time in milliseconds. */
  wallMs(): number
  setTimeout(run: () => void, delayMs: number): Timer
  clearTimeout(timer: Timer | undefined): void
  /** Runs it after everything that this turn of the event loop has still to do. */
  soon(run: () => void): void
  /** From 0 up to 1. */
  random(): number
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  soon: (run) => setImmediate(run),
  random: () => Math.random(),
}
