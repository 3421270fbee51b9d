import type { HealthCheckView, HealthCode, HealthState } from '../../protocol/health-views.ts'
import type { ReachabilityLevel, ReachabilityView } from '../../protocol/network-views.ts'
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
  const { reachability, status } = facts
  // Off the network there is nothing more to say.
  if (reachability === undefined) return [reach(facts)]
  return [reach(facts), peers(status?.peers ?? 0), clock(reachability), ports(reachability)]
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

function peers(count: number): HealthCheckView {
  const base = { id: 'peers', subject: 'peers' } as const
  if (count > 0) return { ...base, state: 'good', code: 'peers_some', facts: { count }, mends: [] }
  const mends = [{ act: 'rejoin' }, { act: 'open', place: 'network' }] as const
  return { ...base, state: 'attention', code: 'peers_none', facts: {}, mends }
}

function clock({ clock: found }: ReachabilityView): HealthCheckView {
  const base = { id: 'clock', subject: 'clock', mends: [] } as const
  if (found === undefined) return { ...base, state: 'unknown', code: 'clock_unknown', facts: {} }
  const facts = { seconds: Math.round(Math.abs(found.aheadMs) / 1000), peers: found.peers }
  if (!found.wrong) return { ...base, state: 'good', code: 'clock_right', facts }
  // Only the system sets its clock; there is nothing here to click.
  return { ...base, state: 'bad', code: found.aheadMs > 0 ? 'clock_ahead' : 'clock_behind', facts }
}

function ports({ addresses, level }: ReachabilityView): HealthCheckView {
  const own = addresses.filter((address) => !address.includes('/p2p-circuit'))
  const outward = own.filter((address) => !isLoopback(address))
  const numbers = new Set(outward.flatMap((address) => /\/tcp\/(\d{1,5})(?:\/|$)/.exec(address)?.[1] ?? []))
  const facts = { ports: [...numbers].join(', '), count: numbers.size }
  return { id: 'ports', subject: 'ports', state: 'good', code: portsCode(), facts, mends: [] }

  function portsCode(): HealthCode {
    if (own.length === 0) return 'ports_none'
    if (outward.length === 0) return 'ports_this_computer'
    // At the level `public` peers confirmed them from outside; otherwise it is the local network that sees them.
    return level === 'public' ? 'ports_announced' : 'ports_open'
  }
}

function isLoopback(address: string): boolean {
  return /^\/ip4\/127\.|^\/ip6\/::1\//.test(address)
}
