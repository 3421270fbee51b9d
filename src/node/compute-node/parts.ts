import { dirname, join } from 'node:path'
import { exposureBounds } from '../exposure/exposure-settings.ts'
import { OutboundHttp } from '../http/outbound-http.ts'
import type { Identity } from '../identity/contract.ts'
import { gpusInUse } from '../inference/devices/gpus-in-use.ts'
import { type Devices, openDevices } from '../inference/devices/open-devices.ts'
import { createInferenceSupervisor, type InferenceSupervisor } from '../inference/supervisor.ts'
import type { Ledger } from '../ledger/contract.ts'
import { openLedger } from '../ledger/open-ledger.ts'
import { StatementFolder } from '../ledger/statements/statement-folder.ts'
import { StatementRounds } from '../ledger/statements/statement-rounds.ts'
import { Statements } from '../ledger/statements/statements.ts'
import { type Announced, announceCanonical } from '../models/catalogue/announced-models.ts'
import { type CatalogueKeeper, openCatalogue } from '../models/catalogue/catalogue-keeper.ts'
import { catalogueCandidates, referenceSpeeds } from '../models/fit/candidates.ts'
import { ModelFit } from '../models/fit/model-fit.ts'
import { catalogueMatcher } from '../models/local/catalogue-matcher.ts'
import { type LocalModels, openLocalModels } from '../models/local/local-models.ts'
import type { Pulls } from '../models/pull/contract.ts'
import { pullableVariant } from '../models/pull/pull-request.ts'
import { openPulls } from '../models/pull/pulls.ts'
import { type ModelRegistry, openModelRegistry } from '../models/registry.ts'
import type { RunRecord, RunStart } from '../recovery/run-record.ts'
import { openSecrets } from '../settings/secrets.ts'
import { openSettings, type Settings } from '../settings/settings.ts'
import type { Store } from '../store/contract.ts'
import type { FolderLock } from '../store/folder-lock.ts'
import { createTaskService, type TaskService } from '../tasks/task-service.ts'
import { type NodeTools, openNodeTools } from '../tools/node-tools.ts'
import { runWorkflow } from '../workflow/run-workflow.ts'
import type { ComputeNodeConfig, ComputeNodeDeps } from './config.ts'

/** What an open node holds, in the order in which it was opened. */
export interface NodeParts {
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

/** The parts that have to be there before the others. */
export type FirstParts = Pick<NodeParts, 'lock' | 'store' | 'identity' | 'runs' | 'runStart'>

/** Opens all that a node is made of. Nothing runs yet. */
export function openParts(config: ComputeNodeConfig, deps: ComputeNodeDeps, first: FirstParts): NodeParts {
  const { folder } = config
  const { logger } = deps
  const { store, identity } = first
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
  return {
    ...first,
    settings,
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
  }
}
