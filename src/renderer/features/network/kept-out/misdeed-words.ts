import type { QuarantineView } from '../../../../protocol/peer-views.ts'
import { dayAndTime } from '../../../format/time.ts'

const words: Readonly<Record<string, string>> = {
  malformed_offer: 'Sent an offer that is none',
  bad_signature: 'Sent an offer with a wrong signature',
  flooding: 'Sent too many offers',
  bad_stream: 'Broke the rules of a stream',
  over_budget: 'Used more than one peer may',
  stream_flood: 'Opened too many streams',
}

/** A misdeed as one would tell it; one that this version does not know keeps its name. */
export function misdeedWords(misdeed: string): string {
  return words[misdeed] ?? misdeed.replaceAll('_', ' ')
}

/** `Kept out until 27 Nov 14:52, for the second time: Sent an offer with a wrong signature.` */
export function quarantineWords({ untilMs, times, misdeed }: QuarantineView): string {
  const again = times > 1 ? `, for ${timeWords(times)}` : ''
  return `Kept out until ${dayAndTime(untilMs)}${again}: ${misdeedWords(misdeed)}.`
}

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth']

function timeWords(times: number): string {
  const ordinal = ordinals[times - 1]
  return ordinal === undefined ? `time ${times}` : `the ${ordinal} time`
}
