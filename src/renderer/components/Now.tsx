import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'

interface Clock {
  readonly now: () => number
  readonly subscribe: (listener: () => void) => () => void
}

const NowContext = createContext<Clock>({ now: () => 0, subscribe: () => () => undefined })

/** One clock for every `4 s ago` in the window; it stands still while nobody can see it, or nobody reads it. */
export function NowProvider({ children }: { readonly children: ReactNode }) {
  const [clock] = useState(() => new WindowClock())

  useEffect(() => {
    document.addEventListener('visibilitychange', clock.follow)
    return () => document.removeEventListener('visibilitychange', clock.follow)
  }, [clock])

  return <NowContext value={clock}>{children}</NowContext>
}

/** The time in unix milliseconds, once a second. Where a text is made of it, `useFromNow` is cheaper. */
export function useNow(): number {
  return useFromNow((now) => now)
}

/**
 * What is made of the time, in unix milliseconds: a text or a number. It is made each second, but only renders when it has become another
 * one: `3 h ago` stands for an hour.
 */
export function useFromNow<T extends string | number | undefined>(make: (now: number) => T): T {
  const { subscribe, now } = useContext(NowContext)
  return useSyncExternalStore(subscribe, () => make(now()))
}

class WindowClock implements Clock {
  readonly #listeners = new Set<() => void>()
  #now = Date.now()
  #timer: ReturnType<typeof setInterval> | undefined

  readonly now = (): number => this.#now

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.follow()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.follow()
    }
  }

  readonly follow = (): void => {
    clearInterval(this.#timer)
    if (document.hidden || this.#listeners.size === 0) return
    this.#tick()
    this.#timer = setInterval(() => this.#tick(), 1_000)
  }

  #tick(): void {
    this.#now = Date.now()
    for (const listener of this.#listeners) listener()
  }
}
