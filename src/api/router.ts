import { appRouter } from './routers/app.ts'
import { benchmarksRouter } from './routers/benchmarks.ts'
import { catalogueRouter } from './routers/catalogue.ts'
import { devicesRouter } from './routers/devices.ts'
import { diagnosticsRouter } from './routers/diagnostics.ts'
import { earningsRouter } from './routers/earnings.ts'
import { firstRunRouter } from './routers/first-run.ts'
import { fitRouter } from './routers/fit.ts'
import { healthRouter } from './routers/health.ts'
import { localModelsRouter } from './routers/local-models.ts'
import { logsRouter } from './routers/logs.ts'
import { modelsRouter } from './routers/models.ts'
import { networkRouter } from './routers/network.ts'
import { nodeRouter } from './routers/node.ts'
import { peersRouter } from './routers/peers.ts'
import { pullsRouter } from './routers/pulls.ts'
import { recoveryRouter } from './routers/recovery.ts'
import { settingsRouter } from './routers/settings.ts'
import { tasksRouter } from './routers/tasks.ts'
import { testRouter } from './routers/test.ts'
import { toolsRouter } from './routers/tools.ts'
import { updatesRouter } from './routers/updates.ts'
import { router } from './trpc.ts'

/** Everything that the window can ask of the node. */
export const apiRouter = router({
  node: nodeRouter,
  health: healthRouter,
  diagnostics: diagnosticsRouter,
  network: networkRouter,
  models: modelsRouter,
  benchmarks: benchmarksRouter,
  devices: devicesRouter,
  localModels: localModelsRouter,
  peers: peersRouter,
  pulls: pullsRouter,
  catalogue: catalogueRouter,
  fit: fitRouter,
  tasks: tasksRouter,
  earnings: earningsRouter,
  logs: logsRouter,
  test: testRouter,
  settings: settingsRouter,
  recovery: recoveryRouter,
  tools: toolsRouter,
  updates: updatesRouter,
  firstRun: firstRunRouter,
  app: appRouter,
})

export type AppRouter = typeof apiRouter
