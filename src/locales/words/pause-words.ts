import type { GuestSignal, PauseReason, PauseView } from '../../protocol/guest/pause-views.ts'
import { spokenLanguage, t } from '../translate.ts'

/** Why, as the end of a sentence: `your schedule`. */
export function pauseReason(reason: PauseReason): string {
  switch (reason.code) {
    case 'battery_low':
      return t('guest:reason.battery_low', { percent: reason.percent })
    case 'program':
      return t('guest:reason.program', { name: reason.name })
    case 'busy':
      return t('guest:reason.busy', { percent: reason.percent })
    case 'hot':
      return t('guest:reason.hot', { celsius: reason.celsius })
    default:
      return t(`guest:reason.${reason.code}`)
  }
}

/** All of them, as the end of a sentence. */
export function pauseReasons(reasons: readonly PauseReason[]): string {
  return new Intl.ListFormat(spokenLanguage(), { type: 'conjunction' }).format(reasons.map(pauseReason))
}

/** What has to happen for it to go on, where no time is known. */
export function pauseEnds(reason: PauseReason): string {
  if (reason.code === 'in_use') return t('guest:ends.in_use', { minutes: Math.round(reason.idleMs / 60_000) })
  return t(`guest:ends.${reason.code}`)
}

/** One sentence: `Paused until 18:00: your schedule`. */
export function pauseSentence(pause: PauseView, nowMs: number): string {
  return t('guest:pausedBecause', { paused: pauseTitle(pause, nowMs), reasons: pauseReasons(pause.reasons) })
}

/** `Paused until 18:00`, or `Paused` where nobody can know. */
export function pauseTitle({ untilMs }: Pick<PauseView, 'untilMs'>, nowMs: number): string {
  return untilMs === undefined
    ? t('guest:phase.paused')
    : t('guest:pausedUntil', { time: timeToCome(untilMs, nowMs) })
}

/** A time to come, local: `18:00` within the next 20 hours, `Mon 18:00` within a week, else with its date. */
export function timeToCome(atMs: number, nowMs: number): string {
  const hours = (atMs - nowMs) / 3_600_000
  const time = format(atMs, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  if (hours < 20) return time
  if (hours < 6 * 24) return `${format(atMs, { weekday: 'short' })} ${time}`
  return `${format(atMs, { day: 'numeric', month: 'short' })} ${time}`
}

/** What a rule could not find out, as the subject of a sentence. */
export function signalWords(signal: GuestSignal): string {
  return t(`guest:signal.${signal}`)
}

function format(atMs: number, options: Intl.DateTimeFormatOptions): string {
  // In English the day comes before the month, as everywhere else in the program.
  const language = spokenLanguage()
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options).format(atMs)
}
