import { createContext, type ReactNode, useContext, useState } from 'react'
import { LogBuffer } from './log-buffer.ts'

const LogBufferContext = createContext<LogBuffer | null>(null)

/** Holds the log lines for as long as the window lives, so that changing views loses none. */
export function LogBufferProvider({ children }: { readonly children: ReactNode }) {
  const [buffer] = useState(() => new LogBuffer())
  return <LogBufferContext value={buffer}>{children}</LogBufferContext>
}

export function useLogBuffer(): LogBuffer {
  const buffer = useContext(LogBufferContext)
  if (buffer === null) throw new Error('useLogBuffer needs a LogBufferProvider above it')
  return buffer
}
