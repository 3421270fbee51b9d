import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { EarningsView } from '../../protocol/earnings-views.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { PeerDetailView, ReachabilityView } from '../../protocol/network-views.ts'
import type { NodeStatusView, ThroughputPoint } from '../../protocol/views.ts'
import { Diagnostics } from '../diagnostics/diagnostics.ts'
import { earningsView } from '../earnings/earnings-view.ts'
import type { FirstRun } from '../first-run/first-run.ts'
import type { Guest } from '../guest/guest.ts'
import type { Health } from '../health/health.ts'
import type { HttpRoute } from '../http/contract.ts'
import type { Identity } from '../identity/contract.ts'
import { IdleMemory } from '../idle-memory.ts'
import type { Devices } from '../inference/devices/open-devices.ts'
import type { Ledger } from '../ledger/contract.ts'
import { exportLedger, type LedgerExportFormat } from '../ledger/export-ledger.ts'
import type { Logger, LogHistory } from '../logs/contract.ts'
import type { CatalogueKeeper } from '../models/catalogue/catalogue-keeper.ts'
import type { ModelFit } from '../models/fit/model-fit.ts'
import type { LocalModels } from '../models/local/local-models.ts'
import type { Pulls } from '../models/pull/contract.ts'
import type { ModelRegistry } from '../models/registry.ts'
import { Money } from '../money.ts'
import type { NetworkView } from '../network/contract.ts'
import { PeerRecords } from '../network/peer-records.ts'
import { NodeTasks } from '../node-tasks.ts'
import type { OnlineServices } from '../online-services.ts'
import { peerDetail } from '../peer-detail.ts'
import type { Recovery } from '../recovery/recovery.ts'
import { followSettings } from '../settings/follow-settings.ts'
import { isSettingKey, type SettingKey } from '../settings/schema.ts'
import type { Settings } from '../settings/settings.ts'
import { TestHistory } from '../test-history.ts'
import { TestRuns } from '../test-runs.ts'
import type { NodeTools } from '../tools/node-tools.ts'
import {
  diagnosticsSources,
  openFirstRun,
  openGuest,
  openHealth,
  openRecovery,
  signalReaders,
} from './caretakers.ts'
import type { ComputeNodeConfig, ComputeNodeDeps } from './config.ts'
import { Membership } from './membership.ts'
import { NodeStatus } from './node-status.ts'
import type { NodeParts } from './parts.ts'

/** Share of the time that models compute in quiet mode. */
const QUIET_SHARE = 0.25

/**
 * The node: models and tasks on one side, the network on the other. `start` loads the models, `join` and `leave` go on and
 * off the network any number of times, `stop` ends everything. One per data folder.
 */
export class ComputeNode {
  readonly identity: Identity
  readonly settings: Settings
  readonly ledger: Ledger
  readonly devices: Devices
  readonly models: ModelRegistry
  readonly localModels: LocalModels
  readonly pulls: Pulls
  readonly catalogue: CatalogueKeeper
  readonly fit: ModelFit
  /** How the program reaches servers. */
  readonly http: HttpRoute
  readonly tools: NodeTools
  readonly logs: LogHistory
  readonly tasks: NodeTasks
  readonly money: Money
  readonly testHistory: TestHistory
  readonly guest: Guest
  readonly peerRecords: PeerRecords
  readonly health: Health
  readonly diagnostics: Diagnostics
  readonly recovery: Recovery
  readonly firstRun: FirstRun
  readonly #config: ComputeNodeConfig
  readonly #logger: Logger
  readonly #parts: NodeParts
  readonly #membership: Membership
  readonly #status: NodeStatus
  readonly #testRuns: TestRuns
  readonly #idleMemory: IdleMemory
  readonly #unsubscribe: (() => void)[]
  #stopped: Promise<void> | undefined

