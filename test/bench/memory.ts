import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { forkInferenceChild } from '../../src/node/inference/fork-child.ts'
import { createInferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { openModelRegistry } from '../../src/node/models/registry.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { demoModelPath } from '../helpers/models.ts'

const entry = fileURLToPath(new URL('../../out/main/inference-child.js', import.meta.url))
const program = fileURLToPath(new URL('../helpers/make-gguf.program.ts', import.meta.url))
const MODELS = 20
/** For what is given back a moment later: the replacement of a child, say. */
const SETTLE_MS = 2_500
/** Of the memory at the start, by how much it may be more after an unload. */
export const PROMISED_SHARE = 1.05

export interface MemoryRound {
  readonly model: string
  readonly loadedBytes: number
  /** Of the node and its child together. */
  readonly afterBytes: number
  readonly childBytes: number
}

/**
 * Loads models of five architectures one after the other, works with each, and unloads it. Resident memory in bytes, of
 * this process (as the node) and the inference child together.
 */
export async function benchMemory(
  folder: string,
): Promise<{ startBytes: number; rounds: readonly MemoryRound[]; replaced: number }> {
  const shapes = ['30m', 'window', 'recurrent', 'hybrid', 'experts', '135m'] as const
  const paths: string[] = []
  for (const shape of shapes) {
    const path = join(folder, `${shape}.gguf`)
    makeInOtherProcess(path, shape)
    paths.push(path)
  }
  const logs = createLogger({ level: 'error' })
  const { logger } = logs
  const store = openStore({ path: join(folder, 'memory.db') })
  const settings = openSettings({ store })
  await settings.set({ memoryBudgetBytes: 2_000_000_000, slots: 2 })
  const engine = createInferenceSupervisor({ launch: forkInferenceChild({ entry, logger }), logger })
  const models = openModelRegistry(
    { store, engine, settings, logger },
    { builtInPath: demoModelPath, residency: { minResidenceMs: 0 } },
  )
  let replaced = 0
  let pid: number | undefined
  const unsubscribe = engine.onState(() => {
    const now = engine.state().pid
    if (now === undefined || now === pid) return
    if (pid !== undefined) replaced++
    pid = now
  })
  const ready = async () => {
    while (engine.state().state !== 'ready') await sleep(20)
  }
  try {
    engine.start()
    await models.unload('demo')
    await models.start()
    await ready()
    await sleep(SETTLE_MS)
    const startBytes = residentBytes(pid)
    const rounds: MemoryRound[] = []
    for (let round = 0; round < MODELS; round++) {
      const path = paths[round % paths.length] ?? demoModelPath
      const name = `model-${round}`
      await models.add({ path, name })
      await models.load(name)
      const request = { model: name, messages: [{ role: 'user', content: 'Hello' }] as const, maxTokens: 24 }
      await models.engine.generate(request)
      await models.engine.generate({
        ...request,
        schema: { type: 'array', items: { type: 'integer' }, maxItems: 2 },
      })
      const loadedBytes = residentBytes(pid)
      await models.unload(name)
      await sleep(SETTLE_MS)
      await ready()
      rounds.push({
        model: shapes[round % shapes.length] ?? '',
        loadedBytes,
        afterBytes: residentBytes(pid),
        childBytes: residentBytes(pid) - residentBytes(undefined),
      })
    }
    return { startBytes, rounds, replaced }
  } finally {
    unsubscribe()
    await models.stop()
    await engine.stop()
    await store.close()
    await logs.close()
  }
}

/** What making it takes would otherwise be counted as the node's memory at the start. */
function makeInOtherProcess(path: string, shape: string): void {
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
  execFileSync(process.execPath, [...flags, program, path, shape, 'q8_0'], { stdio: 'ignore' })
}

function residentBytes(child: number | undefined): number {
  const own = process.memoryUsage.rss()
  if (child === undefined) return own
  const status = readFileSync(`/proc/${child}/status`, 'utf8')
  return own + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
}
