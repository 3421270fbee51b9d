import { createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { EarningsView } from '../protocol/earnings-views.ts'
import { DriadError } from '../protocol/errors.ts'
import type { PeerDetailView, ReachabilityView } from '../protocol/network-views.ts'
import type { NodePhase, NodeStatusView, NodeTrouble, ThroughputPoint } from '../protocol/views.ts'
import type { DataFolder } from './data-folder.ts'
import { Diagnostics } from './diagnostics/diagnostics.ts'
import { catalogueNames, type DiagnosticsSources } from './diagnostics/sources.ts'
import { earningsView } from './earnings/earnings-view.ts'
import { exposureBounds } from './exposure/exposure-settings.ts'
import { FirstRun } from './first-run/first-run.ts'
import { backupView } from './first-run/first-run-view.ts'
import { SelfTest } from './first-run/self-test.ts'
import type { SignalReaders } from './guest/contract.ts'
import { Guest } from './guest/guest.ts'
import { systemReaders } from './guest/signals/system-readers.ts'
import { Health } from './health/health.ts'
import type { HttpRoute } from './http/contract.ts'
import { OutboundHttp } from './http/outbound-http.ts'
import type { Identity } from './identity/contract.ts'
import type { IdentityVault } from './identity/identity-file.ts'
import { loadOrCreateIdentity } from './identity/load-identity.ts'
import type { ChildLauncher } from './inference/contract.ts'
import type { DeviceChoice } from './inference/devices/choose-devices.ts'
import { gpusInUse } from './inference/devices/gpus-in-use.ts'
import { type Devices, openDevices } from './inference/devices/open-devices.ts'
import { createInferenceSupervisor, type InferenceSupervisor } from './inference/supervisor.ts'
import type { Ledger } from './ledger/contract.ts'
import { exportLedger, type LedgerExportFormat } from './ledger/export-ledger.ts'
import { openLedger } from './ledger/open-ledger.ts'
import { StatementFolder } from './ledger/statements/statement-folder.ts'
import { StatementRounds } from './ledger/statements/statement-rounds.ts'
import { Statements } from './ledger/statements/statements.ts'
import type { Logger, LogHistory } from './logs/contract.ts'
import { type Announced, announceCanonical } from './models/catalogue/announced-models.ts'
import { type CatalogueKeeper, openCatalogue } from './models/catalogue/catalogue-keeper.ts'
import { catalogueCandidates, referenceSpeeds } from './models/fit/candidates.ts'
import { ModelFit } from './models/fit/model-fit.ts'
import { catalogueMatcher } from './models/local/catalogue-matcher.ts'
import { type LocalModels, openLocalModels } from './models/local/local-models.ts'
import type { Pulls } from './models/pull/contract.ts'
import { pullableVariant } from './models/pull/pull-request.ts'
import { openPulls } from './models/pull/pulls.ts'
import { type ModelRegistry, openModelRegistry } from './models/registry.ts'
import { Money } from './money.ts'
import type { NetworkView } from './network/contract.ts'
import { PeerRecords } from './network/peer-records.ts'
import { NodeTasks } from './node-tasks.ts'
import { describeNode, goOnline, type OnlineServices } from './online-services.ts'
import { peerDetail } from './peer-detail.ts'
import { openRecoveredStore } from './recovery/open-recovered-store.ts'
import { Recovery } from './recovery/recovery.ts'
import { RunRecord, type RunStart } from './recovery/run-record.ts'
import { followSettings } from './settings/follow-settings.ts'
import { isSettingKey, type SettingKey } from './settings/schema.ts'
import { openSecrets } from './settings/secrets.ts'
import { openSettings, type Settings } from './settings/settings.ts'
import type { Store } from './store/contract.ts'
import { type FolderLock, takeFolderLock } from './store/folder-lock.ts'
import { createTaskService, type TaskService } from './tasks/task-service.ts'
import { TestHistory } from './test-history.ts'
import { TestRuns } from './test-runs.ts'
import { type NodeTools, openNodeTools } from './tools/node-tools.ts'
import { runWorkflow } from './workflow/run-workflow.ts'

/** How often at most those who watch the status are told of new figures. */
const STATUS_INTERVAL_MS = 50
/** Share of the time that models compute in quiet mode. */
const QUIET_SHARE = 0.25

export interface ComputeNodeConfig {
  readonly folder: DataFolder
  /** The demo model's file; hosts keep it in different places. The catalogue of models is beside it. */
  readonly builtInModelPath: string
  /** For this run only, instead of what the settings say. */
  readonly overrides?: {
    readonly network?: string | undefined
    readonly listen?: readonly string[] | undefined
    readonly bootstrap?: readonly string[] | undefined
    readonly mdns?: boolean | undefined
    readonly relay?: boolean | undefined
    readonly announce?: readonly string[] | undefined
    readonly upnp?: boolean | undefined
    readonly networkKeyFile?: string | undefined
    readonly devices?: DeviceChoice | undefined
  }
  /** Served in this run besides the folder's own models. */
  readonly models?: readonly { readonly path: string; readonly name?: string }[]
  /** Helps others to find each other and serves no models: there is no inference process. */
  readonly bootstrapOnly?: boolean
  /** Whether the node comes up without its work: after crashes (where absent), always, or never. */
  readonly safeMode?: 'auto' | 'on' | 'off'
}

export interface ComputeNodeDeps {
  readonly logger: Logger
  readonly history: LogHistory
  readonly launchInference: ChildLauncher
  readonly vault?: IdentityVault
  /** Where the system has a proxy of its own: what it says of an address, such as `PROXY host:port; DIRECT`. */
  readonly resolveSystemProxy?: (url: string) => Promise<string>
  /** What the host knows of the computer, in the place of what Node.js finds out by itself. */
  readonly signalReaders?: SignalReaders
}

/** What an open node holds, in the order in which it was opened. */
interface Parts {
  readonly lock: FolderLock
  readonly store: Store
  readonly settings: Settings
  readonly identity: Identity
  readonly ledger: Ledger
  readonly devices: Devices
  readonly engine: InferenceSupervisor
  readonly models: ModelRegistry
  readonly localModels: LocalModels
  readonly http: OutboundHttp
  readonly pulls: Pulls
  readonly catalogue: CatalogueKeeper
  readonly announced: Announced
  readonly fit: ModelFit
  readonly tools: NodeTools
  readonly tasks: TaskService
  readonly statements: Statements
  readonly statementRounds: StatementRounds
  readonly runs: RunRecord
  readonly runStart: RunStart
}

/**
 * Opens a data folder as a node: takes its lock, mends and opens its store, makes its identity if it has none. Nothing runs yet.
 * Throws `data_folder_in_use`, `store_newer`, `identity_invalid`, `disk_full`; nothing is left open then.
 */
export async function createComputeNode(
  config: ComputeNodeConfig,
  deps: ComputeNodeDeps,
): Promise<ComputeNode> {
  const { folder } = config
  const { logger } = deps
  const lock = takeFolderLock(folder.nodeLockPath)
  let store: Store | undefined
  const runs = new RunRecord({
    path: folder.runsPath,
    logsFolder: folder.logsFolder,
    safeMode: config.safeMode ?? 'auto',
  })
  // Told of once there is a node to tell.
  const damage = Promise.withResolvers<DriadError>()
  try {
    const runStart = runs.begin()
    const identity = await loadOrCreateIdentity({
      dir: folder.path,
      logger,
      ...(deps.vault !== undefined && { vault: deps.vault }),
    })
    store = await openRecoveredStore({ folder, identity, logger, runs, runStart, onDamage: damage.resolve })
    const settings = openSettings({ store, logger })
    const ledger = openLedger({
      store,
      anchorPath: folder.ledgerAnchorPath,
      publicKey: identity.publicKey,
      logger,
    })
    const inference = { launch: deps.launchInference, logger: logger.scope('inference') }
    const devices = openDevices(
      { ...inference, store, settings },
      { choice: config.overrides?.devices, trialModelPath: config.builtInModelPath },
    )
    const engine = createInferenceSupervisor({ ...inference, devices })
    const { resolveSystemProxy } = deps
    const http = new OutboundHttp({
      settings,
      ...(resolveSystemProxy !== undefined && { resolveSystemProxy }),
    })
    const catalogue = openCatalogue(
      { settings, route: http, logger: logger.scope('catalogue') },
      {
        builtInPath: join(dirname(config.builtInModelPath), 'catalogue.json'),
        keptPath: folder.cataloguePath,
      },
    )
    const models = openModelRegistry(
      { store, engine, settings, logger: logger.scope('models') },
      {
        builtInPath: config.builtInModelPath,
        extra: config.models ?? [],
        references: () => catalogue.current().referenceMachines,
        gpus: () => gpusInUse(devices.view()),
      },
    )
    const localModels = openLocalModels(
      { store, models, settings, logger: logger.scope('models') },
      { modelsFolder: folder.modelsFolder, matcher: catalogueMatcher(() => catalogue.current()) },
    )
    const pulls = openPulls(
      {
        store,
        settings,
        secrets: openSecrets({ store, identity, logger }),
        route: http,
        logger: logger.scope('pulls'),
        onModel: async (model) => {
          const there = models.list().find(({ name }) => name === model.name)
          if (there === undefined || there.path === model.path) await models.add(model)
          else await models.moveTo(model.name, model.path)
        },
        findVariant: (name) => pullableVariant(catalogue.current(), name),
      },
      { modelsFolder: folder.modelsFolder, take: 'all' },
    )
    const announced = announceCanonical({ models, engine: models.engine, catalogue })
    const fit = new ModelFit(
      { store, engine, models, settings, logger: logger.scope('fit') },
      {
        folder: folder.path,
        gpus: () => gpusInUse(devices.view()),
        candidates: () => catalogueCandidates(catalogue.current()),
        references: (gpus) => referenceSpeeds(catalogue.current().referenceMachines, gpus),
      },
    )
    const tools = openNodeTools({ settings, store, identity, logger: logger.scope('tools') })
    const tasks = createTaskService(
      {
        store,
        identity,
        ...announced,
        ledger,
        runWorkflow,
        toolBox: tools.box,
        logger,
      },
      { exposure: () => exposureBounds(settings.get()) },
    )
    const statements = new Statements({ store, identity, payoutAddress: () => settings.get().payoutAddress })
    const statementRounds = new StatementRounds({
      statements,
      adapter: new StatementFolder(folder.statementsFolder),
      days: () => settings.get().statementDays,
      logger: logger.scope('ledger'),
    })
    const node = new ComputeNode(config, deps, {
      runs,
      runStart,
      lock,
      store,
      settings,
      identity,
      ledger,
      devices,
      engine,
      models,
      localModels,
      http,
      pulls,
      catalogue,
      announced,
      fit,
      tools,
      tasks,
      statements,
      statementRounds,
    })
    void damage.promise.then((error) => node.recovery.damaged(error))
    return node
  } catch (error) {
    await store?.close()
    // What the program knows to refuse is no crash; what surprises it is.
    if (DriadError.from(error).code === 'internal') runs.fatal(error)
    else runs.end()
    lock.release()
    throw error
  }
}

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
  readonly #parts: Parts
  readonly #testRuns: TestRuns
  readonly #listeners = new Set<() => void>()
  readonly #unsubscribe: (() => void)[]
  #changedTimer: NodeJS.Timeout | undefined
  #online: OnlineServices | undefined
  #transition: Promise<void> | undefined
  #phase: 'offline' | 'joining' | 'online' | 'leaving' = 'offline'
  #failure: DriadError | undefined
  #onlineSinceMs: number | undefined
  #stopped: Promise<void> | undefined

  constructor(config: ComputeNodeConfig, deps: ComputeNodeDeps, parts: Parts) {
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
    this.#logger = deps.logger.scope('node')
    this.#parts = parts
    const requester = () => this.#online?.requester
    this.tasks = new NodeTasks({ store: parts.store, tasks: parts.tasks, requester })
    const { store, tasks, statements } = parts
    this.money = new Money({ store, tasks, statements })
    this.testHistory = new TestHistory({ store: parts.store })
    this.peerRecords = new PeerRecords({ store: parts.store })
    this.#testRuns = new TestRuns({
      tasks: parts.tasks,
      models: parts.announced.models,
      online: () => this.#online,
      history: this.testHistory,
      logger: this.#logger,
    })
    const readers = this.#signalReaders(deps.signalReaders)
    this.guest = this.#openGuest(readers)
    this.recovery = this.#openRecovery(readers)
    this.health = this.#openHealth()
    this.diagnostics = new Diagnostics(() => this.#diagnosticsSources())
    this.firstRun = this.#openFirstRun(deps.vault)
    const changed = () => this.#changedSoon()
    this.#unsubscribe = [
      followSettings(parts.store, parts.settings),
      parts.settings.onChange(() => this.#limitCompute()),
      parts.tasks.onStats(changed),
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

  /** Goes on the network; returns at once where it is there already. Throws `port_in_use`, `bad_setting`, `stopping`. */
  async join(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#transition?.catch(() => undefined)
    options.signal?.throwIfAborted()
    if (this.#stopped !== undefined) throw new DriadError('stopping', 'Driad is being closed')
    if (this.recovery.safeMode !== undefined)
      throw new DriadError('safe_mode', 'Driad is in safe mode. Start it normally first')
    if (this.#phase === 'online') return
    await this.#enter(this.#join())
  }

  /** Ends safe mode: starts what it left out, and joins where that is wished. Does nothing outside of it. */
  async startNormally(): Promise<void> {
    if (this.recovery.safeMode === undefined) return
    this.recovery.leaveSafeMode()
    this.#changed()
    await this.start()
    if (this.settings.get().joinOnStart) await this.join()
  }

  /** Leaves the network: running tasks end first, for at most `drainMs`; what is left is taken up at the next join. */
  async leave(options: { drainMs?: number } = {}): Promise<void> {
    await this.#transition?.catch(() => undefined)
    if (this.#phase !== 'online') return
    await this.#enter(this.#leave(options.drainMs))
  }

  /** Leaves, unloads, closes. Safe twice. */
  stop(options: { drainMs?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(options.drainMs)
    return this.#stopped
  }

  status(): NodeStatusView {
    const { tasks, engine, models, identity } = this.#parts
    const stats = tasks.stats()
    const today = this.ledger.byDay(1).at(-1)
    const ready = models.served()
    const trouble = this.#trouble()
    const reason = this.#reason(trouble)
    const clockWarning = this.#online?.host.clockWarning()
    return {
      phase: this.#visiblePhase(),
      ...(reason !== undefined && { reason }),
      ...(trouble !== undefined && { trouble }),
      ...(this.#failure !== undefined && {
        error: { code: this.#failure.code, message: this.#failure.message },
      }),
      network: this.#network(),
      peerId: identity.peerId,
      addresses: this.#online?.host.addresses() ?? [],
      peers: this.#online?.host.peers().length ?? 0,
      ...(clockWarning !== undefined && { clockWarning }),
      ...(this.#onlineSinceMs !== undefined && { onlineSinceMs: this.#onlineSinceMs }),
      slots: ready.reduce((sum, model) => sum + model.slots, 0),
      running: stats.running,
      queued: stats.queued,
      tokensPerSecond: stats.tokensPerSecond,
      earnedTodayMicro: String(today?.creditMicro ?? 0n),
      pendingMicro: String(tasks.receivables().pendingMicro),
      tasksToday: stats.tasksToday,
      inference: engine.state(),
      guest: this.guest.view(),
    }
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
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  throughput(): readonly ThroughputPoint[] {
    return this.#parts.tasks.throughput()
  }

  addresses(): readonly string[] {
    return this.#online?.host.addresses() ?? []
  }

  /** From where others reach this node. Undefined while it is off the network. */
  reachability(): ReachabilityView | undefined {
    return this.#online?.host.reachability()
  }

  /** What can be seen of the network. Undefined while this node is off it. */
  network(): NetworkView | undefined {
    return this.#online?.host.figures
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

  async #enter(transition: Promise<void>): Promise<void> {
    this.#transition = transition
    try {
      await transition
    } finally {
      if (this.#transition === transition) this.#transition = undefined
      this.#changed()
    }
  }

  async #join(): Promise<void> {
    const { overrides = {} } = this.#config
    const settings = this.settings.get()
    this.#setPhase('joining')
    try {
      this.#online = await goOnline(this.#onlineParts(), {
        network: this.#network(),
        listen: overrides.listen ?? settings.listen,
        bootstrap: overrides.bootstrap ?? settings.bootstrap,
        mdns: overrides.mdns ?? true,
        dht: true,
        verification: { rate: settings.verifyShare, onNodes: settings.verifyOnNodes },
        relay: this.#config.bootstrapOnly === true || (overrides.relay ?? settings.relay),
        announce: overrides.announce ?? settings.announce,
        upnp: overrides.upnp ?? settings.upnp,
        networkKeyFile: this.#networkKeyFile(),
        runningNodePath: this.#config.folder.runningNodePath,
        reachabilityPath: this.#config.folder.reachabilityPath,
        keptPortsPath: this.#config.folder.keptPortsPath,
      })
    } catch (cause) {
      this.#failure = DriadError.from(cause)
      this.#setPhase('offline')
      throw this.#failure
    }
    this.#unsubscribe.push(this.#online.host.onPeersChanged(() => this.#changedSoon()))
    this.tasks.followRequester(this.#online.requester)
    this.#failure = undefined
    this.#onlineSinceMs = Date.now()
    this.#setPhase('online')
    this.firstRun.joined()
    this.#logger.info('Joined the network', { network: this.#network(), addresses: this.addresses() })
  }

  async #leave(drainMs: number | undefined): Promise<void> {
    this.#setPhase('leaving')
    try {
      await this.#online?.close(drainMs === undefined ? {} : { drainMs })
    } finally {
      this.#online = undefined
      this.#onlineSinceMs = undefined
      this.#setPhase('offline')
      this.#logger.info('Left the network')
    }
  }

  async #stop(drainMs: number | undefined): Promise<void> {
    const { lock, runs, store, ledger, devices, engine, models, pulls, http, catalogue, fit } = this.#parts
    const steps: readonly (() => unknown)[] = [
      () => this.leave(drainMs === undefined ? {} : { drainMs }),
      () => this.firstRun.stop(),
      () => this.recovery.stop(),
      () => this.guest.stop(),
      () => this.health.stop(),
      () => {
        for (const unsubscribe of this.#unsubscribe) unsubscribe()
        clearTimeout(this.#changedTimer)
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

  #openRecovery(readers: SignalReaders): Recovery {
    const { runs, runStart, identity } = this.#parts
    return new Recovery({
      folder: this.#config.folder,
      publicKey: identity.publicKey,
      runs,
      safeMode: runStart.safeMode,
      logger: this.#logger.scope('recovery'),
      busy: async () => {
        const isPaused = this.guest.view().pause?.reasons.some(({ code }) => code !== 'operator') === true
        if (isPaused) return 'paused'
        const power = await readers.power?.()
        return power?.onBattery === true ? 'battery' : undefined
      },
      // What it earns from now on could not be kept.
      onDamage: () => {
        this.leave({ drainMs: 0 }).catch((error: unknown) =>
          this.#logger.error('Leaving the network failed', { error }),
        )
      },
    })
  }

  #signalReaders(readers: SignalReaders | undefined): SignalReaders {
    const { engine } = this.#parts
    const ownPids = () => {
      const { pid } = engine.state()
      return pid === undefined ? [process.pid] : [process.pid, pid]
    }
    return { ...systemReaders({ ownPids }), ...readers }
  }

  #openGuest(readers: SignalReaders): Guest {
    const { settings, tasks } = this.#parts
    return new Guest(
      {
        settings,
        readers,
        logger: this.#logger,
      },
      {
        onPaused: (paused) => (paused ? tasks.pause() : tasks.resume()),
        onChange: () => {
          this.#limitCompute()
          this.#changed()
        },
      },
    )
  }

  #openHealth(): Health {
    const { store, settings, identity, models, localModels, pulls, devices, engine, catalogue } = this.#parts
    return new Health({
      folder: this.#config.folder,
      store,
      models,
      localModels,
      pulls,
      devices,
      isPullable: (name) => pullableVariant(catalogue.current(), name) !== undefined,
      live: () => {
        const reachability = this.reachability()
        return {
          status: {
            phase: this.#visiblePhase(),
            peers: this.#online?.host.peers().length ?? 0,
            ...(this.#failure !== undefined && { error: this.#failure }),
          },
          ...(reachability !== undefined && { reachability }),
          inference: engine.state(),
          exits: engine.exits(),
          isBackedUp:
            backupView({ backup: settings.get().identityBackup, peerId: identity.peerId }).state === 'done',
        }
      },
      onLive: (listener) => {
        const stops = [this.onStatus(listener), settings.onChange(listener)]
        return () => {
          for (const stop of stops) stop()
        }
      },
      join: () => this.join(),
      leave: () => this.leave(),
      restartInference: () => this.restartInference(),
      logger: this.#logger.scope('health'),
    })
  }

  #diagnosticsSources(): DiagnosticsSources {
    const { store, settings, identity, devices, models, engine, catalogue } = this.#parts
    const reachability = this.reachability()
    const network = this.network()
    return {
      folder: this.#config.folder,
      store,
      settings: settings.get(),
      identity,
      secrets: openSecrets({ store, identity, logger: this.#logger }),
      health: this.health.view(),
      devices: devices.view(),
      models: models.list(),
      status: this.status(),
      inference: engine.state(),
      exits: engine.exits(),
      publicNames: catalogueNames(catalogue.current()),
      ...(reachability !== undefined && { reachability }),
      ...(network !== undefined && { network }),
    }
  }

  #openFirstRun(vault: IdentityVault | undefined): FirstRun {
    const { announced, tasks, identity } = this.#parts
    const logger = this.#logger.scope('first-run')
    return new FirstRun({
      ...this.#parts,
      folder: this.#config.folder,
      ...(vault !== undefined && { vault }),
      phase: () => this.#visiblePhase(),
      join: (options) => this.join(options),
      openSelfTest: (onChange) =>
        new SelfTest(
          {
            identity,
            tasks,
            models: announced.models,
            loopback: () => ({
              networkName: this.#network(),
              networkKeyFile: this.#networkKeyFile(),
              addresses: this.addresses(),
              describe: () => describeNode(this.#onlineParts(), this.#network()),
            }),
            reach: () => this.reachability()?.level,
            logger,
          },
          onChange,
        ),
      logger,
    })
  }

  #limitCompute(): void {
    const most = this.guest.view().quiet ? QUIET_SHARE : 1
    this.#parts.engine.limitCompute(Math.min(most, this.settings.get().computeSharePercent / 100))
  }

  #network(): string {
    return this.#config.overrides?.network ?? this.settings.get().network
  }

  #networkKeyFile(): string {
    return this.#config.overrides?.networkKeyFile ?? this.settings.get().networkKeyFile
  }

  #onlineParts() {
    return { ...this.#parts, ...this.#parts.announced, logger: this.#logger }
  }

  #visiblePhase(): NodePhase {
    if (this.#phase === 'offline' && this.#failure !== undefined) return 'failed'
    if (this.#phase === 'online' && this.#parts.tasks.paused) return 'paused'
    return this.#phase
  }

  #trouble(): NodeTrouble | undefined {
    if (this.#phase !== 'online') return undefined
    if (this.#config.bootstrapOnly === true) return { code: 'bootstrap_only' }
    // What it broke of says more.
    if (this.#parts.engine.state().state === 'broken') return undefined
    const { state, causes = [], reason: why = '' } = this.devices.view().use
    if (state === 'suspended' || state === 'fallback') return { code: state, causes, why }
    if (this.#parts.models.served().length > 0) return undefined
    const loading = this.models.list().find((model) => model.state === 'loading')
    return loading === undefined ? { code: 'no_model' } : { code: 'loading', model: loading.name }
  }

  #reason(trouble: NodeTrouble | undefined): string | undefined {
    if (this.recovery.safeMode !== undefined) return 'It is in safe mode'
    if (this.#phase !== 'online') return this.#failure?.message
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
        const { state, reason = 'Inference keeps failing' } = this.#parts.engine.state()
        return state === 'broken' ? reason : undefined
      }
    }
  }

  #setPhase(phase: 'offline' | 'joining' | 'online' | 'leaving'): void {
    this.#phase = phase
    this.#changed()
  }

  /** A task changes the figures a dozen times, and a status costs as much as all else that a short task needs here. */
  #changedSoon(): void {
    this.#changedTimer ??= setTimeout(() => this.#changed(), STATUS_INTERVAL_MS)
  }

  #changed(): void {
    clearTimeout(this.#changedTimer)
    this.#changedTimer = undefined
    for (const listener of this.#listeners) listener()
  }
}
