const OBSERVERS = 64

/** What a router does with our shared port, as far as peers have told. */
export type NatKind =
  /** Peers see our own address. */
  | 'none'
  /** All peers see one public port: others can reach it while both sides try. */
  | 'one-port'
  /** Each peer sees another port: nobody can be told which. */
  | 'port-per-peer'
  | 'unknown'

/** An address and port at which a peer sees us: `192.0.2.1:4001`. */
export interface Observation {
  readonly observerHost: string
  readonly host: string
  readonly port: number
}

/** Gathers what peers say of where our connections come from. One peer may lie; it then spoils hole punching, not more. */
export class NatObservations {
  readonly #byObserver = new Map<string, Observation>()
  readonly #sharedPort: number
  readonly #ownHosts: () => ReadonlySet<string>

  constructor(sharedPort: number, ownHosts: () => ReadonlySet<string>) {
    this.#sharedPort = sharedPort
    this.#ownHosts = ownHosts
  }

  add(observation: Observation): void {
    this.#byObserver.delete(observation.observerHost)
    this.#byObserver.set(observation.observerHost, observation)
    const oldest = this.#byObserver.keys().next()
    if (this.#byObserver.size > OBSERVERS && !oldest.done) this.#byObserver.delete(oldest.value)
  }

  kind(): NatKind {
    const seen = [...this.#byObserver.values()]
    if (seen.length === 0) return 'unknown'
    const own = this.#ownHosts()
    if (seen.every(({ host, port }) => own.has(host) && port === this.#sharedPort)) return 'none'
    const newest = seen.at(-1)
    const same = seen.filter(({ host }) => host === newest?.host)
    if (new Set(same.map(({ port }) => port)).size > 1) return 'port-per-peer'
    return same.length > 1 ? 'one-port' : 'unknown'
  }

  /** Where peers may find us if they try while we do; none where each peer sees another port. */
  mappings(): readonly Observation[] {
    if (this.kind() === 'port-per-peer') return []
    const byHost = new Map([...this.#byObserver.values()].map((seen) => [seen.host, seen]))
    return [...byHost.values()].slice(-2)
  }
}
