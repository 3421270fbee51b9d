import type { PeerConductView } from '../../protocol/network-views.ts'
import { fadedRecord, meanDelayMs, type PeerRecord, speedRatioOf, standingOf } from './peer-record.ts'

/** A record as people and programs are shown it: faded until now, and rounded. */
export function peerConduct(record: PeerRecord, nowMs: number): PeerConductView {
  const faded = fadedRecord(record, nowMs)
  const { score, trusted } = standingOf(faded)
  const speedRatio = speedRatioOf(faded)
  const delayMs = meanDelayMs(faded)
  return {
    score: rounded(score),
    trusted,
    succeeded: rounded(faded.succeeded),
    failed: rounded(faded.failed),
    checkedRight: rounded(faded.agreed),
    checkedWrong: rounded(faded.refuted),
    ...(speedRatio !== undefined && { speedRatio: rounded(speedRatio) }),
    ...(delayMs !== undefined && { delayMs: Math.round(delayMs) }),
    lastMs: record.atMs,
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
