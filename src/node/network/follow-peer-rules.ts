import type { Settings } from '../settings/settings.ts'
import { PeerRules } from './peer-rules.ts'

/** The rules of the settings, as they change; `stop` ends the following. */
export function followPeerRules(settings: Pick<Settings, 'get' | 'onChange'>): {
  readonly rules: PeerRules
  readonly stop: () => void
} {
  let { allowedPeers, deniedPeers } = settings.get()
  const rules = new PeerRules(allowedPeers, deniedPeers)
  const stop = settings.onChange((values) => {
    if (values.allowedPeers === allowedPeers && values.deniedPeers === deniedPeers) return
    ;({ allowedPeers, deniedPeers } = values)
    rules.set(allowedPeers, deniedPeers)
  })
  return { rules, stop }
}
