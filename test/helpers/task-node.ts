import { copyFileSync, existsSync } from 'node:fs'
import type { ExposureBounds } from '../../src/node/exposure/exposure-rule.ts'
import type { Identity } from '../../src/node/identity/contract.ts'
import { createEphemeralIdentity, createEphemeralKey } from '../../src/node/identity/identity.ts'
import type { InferenceEngine } from '../../src/node/inference/contract.ts'
import type { Ledger } from '../../src/node/ledger/contract.ts'
import { openLedger } from '../../src/node/ledger/open-ledger.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { MailLimits } from '../../src/node/mailbox/limits.ts'
import type { NetworkHost } from '../../src/node/network/contract.ts'
import { createNetworkHost } from '../../src/node/network/create-host.ts'
import type { Store } from '../../src/node/store/contract.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import type { ModelSource, ServedModel } from '../../src/node/tasks/contract.ts'
import type { TaskLimits } from '../../src/node/tasks/limits.ts'
import { createTaskService, type TaskService } from '../../src/node/tasks/task-service.ts'
import type { ToolBox } from '../../src/node/tools/contract.ts'
import { noTools } from '../../src/node/tools/no-tools.ts'
import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { tempFolder } from './temp-folder.ts'

/** Models as the registry would tell of them; the test takes them away and brings them back. */
export class TestModels implements ModelSource {
  readonly #models = new Map<string, ServedModel>()
  readonly #expected = new Set<string>()
  readonly #listeners = new Set<() => void>()

  serve(model: Partial<ServedModel> & { name: string }): void {
    this.#models.set(model.name, {
      digest: new Uint8Array(32).fill(9),
      contextSize: 512,
      slots: 4,
      tokensPerSecond: 100,
      price: { promptMicroPer1k: 1_000n, completionMicroPer1k: 2_000n },
      ...model,
    })
    this.#expected.add(model.name)
    this.#tell()
  }

  /** It is not there now, as while the inference process starts again. */
  suspend(name: string): void {
    this.#models.delete(name)
    this.#tell()
  }

  remove(name: string): void {
    this.#expected.delete(name)
    this.suspend(name)
  }

  served(): readonly ServedModel[] {
    return [...this.#models.values()]
  }

  get(name: string): ServedModel | undefined {
    return this.#models.get(name)
  }

  expected(name: string): boolean {
    return this.#expected.has(name)
  }

  whyNot(): undefined {
    return undefined
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

export interface TaskNodeInit {
  readonly engine: Pick<InferenceEngine, 'generate' | 'embed' | 'score'>
  readonly toolBox?: ToolBox
  readonly networkName: string
  readonly models?: ModelSource
  readonly identity?: Identity
  readonly limits?: Partial<TaskLimits>
  readonly exposure?: ExposureBounds
  readonly mailLimits?: Partial<MailLimits>
  /** A database to go on with. It is used up. */
  readonly from?: Leftovers
  /** Addresses of peers that it knows. */
  readonly bootstrap?: readonly string[]
}

/** The database of a node as it was at some moment, in a folder of its own. */
export interface Leftovers {
  readonly path: string
  [Symbol.dispose](): void
}

/** A node's task service on a real store, ledger and libp2p host on loopback. */
export interface TaskNode extends AsyncDisposable {
  readonly service: TaskService
  readonly network: NetworkHost
  readonly store: Store
  readonly ledger: Ledger
  readonly identity: Identity
  /** Where the test gave no models of its own. */
  readonly models: TestModels
  /** What a killed process leaves: the database as it is on disk now, copied. Pass it as `from`. */
  leftovers(): Leftovers
}

export async function startTaskNode(init: TaskNodeInit): Promise<TaskNode> {
  const folder = tempFolder()
  const path = folder.file('driad.db')
  if (init.from !== undefined) {
    using leftovers = init.from
    copyDatabase(leftovers.path, path)
  }
  const level = process.env['DRIAD_TEST_LOG'] === undefined ? 'error' : 'debug'
  const logs = createLogger({ level, destinations: { stderr: level === 'debug' ? 'pretty' : 'off' } })
  const { logger } = logs
  const identity = init.identity ?? (await createEphemeralIdentity())
  // No checkpoints, so that a copy of the file and its log is what a kill would leave.
  const store = openStore({ path, checkpointIntervalMs: 3_600_000 })
  const ledger = openLedger({
    store,
    anchorPath: folder.file('ledger.anchor'),
    publicKey: identity.publicKey,
  })
  const models = new TestModels()
  if (init.models === undefined) models.serve({ name: 'demo' })
  const network = await createNetworkHost({
    privateKey: identity.privateKey,
    networkName: init.networkName,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: init.bootstrap ?? [],
    mdns: false,
    dht: false,
    logger: logger.scope('network'),
  })
  await network.start()
  const service = createTaskService(
    {
      store,
      identity,
      ledger,
      logger,
      toolBox: init.toolBox ?? noTools,
      runWorkflow,
      engine: init.engine,
      models: init.models ?? models,
    },
    {
      ...(init.limits !== undefined && { limits: init.limits }),
      ...(init.exposure !== undefined && { exposure: () => init.exposure as ExposureBounds }),
      ...(init.mailLimits !== undefined && { mailLimits: init.mailLimits }),
    },
  )
  await service.start(network)
  return {
    service,
    network,
    store,
    ledger,
    identity,
    models,
    leftovers: () => {
      const copy = tempFolder()
      const to = copy.file('driad.db')
      copyDatabase(path, to)
      return { path: to, [Symbol.dispose]: () => copy[Symbol.dispose]() }
    },
    [Symbol.asyncDispose]: async () => {
      await service.stop({ drainMs: 0 })
      await network.stop()
      await ledger.close()
      await store.close()
      await logs.close()
      folder[Symbol.dispose]()
    },
  }
}

function copyDatabase(from: string, to: string): void {
  copyFileSync(from, to)
  if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${to}-wal`)
}

/** Another transport for a service that left its first one. */
export async function createTestHost(
  networkName: string,
): Promise<{ readonly network: NetworkHost } & AsyncDisposable> {
  const logs = createLogger({ level: 'error' })
  const network = await createNetworkHost({
    privateKey: await createEphemeralKey(),
    networkName,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [],
    mdns: false,
    dht: false,
    logger: logs.logger,
  })
  await network.start()
  return {
    network,
    [Symbol.asyncDispose]: async () => {
      await network.stop()
      await logs.close()
    },
  }
}
