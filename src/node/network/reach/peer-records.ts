import type { PeerId, PeerStore } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { RecordEnvelope } from '@libp2p/peer-record'
import { PEER_RECORD_BYTES, PEER_RECORDS } from '../../../protocol/wire/limits.ts'
import { isCircuit, isPrivateAddress } from '../addresses.ts'

export interface PeerRecordsComponents {
  readonly peerStore: PeerStore
  /** Those that are members of our network. */
  readonly peers: () => readonly PeerId[]
  /** Nothing of the network is on the public internet: private addresses are of use to others. */
  readonly local: boolean
}

/** Records of at most 16 peers, drawn at random, that have an address which others can use. */
export async function someRecords({ peerStore, peers, local }: PeerRecordsComponents): Promise<Uint8Array[]> {
  const records: Uint8Array[] = []
  for (const peer of shuffled(peers())) {
    if (records.length >= PEER_RECORDS) break
    try {
      const { peerRecordEnvelope: record, addresses } = await peerStore.get(peer)
      if (record === undefined || record.byteLength > PEER_RECORD_BYTES) continue
      const isOfUse = addresses.some(
        ({ isCertified, multiaddr }) =>
          isCertified && (local || isCircuit(multiaddr) || !isPrivateAddress(multiaddr)),
      )
      if (isOfUse) records.push(record)
    } catch {
      // It left meanwhile.
    }
  }
  return records
}

/** Checks a record's signature and keeps its addresses. Undefined for our own, or one that is not valid. */
export async function learnRecord(
  peerStore: PeerStore,
  self: PeerId,
  record: Uint8Array,
): Promise<PeerId | undefined> {
  try {
    const peer = peerIdFromPublicKey(RecordEnvelope.createFromProtobuf(record).publicKey)
    if (peer.equals(self)) return undefined
    // False where we have the same, or a newer one.
    await peerStore.consumePeerRecord(record, { expectedPeer: peer })
    return peer
  } catch {
    return undefined
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items]
  for (let index = result.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1))
    const [one, two] = [result[index] as T, result[other] as T]
    result[index] = two
    result[other] = one
  }
  return result
}
