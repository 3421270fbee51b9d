import { t } from '../../../../locales/translate.ts'
import type { QuarantineView } from '../../../../protocol/peer-views.ts'
import { dayAndTime } from '../../../format/time.ts'

const misdeeds = [
  'malformed_offer',
  'bad_signature',
  'flooding',
  'bad_stream',
  'over_budget',
  'stream_flood',
] as const

/** A misdeed as one would tell it; one that this version does not know keeps its name. */
export function misdeedWords(misdeed: string): string {
  const known = misdeeds.find((each) => each === misdeed)
  return known === undefined ? misdeed.replaceAll('_', ' ') : t(`network:misdeed.${known}`)
}

/** `Kept out until 27 Nov 14:52, for the second time: Sent an offer with a wrong signature.` */
export function quarantineWords({ untilMs, times, misdeed }: QuarantineView): string {
  const values = { time: dayAndTime(untilMs), misdeed: misdeedWords(misdeed) }
  return times > 1
    ? t('network:quarantine.untilAgain', { ...values, again: againWords(times) })
    : t('network:quarantine.until', values)
}

const spelledOut = [2, 3, 4, 5] as const

function againWords(times: number): string {
  const known = spelledOut.find((each) => each === times)
  return known === undefined
    ? t('network:quarantine.again.more', { times })
    : t(`network:quarantine.again.${known}`)
}
