import type { Settings } from '../settings/settings.ts'
import { PeerRules } from './peer-rules.ts'

/** The settings that hold at once, whichever process changed them. */
export const peerRuleSettings = ['allowedPeers', 'deniedPeers'] as const

/** How soon a rule holds that another process, `driad network allow` say, wrote down. */
const REFRESH_MS = 1_000

/** The rules of the settings, as they change; `stop` ends the following. */
export function followPeerRules(settings: Pick<Settings, 'get' | 'onChange' | 'refresh'>): {
  readonly rules: PeerRules
  readonly stop: () => void
} {
  let { allowedPeers, deniedPeers } = settings.get()
  const rules = new PeerRules(allowedPeers, deniedPeers)
  const unsubscribe = settings.onChange((values) => {
    if (values.allowedPeers === allowedPeers && values.deniedPeers === deniedPeers) return
    ;({ allowedPeers, deniedPeers } = values)
    rules.set(allowedPeers, deniedPeers)
  })
  const timer = setInterval(() => settings.refresh(peerRuleSettings), REFRESH_MS)
  timer.unref()
  return {
    rules,
    stop: () => {
      clearInterval(timer)
      unsubscribe()
    },
  }
}
