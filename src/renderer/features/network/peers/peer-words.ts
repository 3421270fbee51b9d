import { numberFormat } from '../../../../locales/formats.ts'
import { t } from '../../../../locales/translate.ts'
import type { PeerConductView } from '../../../../protocol/network-views.ts'
import type { PeerVerdict } from '../../../../protocol/peer-views.ts'
import { fixed } from '../../../format/numbers.ts'

/** What the operator may say of a peer, for a choice between such. */
export function verdictOption<Verdict extends PeerVerdict>(
  value: Verdict,
): { readonly value: Verdict; readonly label: string } {
  return { value, label: t(`network:verdict.${value as PeerVerdict}.label`) }
}

const oneDecimal = numberFormat({ maximumFractionDigits: 1 })

/** Counts fade with time, so they are seldom whole: `3`, `2.4`, `< 0.1`. */
export function conductCount(value: number): string {
  return value > 0 && value < 0.05 ? `< ${oneDecimal().format(0.1)}` : oneDecimal().format(value)
}

/** `0.84 of 1, trusted: fewer of its results are checked`. */
export function reputationWords({ score, trusted, checkedWrong }: PeerConductView): string {
  const values = { score: fixed(score, 2) }
  if (trusted) return t('network:conduct.trusted', values)
  if (checkedWrong > 0.05) return t('network:conduct.foundWrong', values)
  return score >= 0.6 ? t('network:conduct.good', values) : t('network:conduct.lastChoice', values)
}

const purposes = ['work', 'result', 'info', 'mail', 'peers', 'kad', 'ping', 'id'] as const

/** `/driad/main/work/1` is `for tasks`; what is not ours keeps its name. */
export function protocolWord(protocol: string): string {
  const [, system, , name = ''] = protocol.split('/')
  if (system === 'driad') {
    const known = purposes.find((purpose) => purpose === name)
    return known === undefined ? t('network:purpose.other', { name }) : t(`network:purpose.${known}`)
  }
  if (protocol.startsWith('/meshsub/')) return t('network:purpose.offers')
  if (protocol.startsWith('/libp2p/circuit/relay/')) return t('network:purpose.circuit')
  return protocol
}
