import { pauseTitle, timeToCome } from '../locales/words/pause-words.ts'
import type { OperatorWish } from '../protocol/guest/pause-views.ts'

/** What the operator wants now, in words. Undefined where the rules alone count, also because its time is over. */
export function wishText(wish: OperatorWish, nowMs: number): string | undefined {
  if (wish.act === 'rules' || (wish.untilMs !== undefined && wish.untilMs <= nowMs)) return undefined
  if (wish.act === 'pause') return pauseTitle(wish, nowMs)
  return `Works until ${timeToCome(wish.untilMs, nowMs)}, whatever the rules say`
}
