import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'

const NowContext = createContext(0)

/** One clock for every `4 s ago` in the window; it stands still while nobody can see it. */
export function NowProvider({ children }: { readonly children: ReactNode }) {
  const [now, setNow] = useState(() => Date.now())

  useEffect(() => {
    let timer: ReturnType<typeof setInterval> | undefined
    const follow = () => {
      clearInterval(timer)
      if (document.hidden) return
      setNow(Date.now())
      timer = setInterval(() => setNow(Date.now()), 1_000)
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', follow)
    }
  }, [])

  return <NowContext value={now}>{children}</NowContext>
}

/** The time in unix milliseconds, once a second. */
export function useNow(): number {
  return useContext(NowContext)
}
