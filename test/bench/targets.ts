import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createLlamaEngine } from '../../src/inference-child/llama-engine.ts'
import type { InferenceEngine } from '../../src/node/inference/contract.ts'
import { forkInferenceChild } from '../../src/node/inference/fork-child.ts'
import { createInferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { RequestEvent } from '../../src/node/requester/contract.ts'
import { openRequester } from '../../src/node/requester/open-requester.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { TaskRunner } from '../../src/node/tasks/task-runner.ts'
import { noTools } from '../../src/node/tools/no-tools.ts'
import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { parseWorkflow } from '../../src/protocol/workflow/parse.ts'
import { simpleWorkflow } from '../../src/protocol/workflow/simple.ts'
import { cpuMs } from '../helpers/cpu-time.ts'

/** What one answer took, seen from where it was asked for. Milliseconds. */
export interface Timing {
  readonly firstTokenMs: number
  readonly lastTokenMs: number
  /** To the settled end: for the network this includes outcome, receipt and ledger. */
  readonly endMs: number
  readonly tokens: number
}

/** One way of asking the same model for the same text. */
export interface BenchTarget extends AsyncDisposable {
  readonly name: string
  ask(maxTokens: number, prompt?: string): Promise<Timing>
}

export const SLOTS = 8
const SETTLE_MS = 35_000
export const PROMPT = 'Write a short story about a dragon.'
const MODEL = 'demo'

const OTHER_MODEL = 'bench'
const root = join(import.meta.dirname, '..', '..')
const childEntry = join(root, 'out', 'main', 'inference-child.js')
const modelPath = join(root, 'resources', 'models', 'demo-1m.gguf')
const { logger } = createLogger({ level: 'error', destinations: { stderr: 'pretty' } })

/** llama.cpp called in this very process: the floor. */
export async function directTarget(): Promise<BenchTarget> {
  const engine = createLlamaEngine({ log: () => undefined })
  await engine.load({ name: MODEL, path: modelPath, slots: SLOTS, gpu: 'off' })
  return {
    name: 'direct',
    ask: (maxTokens, prompt = PROMPT) => askEngine(engine, maxTokens, prompt),
    [Symbol.asyncDispose]: () => engine.unload(MODEL),
  }
}

/** The engine in its child process, as a node has it, and nothing around it. */
export async function childTarget(model: {
  readonly path: string
  readonly contextSize: number
}): Promise<BenchTarget & { readonly threads: number }> {
  const engine = createInferenceSupervisor({
    launch: forkInferenceChild({ entry: childEntry, logger }),
    logger,
  })
  const { threads } = await engine.load({ name: MODEL, slots: SLOTS, gpu: 'off', ...model })
  return {
    name: 'inference child',
    threads,
    ask: (maxTokens, prompt = PROMPT) => askEngine(engine, maxTokens, prompt),
    [Symbol.asyncDispose]: () => engine.stop(),
  }
}

/** The node's own path without a network: workflow engine, supervisor, child process. */
export async function localTarget(): Promise<BenchTarget> {
  const engine = createInferenceSupervisor({
    launch: forkInferenceChild({ entry: childEntry, logger }),
    logger,
  })
  const loaded = await engine.load({ name: MODEL, path: modelPath, slots: SLOTS, gpu: 'off' })
  const served = {
    name: MODEL,
    digest: new Uint8Array(32),
    contextSize: loaded.contextSize,
    slots: SLOTS,
    tokensPerSecond: loaded.tokensPerSecond,
    price: { promptMicroPer1k: 0n, completionMicroPer1k: 0n },
  }
  const models = {
    served: () => [served],
    get: () => served,
    expected: () => true,
    whyNot: () => undefined,
    onChange: () => () => undefined,
  }
  const runner = new TaskRunner(
    { engine, models, runWorkflow, toolBox: noTools, logger },
    { modelReturnMs: 10_000, onTokens: () => undefined },
  )
  return {
    name: 'node, local',
    ask: (maxTokens, prompt = PROMPT) => {
      const watch = stopwatch()
      const workflow = parseWorkflow(simpleWorkflow({ prompt, maxTokens }))
      return runner
        .run(
          { workflow, model: MODEL, sampling: { temperature: 0 } },
          { signal: never(), onText: watch.text },
        )
        .then((run) => {
          if (!run.ok) throw run.error
          return watch.end(run.completionTokens)
        })
    },
    [Symbol.asyncDispose]: () => engine.stop(),
  }
}

export interface NodeFigures {
  /** From starting the process to its being joined, models loaded. */
  readonly startToReadyMs: number
  /** Percent of one core while joined and idle. */
  readonly idleCpuPercent: number
  /** Resident, and what of it would be free if the process ended: pages that processes share are counted in parts. */
  readonly nodeMemoryBytes: number
  readonly nodeOwnMemoryBytes: number
  readonly inferenceMemoryBytes: number
}

export interface NetworkTarget extends BenchTarget {
  /** Where the node listens. */
  readonly addresses: readonly string[]
  /** Of the node's process, now. */
  memoryBytes(): number
  /** That the node's process has used so far, inference apart. */
  cpuMs(): number
  figures(): Promise<NodeFigures>
}

/** A node in a process of its own, asked over libp2p from this one, on one warm stream. */
export async function networkTarget(
  folder: string,
  { model }: { readonly model?: string } = {},
): Promise<NetworkTarget> {
  await setSlots(join(folder, 'node'))
  const startedAt = performance.now()
  const child = spawn(
    join(root, 'bin', 'driad'),
    [
      ...['start', '--data-dir', join(folder, 'node'), '--network', 'bench', '--no-mdns', '--json'],
      ...['--listen', '/ip4/127.0.0.1/tcp/0', '--log-level', 'error'],
      ...(model === undefined ? [] : ['--model', `${model}=${OTHER_MODEL}`]),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines = createInterface({ input: child.stdout })
  const events: { event: string; addresses?: string[]; pid?: number }[] = []
  const ready = await new Promise<{ addresses: string[] }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The node ended with ${code}`)))
    lines.on('line', (line) => {
      const event = JSON.parse(line)
      if (event.event === 'ready' || event.event === 'inference') events.push(event)
      if (event.event === 'ready') resolve(event)
    })
  })
  const startToReadyMs = performance.now() - startedAt
  const opened = await openRequester({
    dataDir: join(folder, 'requester'),
    network: 'bench',
    bootstrap: ready.addresses,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
  })
  const { requester } = opened
  return {
    name: 'over libp2p',
    addresses: ready.addresses,
    memoryBytes: () => residentBytes(child.pid ?? 0),
    cpuMs: () => cpuMs(child.pid ?? 0),
    ask: async (maxTokens, prompt = PROMPT) => {
      const watch = stopwatch()
      const onEvent = (event: RequestEvent) => {
        if (event.type === 'text') watch.text()
      }
      const taskId = await requester.publish(
        {
          workflow: simpleWorkflow({ prompt, maxTokens }),
          models: [model === undefined ? MODEL : OTHER_MODEL],
          sampling: { temperature: 0 },
          stream: true,
        },
        { onEvent },
      )
      const task = await requester.wait(taskId, { onEvent })
      if (task.status !== 'completed') throw new Error(`${task.status}: ${task.error?.message}`)
      return watch.end(task.stats?.completionTokens ?? 0)
    },
    figures: async () => {
      const pid = child.pid ?? 0
      const inference = events.findLast((event) => event.event === 'inference')?.pid ?? 0
      // What a burst of tasks leaves behind is done by then: checkpoints, garbage, statements that are renewed.
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      const idleMs = 40_000
      const before = cpuMs(pid)
      await new Promise((resolve) => setTimeout(resolve, idleMs))
      return {
        startToReadyMs,
        idleCpuPercent: ((cpuMs(pid) - before) / idleMs) * 100,
        nodeMemoryBytes: residentBytes(pid),
        nodeOwnMemoryBytes: proportionalBytes(pid),
        inferenceMemoryBytes: residentBytes(inference),
      }
    },
    [Symbol.asyncDispose]: async () => {
      await opened.close()
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** As an operator would in the Settings view. */
async function setSlots(dataDir: string): Promise<void> {
  const store = openStore({ path: join(dataDir, 'driad.sqlite') })
  await openSettings({ store }).set({ slots: SLOTS })
  await store.close()
}

async function askEngine(engine: InferenceEngine, maxTokens: number, prompt: string): Promise<Timing> {
  const watch = stopwatch()
  const result = await engine.generate(
    { model: MODEL, messages: [{ role: 'user', content: prompt }], maxTokens, temperature: 0 },
    { onText: watch.text },
  )
  return watch.end(result.completionTokens)
}

function stopwatch() {
  const startedAt = performance.now()
  let first: number | undefined
  let last = 0
  return {
    text: () => {
      last = performance.now() - startedAt
      first ??= last
    },
    end: (tokens: number): Timing => {
      const endMs = performance.now() - startedAt
      return { firstTokenMs: first ?? endMs, lastTokenMs: last === 0 ? endMs : last, endMs, tokens }
    },
  }
}

function never(): AbortSignal {
  return new AbortController().signal
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

function proportionalBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) * 1024
}
