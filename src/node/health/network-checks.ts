import type { HealthCheckView, HealthCode, HealthState } from '../../protocol/health-views.ts'
import type { ReachabilityLevel } from '../../protocol/network-views.ts'
import type { HealthFactsNow } from './facts.ts'

const levels: Readonly<Record<ReachabilityLevel, readonly [HealthState, HealthCode]>> = {
  public: ['good', 'reach_public'],
  'hole-punching': ['good', 'reach_hole_punching'],
  local: ['good', 'reach_local'],
  'this-computer': ['attention', 'reach_this_computer'],
  relayed: ['attention', 'reach_relayed'],
  outgoing: ['attention', 'reach_outgoing'],
  offline: ['attention', 'reach_nobody'],
}

/** From where others reach this node, whom it knows, what its clock says, and which ports it has open. */
export function networkChecks(facts: HealthFactsNow): HealthCheckView[] {
  return [reach(facts), peers(facts), clock(facts), ports(facts)]
}

function reach({ status, reachability }: HealthFactsNow): HealthCheckView {
  const base = { id: 'network', subject: 'network' } as const
  if (status?.error !== undefined && reachability === undefined) {
    const { code } = status.error
    const mends = [{ act: 'join' }, { act: 'open', place: 'settings' }] as const
    return { ...base, state: 'bad', code: 'join_failed', facts: { error: code }, mends }
  }
  if (reachability === undefined) {
    const canJoin = status?.phase === 'offline' || status?.phase === 'failed'
    return {
      ...base,
      state: 'unknown',
      code: 'off_network',
      facts: {},
      mends: canJoin ? [{ act: 'join' }] : [],
    }
  }
  const [state, code] = levels[reachability.level]
  const facts = { relays: reachability.relays.length }
  if (state === 'good') return { ...base, state, code, facts, mends: [] }
  const place = reachability.level === 'this-computer' ? 'settings' : 'network'
  return { ...base, state, code, facts, mends: [{ act: 'rejoin' }, { act: 'open', place }] }
}

function peers({ status, reachability }: HealthFactsNow): HealthCheckView {
  const base = { id: 'peers', subject: 'peers' } as const
  if (status === undefined || reachability === undefined) {
    return { ...base, state: 'unknown', code: 'off_network', facts: {}, mends: [] }
  }
  if (status.peers > 0) {
    return { ...base, state: 'good', code: 'peers_some', facts: { count: status.peers }, mends: [] }
  }
  const mends = [{ act: 'rejoin' }, { act: 'open', place: 'network' }] as const
  return { ...base, state: 'attention', code: 'peers_none', facts: {}, mends }
}

function clock({ reachability }: HealthFactsNow): HealthCheckView {
  const base = { id: 'clock', subject: 'clock' } as const
  const found = reachability?.clock
  if (found === undefined) return { ...base, state: 'unknown', code: 'clock_unknown', facts: {}, mends: [] }
  const facts = { seconds: Math.round(Math.abs(found.aheadMs) / 1000), peers: found.peers }
  if (!found.wrong) return { ...base, state: 'good', code: 'clock_right', facts, mends: [] }
  // Only the system sets its clock; there is nothing here to click.
  return { ...base, state: 'bad', code: found.aheadMs > 0 ? 'clock_ahead' : 'clock_behind', facts, mends: [] }
}

function ports({ reachability }: HealthFactsNow): HealthCheckView {
  const base = { id: 'ports', subject: 'ports', mends: [] } as const
  if (reachability === undefined) return { ...base, state: 'unknown', code: 'off_network', facts: {} }
  const own = reachability.addresses.filter((address) => !address.includes('/p2p-circuit'))
  const outward = own.filter((address) => !isLoopback(address))
  const numbers = new Set(outward.flatMap((address) => /\/tcp\/(\d{1,5})(?:\/|$)/.exec(address)?.[1] ?? []))
  const facts = { ports: [...numbers].join(', '), count: numbers.size }
  if (own.length === 0) return { ...base, state: 'good', code: 'ports_none', facts }
  if (outward.length === 0) return { ...base, state: 'good', code: 'ports_this_computer', facts }
  // At the level `public` peers confirmed them from outside; otherwise it is the local network that sees them.
  return {
    ...base,
    state: 'good',
    code: reachability.level === 'public' ? 'ports_announced' : 'ports_open',
    facts,
  }
}

function isLoopback(address: string): boolean {
  return /^\/ip4\/127\.|^\/ip6\/::1\//.test(address)
}
