import { DriadError } from '../protocol/errors.ts'
import type { SamplingOptions } from '../protocol/sampling.ts'
import type { Workflow } from '../protocol/workflow/schema.ts'
import type { ChildLauncher, DeviceUse } from './inference/contract.ts'
import { fixedDevices } from './inference/devices/fixed-devices.ts'
import { runProbe } from './inference/devices/probe-process.ts'
import { createInferenceSupervisor } from './inference/supervisor.ts'
import type { Logger } from './logs/contract.ts'
import type { ModelSource, ServedModel } from './tasks/contract.ts'
import { type RunOptions, type RunResult, TaskRunner } from './tasks/task-runner.ts'
import type { ToolBox } from './tools/contract.ts'
import { noTools } from './tools/no-tools.ts'
import { runWorkflow } from './workflow/run-workflow.ts'

/** Generations side by side: a local run has one at a time. */
const SLOTS = 1
/** How long a run waits for its model to come back after a crash. */
const MODEL_RETURN_MS = 30_000

export interface LocalRun {
  readonly workflow: Workflow
  readonly model: { readonly name: string; readonly path: string }
  readonly input?: string
  readonly sampling: SamplingOptions
  /** None are on where absent. */
  readonly toolBox?: ToolBox
  /** What to compute on; whatever llama.cpp finds where absent. */
  readonly devices?: DeviceUse
}

/**
 * Executes one workflow with no network, store or identity, on a child of its own.
 * Throws why the model could not be loaded; how the run itself went is in what it resolves with.
 */
export async function runLocally(
  components: { readonly launchInference: ChildLauncher; readonly logger: Logger },
  { model, toolBox = noTools, devices = 'auto', ...run }: LocalRun,
  options: RunOptions,
): Promise<RunResult> {
  const { launchInference, logger } = components
  const { signal } = options
  await checkDevices(components, devices, signal)
  const engine = createInferenceSupervisor({
    launch: launchInference,
    logger: logger.scope('inference'),
    devices: fixedDevices(devices),
  })
  try {
    await engine.load({ name: model.name, path: model.path, slots: SLOTS, gpu: 'auto' }, { signal })
    const models: ModelSource = {
      served: () => servedModels(),
      get: (name) => servedModels().find((served) => served.name === name),
      expected: (name) => name === model.name && engine.model(name)?.state !== 'failed',
      whyNot: () => undefined,
      onChange: (listener) => engine.onState(listener),
    }
    const servedModels = (): ServedModel[] => {
      const state = engine.model(model.name)
      if (engine.state().state !== 'ready' || state?.state !== 'ready') return []
      const { contextSize, slots, tokensPerSecond } = state.loaded
      return [{ name: model.name, digest: NO_DIGEST, contextSize, slots, tokensPerSecond, price: FREE }]
    }
    const runner = new TaskRunner(
      { engine, models, toolBox, runWorkflow, logger },
      { modelReturnMs: MODEL_RETURN_MS, onTokens: () => undefined },
    )
    return await runner.run({ ...run, model: model.name }, options)
  } catch (cause) {
    signal.throwIfAborted()
    throw DriadError.from(cause)
  } finally {
    await engine.stop()
  }
}

/** A GPU that is missing is told in words: the process that was to use it could only end. */
async function checkDevices(
  { launchInference, logger }: { readonly launchInference: ChildLauncher; readonly logger: Logger },
  devices: DeviceUse,
  signal: AbortSignal,
): Promise<void> {
  if (typeof devices === 'string') return
  const finding = await runProbe({ launch: launchInference, logger }, { devices }, { signal })
  if (finding.ok) return
  const named = (devices.selectors ?? []).map((selector) => `${devices.backend}:${selector}`).join(', ')
  throw new DriadError(
    'device_unavailable',
    `${named} cannot be used: ${finding.message}. \`driad devices\` lists what there is`,
  )
}

/** Nobody is told of a local run's weights, and nobody pays. */
const NO_DIGEST = new Uint8Array(0)
const FREE = { promptMicroPer1k: 0n, completionMicroPer1k: 0n }
