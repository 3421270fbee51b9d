import type { ClockView, OfferTopicView, ReachabilityView } from '../../../protocol/network-views.ts'
import { bytes, count, plural } from '../../format/numbers.ts'
import { duration } from '../../format/time.ts'

export const natWords: Readonly<Record<ReachabilityView['nat'], string>> = {
  none: 'none in between',
  'one-port': 'lets direct connections through',
  'port-per-peer': 'keeps direct connections out',
  unknown: 'not known yet',
}

/** `right, by 5 peers`, `2 min 04 s ahead of 5 peers`. */
export function clockWords(clock: ClockView | undefined): string {
  if (clock === undefined) return 'not compared yet'
  const size = Math.abs(clock.aheadMs)
  const others = plural(clock.peers, 'peer')
  if (!clock.wrong) return `right, by ${others}`
  return `${duration(size)} ${clock.aheadMs > 0 ? 'ahead of' : 'behind'} ${others}`
}

/** `12.4 kB/s`; what is hardly anything is 0. */
export function byteRate(bytesPerSecond: number): string {
  return `${bytes(Math.round(bytesPerSecond))}/s`
}

/** `All of them`, `part 3 of 8`. */
export function shareWords({ parts, part }: Pick<OfferTopicView, 'parts' | 'part'>): string {
  return parts === 1 ? 'All of them' : `Part ${count(part)} of ${count(parts)}`
}
