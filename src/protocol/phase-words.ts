import { pauseTitle } from './guest/pause-words.ts'
import type { NodePhase, NodeStatusView } from './views.ts'

/** The node's state in the words that the window, the tray and the terminal all use. Times are local. */
export function stateWords(
  status: Pick<NodeStatusView, 'phase' | 'running' | 'guest'>,
  nowMs = Date.now(),
): string {
  const { pause } = status.guest
  if (status.phase === 'paused' && pause !== undefined) return pauseTitle(pause, nowMs)
  if (status.phase === 'online') return status.running > 0 ? 'Online, earning' : 'Online, waiting'
  return phaseWords[status.phase]
}

const phaseWords: Readonly<Record<Exclude<NodePhase, 'online'>, string>> = {
  offline: 'Offline',
  joining: 'Joining…',
  paused: 'Paused',
  leaving: 'Leaving…',
  failed: 'Needs you',
}
