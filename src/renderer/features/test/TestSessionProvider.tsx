import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { TestSession, type TestSessionState } from './test-session.ts'

const TestSessionContext = createContext<TestSession | null>(null)

export function TestSessionProvider({ children }: { readonly children: ReactNode }) {
  const [session] = useState(() => new TestSession())
  useEffect(() => () => session.stop(), [session])
  return <TestSessionContext value={session}>{children}</TestSessionContext>
}

export function useTestSession(): TestSession {
  const session = useContext(TestSessionContext)
  if (session === null) throw new Error('useTestSession needs a TestSessionProvider above it')
  return session
}

export function useTestState(session: TestSession): TestSessionState {
  return useSyncExternalStore(session.subscribe, session.snapshot)
}
