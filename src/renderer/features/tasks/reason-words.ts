import { t } from '../../../locales/translate.ts'
import { cancelReasons, DISPUTED, taskNotes } from '../../../protocol/task-actors.ts'

const reasons = { ...cancelReasons, ...taskNotes }
const codes = Object.keys(reasons) as (keyof typeof reasons)[]

/** Why a task changed: what a program wrote by itself in the language that is spoken, anything else as it was written. */
export function reasonWords(reason: string): string {
  const code = codes.find((each) => reasons[each] === reason)
  if (code !== undefined) return t(`tasks:timeline.reason.${code}`)
  return reason.startsWith(`${DISPUTED}: `)
    ? t('tasks:timeline.reason.disputed', { reason: reason.slice(DISPUTED.length + 2) })
    : reason
}

export function isDispute(reason: string | undefined): boolean {
  return reason?.startsWith(DISPUTED) === true
}
