import type { RequesterExposureView } from '../../../protocol/earnings-views.ts'
import type { StateWords } from '../../format/task-words.ts'

/** Whether this node goes on working for a requester, in a word. */
export function requesterStanding(
  requester: Pick<RequesterExposureView, 'stranger' | 'limitMicro' | 'openMicro'>,
): StateWords {
  const limit = BigInt(requester.limitMicro)
  if (limit === 0n) return { label: 'Gets no more', tone: 'attention' }
  if (BigInt(requester.openMicro) >= limit) return { label: 'At its limit', tone: 'waiting' }
  return requester.stranger ? { label: 'New', tone: 'neutral' } : { label: 'Pays', tone: 'earned' }
}

/** Which part of a limit is used, 0 to 1. A limit of nothing is used up. */
export function usedShare(openMicro: string, limitMicro: string): number {
  const limit = Number(limitMicro)
  if (limit <= 0) return 1
  return Math.min(1, Number(openMicro) / limit)
}
