import { t } from '../../../../locales/translate.ts'
import type { NetworkPeerView } from '../../../../protocol/network-views.ts'
import { shortIdentifier } from '../../../format/identifiers.ts'
import { duration } from '../../../format/time.ts'
import { byteRate } from '../network-words.ts'

/** What a peer is drawn as; each has a shape of its own beside its colour. */
export const peerMarks = ['direct', 'relay', 'relayed', 'trouble'] as const
export type PeerMark = (typeof peerMarks)[number]

/** So many points are more than one slip. */
const TROUBLE_POINTS = 5

export function markOf({ way, help, misdeedPoints }: NetworkPeerView): PeerMark {
  if (misdeedPoints >= TROUBLE_POINTS) return 'trouble'
  if (way === 'relayed') return 'relayed'
  return help === 'carries-us' ? 'relay' : 'direct'
}

/** `12D3…kQ7fZx, direct, 24 ms, 1.2 kB/s in, 300 B/s out`. */
export function peerSentence(peer: NetworkPeerView): string {
  const { peerId, roundTripMs, receivedPerSecond, sentPerSecond } = peer
  return t('network:map.peer', {
    peer: shortIdentifier(peerId),
    mark: t(`network:map.mark.${markOf(peer)}`),
    roundTrip: roundTripMs === undefined ? t('network:map.unmeasured') : roundTripWords(roundTripMs),
    received: byteRate(receivedPerSecond),
    sent: byteRate(sentPerSecond),
  })
}

/** The last ping; on a local network it takes less than can be measured. */
export function roundTripWords(ms: number): string {
  return ms < 1 ? `< ${duration(1)}` : duration(Math.round(ms))
}

/** What stands at a ring of the map; round, so without the digits of a measurement. */
export function ringWords(roundTripMs: number | undefined): string {
  if (roundTripMs === undefined) return t('network:map.unmeasuredRing')
  return roundTripMs < 1_000
    ? duration(roundTripMs)
    : t('common:duration.seconds', { value: roundTripMs / 1_000 })
}
