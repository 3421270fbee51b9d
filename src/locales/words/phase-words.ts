import type { NodeStatusView } from '../../protocol/views.ts'
import { t } from '../translate.ts'
import { pauseTitle } from './pause-words.ts'

/** The node's state in the words that the window, the tray and the terminal all use. Times are local. */
export function stateWords(
  status: Pick<NodeStatusView, 'phase' | 'running' | 'guest'>,
  nowMs = Date.now(),
): string {
  const { pause } = status.guest
  if (status.phase === 'paused' && pause !== undefined) return pauseTitle(pause, nowMs)
  if (status.phase === 'online')
    return status.running > 0 ? t('guest:phase.onlineEarning') : t('guest:phase.onlineWaiting')
  return t(`guest:phase.${status.phase}`)
}
