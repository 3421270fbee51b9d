import { useEffect, useState } from 'react'
import type { NodeStatusView } from '../../../protocol/views.ts'

const KEY = 'driad.joined'

/**
 * True until this computer has been a node once: then the Overview explains instead of showing zeros.
 * The window remembers it, because it is about the person in front of it and not about the node.
 */
export function useFirstRun(status: NodeStatusView | undefined): boolean {
  const [joined, setJoined] = useState(() => localStorage.getItem(KEY) !== null)
  const isIn = status?.phase === 'online' || status?.phase === 'paused'

  useEffect(() => {
    if (!isIn) return
    localStorage.setItem(KEY, 'yes')
    setJoined(true)
  }, [isIn])

  return !joined && !isIn
}
