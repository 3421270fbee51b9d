import { t } from '../../../locales/translate.ts'
import type { ClockView, OfferTopicView, TrafficBytesView } from '../../../protocol/network-views.ts'
import { bytes } from '../../format/numbers.ts'
import { duration } from '../../format/time.ts'

/** `right, by 5 peers`, `2 min 04 s ahead of 5 peers`. */
export function clockWords(clock: ClockView | undefined): string {
  if (clock === undefined) return t('network:clock.unknown')
  const values = { duration: clockDuration(clock), count: clock.peers }
  if (!clock.wrong) return t('network:clock.right', values)
  return clock.aheadMs > 0 ? t('network:clock.ahead', values) : t('network:clock.behind', values)
}

/** How far a clock is off, in whatever direction: `2 min 04 s`. */
export function clockDuration({ aheadMs }: ClockView): string {
  return duration(Math.abs(aheadMs))
}

/** `12.4 kB/s`; what is hardly anything is 0. */
export function byteRate(bytesPerSecond: number): string {
  return `${bytes(Math.round(bytesPerSecond))}/s`
}

/** `4.2 MB in and 1.1 MB out since you joined`. */
export function trafficSum({ receivedBytes, sentBytes }: TrafficBytesView): string {
  return t('network:traffic.sum', { received: bytes(receivedBytes), sent: bytes(sentBytes) })
}

/** `All of them`, `Part 3 of 8`. */
export function shareWords({ parts, part }: Pick<OfferTopicView, 'parts' | 'part'>): string {
  return parts === 1 ? t('network:offers.all') : t('network:offers.part', { part, parts })
}
