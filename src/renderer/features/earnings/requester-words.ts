import { t } from '../../../locales/translate.ts'
import type { RequesterExposureView } from '../../../protocol/earnings-views.ts'
import type { StateWords } from '../../format/task-words.ts'

/** Whether this node goes on working for a requester, in a word. */
export function requesterStanding(
  requester: Pick<RequesterExposureView, 'stranger' | 'limitMicro' | 'openMicro'>,
): StateWords {
  const limit = BigInt(requester.limitMicro)
  if (limit === 0n) return { label: t('earnings:requesters.state.noMore'), tone: 'attention' }
  if (BigInt(requester.openMicro) >= limit)
    return { label: t('earnings:requesters.state.atLimit'), tone: 'waiting' }
  return requester.stranger
    ? { label: t('earnings:requesters.state.stranger'), tone: 'neutral' }
    : { label: t('earnings:requesters.state.pays'), tone: 'earned' }
}

/** Which part of a limit is used, 0 to 1. A limit of nothing is used up. */
export function usedShare(openMicro: string, limitMicro: string): number {
  const limit = Number(limitMicro)
  if (limit <= 0) return 1
  return Math.min(1, Number(openMicro) / limit)
}
