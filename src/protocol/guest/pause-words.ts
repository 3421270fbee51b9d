import type { GuestSignal, PauseReason, PauseView } from './pause-views.ts'

/** Why, as the end of a sentence: `your schedule`. */
export function pauseReason(reason: PauseReason): string {
  switch (reason.code) {
    case 'operator':
      return 'you paused it'
    case 'schedule':
      return 'your schedule'
    case 'in_use':
      return 'this computer is in use'
    case 'on_battery':
      return 'it runs on battery'
    case 'battery_low':
      return `the battery is below ${reason.percent} %`
    case 'program':
      return `${reason.name} is running`
    case 'full_screen':
      return 'a program fills the screen'
    case 'busy':
      return `other programs use more than ${reason.percent} % of the processor`
    case 'hot':
      return `it is hotter than ${reason.celsius} °C`
  }
}

/** What has to happen for it to go on, where no time is known. */
export function pauseEnds(reason: PauseReason): string {
  switch (reason.code) {
    case 'operator':
      return 'until you resume it'
    case 'schedule':
      return 'the schedule has no hour in which it works'
    case 'in_use':
      return `until nobody has used it for ${Math.round(reason.idleMs / 60_000)} min`
    case 'on_battery':
      return 'until it is plugged in'
    case 'battery_low':
      return 'until it is plugged in or charged'
    case 'program':
      return 'until it is closed'
    case 'full_screen':
      return 'until it no longer does'
    case 'busy':
      return 'until they use less'
    case 'hot':
      return 'until it has cooled down'
  }
}

/** One sentence: `Paused until 18:00: your schedule`. */
export function pauseSentence(pause: PauseView, nowMs: number): string {
  const why = pause.reasons.map(pauseReason).join(', and ')
  return `${pauseTitle(pause, nowMs)}: ${why}`
}

/** `Paused until 18:00`, or `Paused` where nobody can know. */
export function pauseTitle({ untilMs }: Pick<PauseView, 'untilMs'>, nowMs: number): string {
  return untilMs === undefined ? 'Paused' : `Paused until ${timeToCome(untilMs, nowMs)}`
}

/** A time to come, local: `18:00` within the next 20 hours, `Mon 18:00` within a week, else with its date. */
export function timeToCome(atMs: number, nowMs: number): string {
  const at = new Date(atMs)
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}`
  const hours = (atMs - nowMs) / 3_600_000
  if (hours < 20) return time
  if (hours < 6 * 24) return `${dayNames[at.getDay()]} ${time}`
  return `${at.getDate()} ${monthNames[at.getMonth()]} ${time}`
}

/** What a rule could not find out, as the subject of a sentence. */
export const signalWords: Readonly<Record<GuestSignal, string>> = {
  idle: 'Whether somebody uses this computer',
  power: 'The state of the battery',
  programs: 'Which programs run',
  fullScreen: 'Whether a program fills the screen',
  load: 'What other programs use of the processor',
  temperature: 'How hot it is',
}

const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
