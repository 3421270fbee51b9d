import type { NodeStatusView, NodeTrouble } from '../../protocol/views.ts'
import type { Guest } from '../guest/guest.ts'
import type { Recovery } from '../recovery/recovery.ts'
import type { Membership } from './membership.ts'
import type { NodeParts } from './parts.ts'

/** How often at most those who watch the status are told of new figures. */
const FIGURES_INTERVAL_MS = 50

export interface NodeStatusComponents {
  readonly parts: Pick<NodeParts, 'tasks' | 'engine' | 'models' | 'devices' | 'identity' | 'ledger'>
  readonly membership: Membership
  readonly guest: () => Guest
  readonly recovery: () => Recovery
  readonly bootstrapOnly: boolean
}

/** What the node says of itself in one look, and who is told when that may have changed. */
export class NodeStatus {
  readonly #components: NodeStatusComponents
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined

  constructor(components: NodeStatusComponents) {
    this.#components = components
  }

  view(): NodeStatusView {
    const { parts, membership, guest } = this.#components
    const { tasks, engine, models, identity, ledger } = parts
    const stats = tasks.stats()
    const today = ledger.byDay(1).at(-1)
    const ready = models.served()
    const trouble = this.#trouble()
    const reason = this.#reason(trouble)
    const { failure, online, onlineSinceMs } = membership
    const clockWarning = online?.host.clockWarning()
    return {
      phase: membership.phase,
      ...(reason !== undefined && { reason }),
      ...(trouble !== undefined && { trouble }),
      ...(failure !== undefined && { error: { code: failure.code, message: failure.message } }),
      network: membership.networkName,
      peerId: identity.peerId,
      addresses: membership.addresses(),
      peers: online?.host.peers().length ?? 0,
      ...(clockWarning !== undefined && { clockWarning }),
      ...(onlineSinceMs !== undefined && { onlineSinceMs }),
      slots: ready.reduce((sum, model) => sum + model.slots, 0),
      running: stats.running,
      queued: stats.queued,
      tokensPerSecond: stats.tokensPerSecond,
      earnedTodayMicro: String(today?.creditMicro ?? 0n),
      pendingMicro: String(tasks.receivables().pendingMicro),
      tasksToday: stats.tasksToday,
      inference: engine.state(),
      guest: guest().view(),
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells it at once. */
  changed(): void {
    this.stop()
    for (const listener of this.#listeners) listener()
  }

  /** A task changes the figures a dozen times, and a view costs as much as all else that a short task needs here. */
  changedSoon(): void {
    this.#timer ??= setTimeout(() => this.changed(), FIGURES_INTERVAL_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #trouble(): NodeTrouble | undefined {
    const { parts, membership, bootstrapOnly } = this.#components
    if (!membership.isOnline) return undefined
    if (bootstrapOnly) return { code: 'bootstrap_only' }
    // What it broke of says more.
    if (parts.engine.state().state === 'broken') return undefined
    const { state, causes = [], reason: why = '' } = parts.devices.view().use
    if (state === 'suspended' || state === 'fallback') return { code: state, causes, why }
    if (parts.models.served().length > 0) return undefined
    const loading = parts.models.list().find((model) => model.state === 'loading')
    return loading === undefined ? { code: 'no_model' } : { code: 'loading', model: loading.name }
  }

  #reason(trouble: NodeTrouble | undefined): string | undefined {
    const { parts, membership, recovery } = this.#components
    if (recovery().safeMode !== undefined) return 'It is in safe mode'
    if (!membership.isOnline) return membership.failure?.message
    switch (trouble?.code) {
      case 'bootstrap_only':
        return 'It helps others to find each other and serves no models'
      case 'suspended':
        return `Models are suspended: ${trouble.why}`
      case 'fallback':
        return `It works on the processor, which is slower: ${trouble.why}`
      case 'no_model':
        return 'No model is loaded'
      case 'loading':
        return `The model ${trouble.model} is loading`
      case undefined: {
        const { state, reason = 'Inference keeps failing' } = parts.engine.state()
        return state === 'broken' ? reason : undefined
      }
    }
  }
}
