import { OutboundHttp } from '../../src/node/http/outbound-http.ts'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { ModelRows, noWish } from '../../src/node/models/model-rows.ts'
import type { ArrivedModel, Pulls, PullsInit } from '../../src/node/models/pull/contract.ts'
import type { PullableVariant } from '../../src/node/models/pull/pull-request.ts'
import { openPulls } from '../../src/node/models/pull/pulls.ts'
import { openSecrets } from '../../src/node/settings/secrets.ts'
import { openSettings, type Settings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import type { PullView } from '../../src/protocol/pull-views.ts'
import { recordingLogger } from './recording-logger.ts'

export interface TestQueue extends AsyncDisposable {
  readonly pulls: Pulls
  readonly settings: Settings
  readonly models: ModelRows
  /** Models that came, in order. */
  readonly arrived: ArrivedModel[]
  readonly modelsFolder: string
  /** The download of that name once it satisfies the predicate. */
  until(name: string, predicate: (view: PullView) => boolean): Promise<PullView>
}

export interface TestQueueInit extends Partial<Omit<PullsInit, 'modelsFolder'>> {
  readonly endpoint: string
  readonly findVariant?: (name: string) => PullableVariant | undefined
  readonly start?: boolean
}

const FAST = {
  chunkBytes: 64 * 1024,
  stallMs: 500,
  answerMs: 2000,
  attempts: 3,
  backoffMs: 1,
  maxBackoffMs: 10,
  reserveBytes: 0,
}

/** The queue of a data folder as a node has it, with small chunks and short waits. */
export async function openTestQueue(folder: string, init: TestQueueInit): Promise<TestQueue> {
  const { logger } = recordingLogger()
  const store = openStore({ path: `${folder}/driad.sqlite` })
  const settings = openSettings({ store })
  const route = new OutboundHttp({ settings, environment: {} })
  const models = new ModelRows(store)
  const arrived: ArrivedModel[] = []
  const modelsFolder = `${folder}/models`
  const pulls = openPulls(
    {
      store,
      settings,
      secrets: openSecrets({ store, identity: await createEphemeralIdentity(), logger }),
      route,
      logger,
      onModel: async (model) => {
        arrived.push(model)
        const { name, path, load: enabled } = model
        await models.put({ name, path, enabled, price: undefined, wish: noWish }, Date.now())
      },
      ...(init.findVariant !== undefined && { findVariant: init.findVariant }),
    },
    {
      take: init.take ?? 'all',
      modelsFolder,
      scanMs: init.scanMs ?? 20,
      retryDelaysMs: init.retryDelaysMs ?? [20],
      limits: { ...FAST, ...init.limits },
      environment: { HF_ENDPOINT: init.endpoint, ...init.environment },
    },
  )
  if (init.start !== false) pulls.start()
  return {
    pulls,
    settings,
    models,
    arrived,
    modelsFolder,
    until: (name, predicate) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const view = pulls.list().findLast((each) => each.name === name)
          if (view === undefined || !predicate(view)) return
          settle(() => resolve(view))
        }
        const settle = (act: () => void) => {
          clearTimeout(timer)
          clearInterval(looking)
          unsubscribe()
          act()
        }
        const unsubscribe = pulls.onChange(look)
        const looking = setInterval(look, 10)
        const timer = setTimeout(
          () => settle(() => reject(new Error(`${name}: ${JSON.stringify(pulls.list())}`))),
          20_000,
        )
        look()
      }),
    async [Symbol.asyncDispose]() {
      await pulls.stop()
      await route.close()
      await store.close()
    },
  }
}
