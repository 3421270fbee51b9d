import type { NodePhase, NodeStatusView } from './views.ts'

/** The node's state in the words that the window, the tray and the terminal all use. */
export function stateWords(status: Pick<NodeStatusView, 'phase' | 'running'>): string {
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
