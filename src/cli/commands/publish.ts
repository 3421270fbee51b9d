import type { Command } from 'commander'
import { Option } from 'commander'
import type { TaskRequest, TaskResult } from '../../node/requester/contract.ts'
import type { OpenedRequester } from '../../node/requester/open-requester.ts'
import { DriadError } from '../../protocol/errors.ts'
import { type SamplingOptions, samplingOf } from '../../protocol/sampling.ts'
import { simpleWorkflow } from '../../protocol/workflow/simple.ts'
import { addSamplingOptions, inputOption, integer, nameList, timeoutOption } from '../options.ts'
import { type ExitCode, exitCodes, type Output } from '../output.ts'
import type { CommandContext } from '../program.ts'
import {
  addRequesterOptions,
  addVerifyOptions,
  type RequesterFlags,
  withRequester,
} from '../requester-process.ts'
import { describeEvent, printTask } from '../task-output.ts'
import { readWorkflowArgument } from '../workflow-argument.ts'

interface PublishFlags extends RequesterFlags, SamplingOptions {
  readonly prompt?: string
  readonly models: string[]
  readonly input?: string
  readonly maxTokens?: number
  readonly count: number
  readonly timeoutMs: number
  readonly wait: boolean
  readonly json?: boolean
}

/** A task may be published this many times over by one command. */
const MAX_COUNT = 100_000

export function addPublishCommand(program: Command, context: CommandContext): void {
  addVerifyOptions(
    addRequesterOptions(
      addSamplingOptions(
        program
          .command('publish')
          .description('have the network execute a workflow or a prompt')
          .argument('[workflow]', 'a workflow file, or - for standard input')
          .addOption(new Option('--prompt <text>', 'a single prompt instead of a workflow'))
          .addOption(
            new Option('--models <names>', 'which models may execute it')
              .argParser(nameList)
              .makeOptionMandatory(),
          )
          .addOption(inputOption()),
      )
        .addOption(
          new Option('--max-tokens <n>', 'with --prompt: the longest answer').argParser(
            integer({ min: 1, max: 100_000 }),
          ),
        )
        .addOption(
          new Option('--count <n>', 'publish it this many times')
            .argParser(integer({ min: 1, max: MAX_COUNT }))
            .default(1),
        )
        .addOption(timeoutOption())
        .option('--no-wait', 'leave when a node has accepted the task; fetch it later with driad result'),
    ),
  ).action(async (workflow: string | undefined, flags: PublishFlags) => {
    const output = context.output(flags)
    const request = await requestOf(workflow, flags)
    const code = await withRequester(flags, (opened) => publishAll(opened, request, flags, output))
    context.exitWith(code)
  })
}

async function requestOf(workflow: string | undefined, flags: PublishFlags): Promise<TaskRequest> {
  if ((workflow === undefined) === (flags.prompt === undefined)) {
    throw new DriadError(
      'bad_usage',
      'Give a workflow file (or - for standard input), or --prompt TEXT, and not both',
    )
  }
  return {
    workflow:
      flags.prompt === undefined
        ? await readWorkflowArgument(workflow ?? '-')
        : simpleWorkflow({ prompt: flags.prompt, maxTokens: flags.maxTokens }),
    models: flags.models,
    input: flags.input,
    sampling: samplingOf(flags),
    deadlineMs: Date.now() + flags.timeoutMs,
  }
}

/** Publishes the task as often as was asked for, and prints each one when it has ended. */
async function publishAll(
  { requester }: OpenedRequester,
  request: TaskRequest,
  flags: PublishFlags,
  output: Output,
): Promise<ExitCode> {
  const single = flags.count === 1
  const taskIds = await requester.publishMany(Array.from({ length: flags.count }, () => request))
  if (single) output.note(`published as ${taskIds[0]}`)
  else output.note(`published ${taskIds.length} tasks`)

  const onEvent = (event: Parameters<typeof describeEvent>[0]) => {
    const words = describeEvent(event)
    if (single && words !== '') output.note(words)
  }
  let worst: ExitCode = exitCodes.done
  const finish = async (taskId: string) => {
    const task: TaskResult = flags.wait
      ? await requester.wait(taskId, { onEvent })
      : await requester.waitUntilPlaced(taskId, { onEvent })
    const code = printTask(output, task)
    if (code > worst) worst = code
  }
  await Promise.all(taskIds.map(finish))
  return worst
}
