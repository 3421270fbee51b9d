import type { PeerConductView } from '../../../../protocol/network-views.ts'
import type { PeerVerdict } from '../../../../protocol/peer-views.ts'

/** What the operator may say of a peer, and what comes of it. */
export const verdictWords: Readonly<
  Record<PeerVerdict, { readonly label: string; readonly meaning: string }>
> = {
  allowed: {
    label: 'Always allow',
    meaning: 'It is let in even when there is hardly room, has no limits, and is never kept out.',
  },
  neither: {
    label: 'No rule',
    meaning: 'Like everybody: it has its limits, and is kept out for a while if it misbehaves.',
  },
  denied: {
    label: 'Block',
    meaning: 'This computer never talks to it. What is open is closed at once, tasks for it included.',
  },
}

/** Counts fade with time, so they are seldom whole: `3`, `2.4`, `< 0.1`. */
export function conductCount(value: number): string {
  if (value > 0 && value < 0.05) return '< 0.1'
  return String(Math.round(value * 10) / 10)
}

/** `0.84 of 1, trusted: fewer of its results are checked`. */
export function reputationWords({ score, trusted, checkedWrong }: PeerConductView): string {
  const figure = `${score.toFixed(2)} of 1`
  if (trusted) return `${figure}, trusted: fewer of its results are checked`
  if (checkedWrong > 0.05) return `${figure}, low because results of it were found wrong`
  return score >= 0.6 ? `${figure}, good` : `${figure}, others are asked first`
}

const protocolWords: Readonly<Record<string, string>> = {
  work: 'for tasks',
  result: 'for results',
  info: 'for descriptions',
  mail: 'for kept results',
  peers: 'for peers of peers',
  kad: 'for finding others',
  ping: 'for pings',
  id: 'for names',
}

/** `/driad/main/work/1` is `for tasks`; what is not ours keeps its name. */
export function protocolWord(protocol: string): string {
  const [, system, , name = ''] = protocol.split('/')
  if (system === 'driad') return protocolWords[name] ?? `for ${name}`
  if (protocol.startsWith('/meshsub/')) return 'for offers'
  if (protocol.startsWith('/libp2p/circuit/relay/')) return 'over a relay'
  return protocol
}
