import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { CpuWatch } from '../../src/inference-child/cpu-watch.ts'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import { roomFor } from '../../src/inference-child/thread-choice.ts'
import { demoModelPath } from '../helpers/models.ts'

const cores = availableParallelism()
const burners: ChildProcess[] = []
let engine: LlamaEngine

beforeEach(async () => {
  engine = createLlamaEngine({ log: () => undefined })
  await engine.warmUp()
})
afterEach(async () => {
  for (const burner of burners.splice(0)) burner.kill('SIGKILL')
  await engine.dispose()
})

it.skipIf(cores < 2)(
  'uses no more threads than find a core beside processes that keep the others busy',
  async () => {
    for (let core = 1; core < cores; core++) {
      burners.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
    }
    const watch = new CpuWatch()
    // The engine looks once a second, as this does.
    await vi.waitFor(() => expect(roomFor(cores, watch.sample())).toBe(1), {
      timeout: 30_000,
      interval: 1_000,
    })
    const looked = watch.sample()
    await vi.waitFor(() => expect(watch.sample()).not.toBe(looked), { timeout: 30_000, interval: 1_000 })
    const request = { name: 'demo', path: demoModelPath, slots: 1, gpu: 'off' } as const
    expect((await engine.load(request)).threads).toBe(1)
    // What the operator says counts more.
    expect((await engine.load({ ...request, threads: 2 })).threads).toBe(2)
  },
)
