import type { PeerDetailView } from '../protocol/network-views.ts'
import type { NetworkView } from './network/contract.ts'
import type { PeerRecords } from './network/peer-records.ts'
import { ruleFor } from './network/peer-standing.ts'
import { peerConduct } from './reputation/peer-conduct.ts'
import { readPeerRecord } from './reputation/reputation-store.ts'
import type { Settings } from './settings/settings.ts'
import type { Reader } from './store/contract.ts'

const MISDEEDS = 50

export interface PeerDetailComponents {
  readonly settings: Pick<Settings, 'get'>
  readonly store: Reader
  readonly records: Pick<PeerRecords, 'misdeedsOf' | 'quarantineOf'>
  /** Undefined while the node is off the network. */
  readonly network: NetworkView | undefined
}

/** Everything that is known of one peer: of its connections, of what it did wrong, and of how it did with tasks from here. */
export function peerDetail(
  { settings, store, records, network }: PeerDetailComponents,
  peerId: string,
): PeerDetailView {
  const nowMs = Date.now()
  const connected = network?.peer(peerId)
  const traffic = network?.trafficOf(peerId)
  const quarantine = records.quarantineOf(peerId, nowMs)
  const record = readPeerRecord(store, peerId)
  return {
    peerId,
    ...(connected !== undefined && { connected }),
    ...(traffic !== undefined && { traffic }),
    rule: ruleFor(settings, peerId),
    ...(quarantine !== undefined && { quarantine }),
    misdeeds: records.misdeedsOf(peerId, MISDEEDS),
    ...(record !== undefined && { conduct: peerConduct(record, nowMs) }),
  }
}
