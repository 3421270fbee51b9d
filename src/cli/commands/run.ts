import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import { v7 as uuidv7 } from 'uuid'
import type { DeviceChoice } from '../../node/inference/devices/choose-devices.ts'
import { devicesOf } from '../../node/inference/devices/fixed-devices.ts'
import { runLocally } from '../../node/local-run.ts'
import type { LogLevel } from '../../node/logs/contract.ts'
import { createLogger } from '../../node/logs/create-logger.ts'
import type { TaskResult } from '../../node/requester/contract.ts'
import { noTools } from '../../node/tools/no-tools.ts'
import type { WorkflowEvent } from '../../node/workflow/contract.ts'
import { type SamplingOptions, samplingOf } from '../../protocol/sampling.ts'
import type { SwitchableTool } from '../../protocol/tools.ts'
import { parseWorkflow } from '../../protocol/workflow/parse.ts'
import type { StepReport } from '../../protocol/workflow/step-report.ts'
import { findAddedModel } from '../added-model.ts'
import { chosenDevices } from '../chosen-devices.ts'
import { builtInModelPath } from '../host.ts'
import { localTools, toolsOption } from '../local-tools.ts'
import { addSamplingOptions, dataDirOption, deviceOption, inputOption } from '../options.ts'
import type { CommandContext } from '../program.ts'
import { printTask } from '../task-output.ts'
import { traceText } from '../trace-text.ts'
import { readWorkflowArgument } from '../workflow-argument.ts'

/** Of a longer run, `--json --trace` has only the first: the result must fit into memory. */
const TRACED_STEPS = 10_000

interface RunFlags extends SamplingOptions {
  readonly model: string
  readonly dataDir?: string
  readonly input?: string
  readonly device?: DeviceChoice
  readonly trace?: boolean
  readonly tools?: readonly SwitchableTool[]
  readonly json?: boolean
  readonly logLevel?: LogLevel
}

export function addRunCommand(program: Command, context: CommandContext): void {
  addSamplingOptions(
    program
      .command('run')
      .description('execute a workflow on this computer, without any network')
      .argument('<workflow>', 'a workflow file, or - for standard input')
      .addOption(new Option('--model <name|file>', 'a GGUF file, or a model that was added').default('demo'))
      .addOption(dataDirOption())
      .addOption(inputOption())
      .addOption(deviceOption()),
  )
    .addOption(toolsOption())
    .option('--trace', 'tell each step as it is executed, on stderr; with --json in the result’s "steps"')
    .action(async (path: string, flags: RunFlags) => {
      const output = context.output(flags)
      // Before anything is loaded: what is wrong with it must not cost the time of a model.
      const text = await readWorkflowArgument(path)
      const logs = createLogger({ level: flags.logLevel ?? 'warn', destinations: { stderr: 'pretty' } })
      const toolBox =
        flags.tools === undefined
          ? noTools
          : await localTools(flags.tools, {
              dataDir: flags.dataDir,
              vault: context.host.vault,
              logger: logs.logger,
            })
      const workflow = parseWorkflow(text, { tools: toolBox.available() })
      const model = modelOf(flags)
      const steps: StepReport[] = []
      const onEvent = (event: WorkflowEvent) => {
        if (event.type === 'text') return
        if (flags.json !== true) output.note(traceText(event))
        else if (steps.length < TRACED_STEPS) steps.push(event)
      }
      const interrupted = new AbortController()
      const interrupt = () => interrupted.abort()
      process.once('SIGINT', interrupt)
      process.once('SIGTERM', interrupt)
      try {
        const result = await runLocally(
          { launchInference: context.host.inferenceLauncher(logs.logger), logger: logs.logger },
          {
            workflow,
            model,
            toolBox,
            devices: devicesOf(flags.device ?? chosenDevices(flags.dataDir)),
            sampling: samplingOf(flags),
            ...(flags.input !== undefined && { input: flags.input }),
          },
          { signal: interrupted.signal, ...(flags.trace === true ? { onEvent } : {}) },
        )
        const { promptTokens, completionTokens, firstTokenMs, totalMs } = result
        const task: TaskResult = {
          taskId: uuidv7(),
          status: result.ok ? 'completed' : result.error.code === 'cancelled' ? 'cancelled' : 'failed',
          model: model.name,
          stats: {
            promptTokens,
            completionTokens,
            totalMs,
            ...(firstTokenMs !== undefined && { firstTokenMs }),
          },
          ...(result.ok
            ? { result: result.result }
            : { error: { code: result.error.code, message: result.error.message } }),
        }
        context.exitWith(
          printTask(output, task, flags.trace === true && flags.json === true ? { steps } : {}),
        )
      } finally {
        process.off('SIGINT', interrupt)
        process.off('SIGTERM', interrupt)
        await logs.close()
      }
    })
}

/** A file by its path, else a name: the built-in model's, or one that was added to the data folder. */
function modelOf({ model, dataDir }: RunFlags): { name: string; path: string } {
  if (model === 'demo') return { name: model, path: builtInModelPath() }
  if (model.endsWith('.gguf') || existsSync(model)) return { name: model, path: resolve(model) }
  return findAddedModel(model, dataDir)
}