  constructor(config: ComputeNodeConfig, deps: ComputeNodeDeps, parts: NodeParts) {
    const { store, tasks, statements } = parts
    const logger = deps.logger.scope('node')
    this.identity = parts.identity
    this.settings = parts.settings
    this.ledger = parts.ledger
    this.devices = parts.devices
    this.models = parts.models
    this.localModels = parts.localModels
    this.pulls = parts.pulls
    this.catalogue = parts.catalogue
    this.fit = parts.fit
    this.http = parts.http
    this.tools = parts.tools
    this.logs = deps.history
    this.#config = config
    this.#logger = logger
    this.#parts = parts
    const membership = new Membership({
      config,
      parts,
      logger,
      onPhase: () => this.#status.changed(),
      onJoined: (online) => this.#joined(online),
    })
    this.#membership = membership
    this.#status = new NodeStatus({
      parts,
      membership,
      guest: () => this.guest,
      recovery: () => this.recovery,
      bootstrapOnly: config.bootstrapOnly === true,
    })
    this.tasks = new NodeTasks({ store, tasks, requester: () => membership.online?.requester })
    this.money = new Money({ store, tasks, statements })
    this.testHistory = new TestHistory({ store })
    this.peerRecords = new PeerRecords({ store })
    this.#testRuns = new TestRuns({
      tasks,
      models: parts.announced.models,
      online: () => membership.online,
      history: this.testHistory,
      logger,
    })
    this.#idleMemory = new IdleMemory({ tasks, logger })
    const common = { config, parts, membership, logger }
    const status = this.#status
    const readers = signalReaders(parts, deps.signalReaders)
    this.guest = openGuest(common, {
      readers,
      onChange: () => {
        this.#limitCompute()
        status.changed()
      },
    })
    this.recovery = openRecovery(common, { readers, guest: this.guest })
    this.health = openHealth(common, { status, join: () => this.join() })
    this.diagnostics = new Diagnostics(() => diagnosticsSources(common, { status, health: this.health }))
    this.firstRun = openFirstRun(common, { vault: deps.vault, join: (options) => this.join(options) })
    const changed = () => status.changedSoon()
    this.#unsubscribe = [
      followSettings(store, parts.settings),
      parts.settings.onChange(() => this.#limitCompute()),
      tasks.onStats(changed),
      parts.models.onChange(changed),
      parts.ledger.onEntry(changed),
      parts.engine.onState(changed),
      parts.devices.onChange(changed),
    ]
  }

  /** Settings that were decided otherwise for this run, with what holds instead. */
  overridden(): readonly { readonly key: SettingKey; readonly value: unknown }[] {
    const all = Object.entries(this.#config.overrides ?? {})
    return all.flatMap(([key, value]) => (value !== undefined && isSettingKey(key) ? [{ key, value }] : []))
  }

  get dataDir(): string {
    return this.#config.folder.path
  }

  /** Starts inference and loads the models; in safe mode, nothing. A model that fails has its error in `models.list()`. */
  async start(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.recovery.safeMode !== undefined) {
      const { cause, crashes } = this.recovery.safeMode
      const why = cause === 'asked' ? 'as was asked' : `after ${crashes} crashes soon after a start`
      this.#logger.warn(`Safe mode, ${why}: nothing is loaded and the network is not joined`)
      return
    }
    this.recovery.start()
    if (this.#config.bootstrapOnly !== true) await this.#startModels(options)
    this.recovery.cameUp()
    this.#idleMemory.start()
  }

  async #startModels(options: { signal?: AbortSignal }): Promise<void> {
    this.#limitCompute()
    await this.guest.start()
    this.health.start()
    this.#parts.devices.start()
    this.#parts.engine.start()
    this.localModels.start()
    this.#parts.pulls.start()
    this.#parts.catalogue.start()
    this.#parts.statementRounds.start()
    await this.#parts.models.start(options)
    this.#parts.devices.settle()
    this.firstRun.start()
  }

  /** Goes on the network; returns at once where it is there already. Throws `port_in_use`, `bad_setting`, `safe_mode`, `stopping`. */
  async join(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.recovery.safeMode !== undefined && this.#stopped === undefined)
      throw new DriadError('safe_mode', 'Driad is in safe mode. Start it normally first')
    await this.#membership.join(options)
  }

  /** Ends safe mode: starts what it left out, and joins where that is wished. Does nothing outside of it. */
  async startNormally(): Promise<void> {
    if (this.recovery.safeMode === undefined) return
    this.recovery.leaveSafeMode()
    this.#status.changed()
    await this.start()
    if (this.settings.get().joinOnStart) await this.join()
  }

  /** Leaves the network: running tasks end first, for at most `drainMs`; what is left is taken up at the next join. */
  leave(options: { drainMs?: number } = {}): Promise<void> {
    return this.#membership.leave(options)
  }

  /** Leaves, unloads, closes. Safe twice. */
  stop(options: { drainMs?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(options)
    return this.#stopped
  }

  status(): NodeStatusView {
    return this.#status.view()
  }

  /** The part of `status` that is cheap to read. */
  inference(): NodeStatusView['inference'] {
    return this.#parts.engine.state()
  }

  /** Starts the inference process anew, out of `broken`, too. Throws `stopping`. */
  async restartInference(): Promise<void> {
    await this.#parts.engine.restart()
  }

  /** Told when `status` may say something else: of a phase at once, of figures at most every 50 ms. */
  onStatus(listener: () => void): () => void {
    return this.#status.onChange(listener)
  }

  throughput(): readonly ThroughputPoint[] {
    return this.#parts.tasks.throughput()
  }

  addresses(): readonly string[] {
    return this.#membership.addresses()
  }

  /** From where others reach this node. Undefined while it is off the network. */
  reachability(): ReachabilityView | undefined {
    return this.#membership.reachability()
  }

  /** What can be seen of the network. Undefined while this node is off it. */
  network(): NetworkView | undefined {
    return this.#membership.figures()
  }

  /** All that is known of a peer, connected or not. */
  peerDetail(peerId: string): PeerDetailView {
    const { settings, store } = this.#parts
    return peerDetail({ settings, store, records: this.peerRecords, network: this.network() }, peerId)
  }

  earnings(days: number): EarningsView {
    return earningsView(this.ledger, this.#parts.tasks.receivables(), days)
  }

  testModels(options: { signal?: AbortSignal | undefined } = {}) {
    return this.#testRuns.models(options)
  }

  testRun(...run: Parameters<TestRuns['run']>): Promise<void> {
    return this.#testRuns.run(...run)
  }

  /** Writes the ledger to a file. */
  async exportLedger(
    format: LedgerExportFormat,
    path: string,
    options: { signal?: AbortSignal | undefined } = {},
  ) {
    const { ledger, identity } = this
    const lines = exportLedger({ ledger, format, identity })
    const text = async function* () {
      for await (const line of lines) yield `${line}\n`
    }
    await pipeline(text, createWriteStream(path, { mode: 0o600 }), { signal: options.signal })
  }

  #joined(online: OnlineServices): void {
    // It ends with the host.
    online.host.onPeersChanged(() => this.#status.changedSoon())
    this.tasks.followRequester(online.requester)
    this.firstRun.joined()
  }

  async #stop(options: { drainMs?: number }): Promise<void> {
    const { lock, runs, store, ledger, devices, engine, models, pulls, http, catalogue, fit } = this.#parts
    const steps: readonly (() => unknown)[] = [
      () => this.#membership.close(options),
      () => this.#idleMemory.stop(),
      () => this.firstRun.stop(),
      () => this.recovery.stop(),
      () => this.guest.stop(),
      () => this.health.stop(),
      () => {
        for (const unsubscribe of this.#unsubscribe) unsubscribe()
        this.#status.stop()
      },
      () => this.localModels.stop(),
      () => pulls.stop(),
      () => catalogue.stop(),
      () => this.#parts.statementRounds.stop(),
      () => http.close(),
      () => fit.stop(),
      () => models.stop(),
      () => engine.stop(),
      () => devices.stop(),
      () => ledger.close(),
      () => store.close(),
      // A run that damage ended counts as a crash: one that mending does not help must not go round for ever.
      () => (this.recovery.view().damage === null ? runs.end() : undefined),
    ]
    for (const step of steps) {
      try {
        await step()
      } catch (error) {
        // A database that is damaged, say, must not keep the others open.
        this.#logger.error('A part of the node did not stop cleanly', { error })
      }
    }
    lock.release()
  }

  #limitCompute(): void {
    const most = this.guest.view().quiet ? QUIET_SHARE : 1
    this.#parts.engine.limitCompute(Math.min(most, this.settings.get().computeSharePercent / 100))
  }
}
