import type { PeerStandingView } from '../../protocol/peer-views.ts'
import type { Settings } from '../settings/settings.ts'
import type { PeerRecords } from './peer-records.ts'

const QUARANTINED = 256
export const DEFAULT_MISDEEDS = 100

export type PeerVerdict = 'allowed' | 'denied' | 'neither'

/** The operator's rules for peers, who is kept out, and what for. */
export function peerStanding(
  settings: Pick<Settings, 'get'>,
  records: PeerRecords,
  misdeeds: number = DEFAULT_MISDEEDS,
): PeerStandingView {
  const { allowedPeers, deniedPeers } = settings.get()
  return {
    allowed: allowedPeers,
    denied: deniedPeers,
    quarantined: records.quarantines(Date.now(), QUARANTINED),
    misdeeds: records.misdeeds(misdeeds),
  }
}

/** Makes a rule of a peer id, address or network, in place of the one there was. Throws `bad_setting`. */
export async function setPeerRule(
  settings: Pick<Settings, 'get' | 'set'>,
  subject: string,
  verdict: PeerVerdict,
): Promise<void> {
  const { allowedPeers, deniedPeers } = settings.get()
  const others = (rules: readonly string[]) => rules.filter((rule) => rule !== subject)
  await settings.set({
    allowedPeers: [...others(allowedPeers), ...(verdict === 'allowed' ? [subject] : [])],
    deniedPeers: [...others(deniedPeers), ...(verdict === 'denied' ? [subject] : [])],
  })
}
