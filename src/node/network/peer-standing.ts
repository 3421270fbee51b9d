import type { PeerStandingView, PeerVerdict } from '../../protocol/peer-views.ts'
import type { Settings } from '../settings/settings.ts'
import type { PeerRecords } from './peer-records.ts'

const QUARANTINED = 256
export const DEFAULT_MISDEEDS = 100

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

/** Makes a rule of a peer id, address or network, in place of the one there was, which it returns. Throws `bad_setting`. */
export async function setPeerRule(
  settings: Pick<Settings, 'get' | 'set'>,
  subject: string,
  verdict: PeerVerdict,
): Promise<PeerVerdict> {
  const before = ruleFor(settings, subject)
  const { allowedPeers, deniedPeers } = settings.get()
  const others = (rules: readonly string[]) => rules.filter((rule) => rule !== subject)
  await settings.set({
    allowedPeers: [...others(allowedPeers), ...(verdict === 'allowed' ? [subject] : [])],
    deniedPeers: [...others(deniedPeers), ...(verdict === 'denied' ? [subject] : [])],
  })
  return before
}

/** The operator's own rule for a subject; what there is for addresses around it does not count. */
export function ruleFor(settings: Pick<Settings, 'get'>, subject: string): PeerVerdict {
  const { allowedPeers, deniedPeers } = settings.get()
  if (deniedPeers.includes(subject)) return 'denied'
  return allowedPeers.includes(subject) ? 'allowed' : 'neither'
}
