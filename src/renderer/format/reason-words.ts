import { t } from '../../locales/translate.ts'
import { cancelReasons } from '../../protocol/task-actors.ts'
import { taskNoteStarts, taskNotes } from '../../protocol/task-notes.ts'
import { dayAndTime, dayLabel } from './time.ts'

const sentences = { ...cancelReasons, ...taskNotes }
const sentenceCodes = Object.keys(sentences) as (keyof typeof sentences)[]
const startCodes = Object.keys(taskNoteStarts) as (keyof typeof taskNoteStarts)[]

/**
 * Why a task changed, or is not paid: what a node wrote by itself in the language that is spoken, anything else, such as the
 * message of a failure, as it was written.
 */
export function reasonWords(reason: string): string {
  const sentence = sentenceCodes.find((code) => sentences[code] === reason)
  if (sentence !== undefined) return t(`tasks:reason.${sentence}`)
  const start = startCodes.find((code) => reason.startsWith(taskNoteStarts[code]))
  if (start === undefined) return reason
  return t(`tasks:reasonOf.${start}`, { rest: timeOr(reason.slice(taskNoteStarts[start].length)) })
}

/** A time of ISO 8601 as one would say it; other text stays. */
function timeOr(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return dayLabel(text)
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? dayAndTime(Date.parse(text)) : text
}
