import type { ReachAdvice } from '../../protocol/network-views.ts'
import { spokenLanguage, t } from '../translate.ts'

/** What somebody can do for others to reach this computer better; one or two sentences. */
export function adviceWords(advice: ReachAdvice): string {
  switch (advice.code) {
    case 'set_clock': {
      const seconds = Math.round(Math.abs(advice.aheadMs) / 1_000)
      return advice.aheadMs > 0
        ? t('network:advice.set_clock_ahead', { seconds })
        : t('network:advice.set_clock_behind', { seconds })
    }
    case 'forward_ports':
      return advice.portPerPeer
        ? t('network:advice.port_per_peer', { advice: forwardWords(advice.ports) })
        : forwardWords(advice.ports)
    case 'listen_everywhere':
      return t('network:advice.listen_everywhere', { address: '/ip4/0.0.0.0/tcp/0' })
    default:
      return t(`network:advice.${advice.code}`)
  }
}

function forwardWords(ports: readonly number[]): string {
  if (ports.length === 0) return t('network:advice.forward_any_port')
  return t('network:advice.forward_ports', {
    count: ports.length,
    ports: new Intl.ListFormat(spokenLanguage()).format(ports.map(String)),
  })
}
