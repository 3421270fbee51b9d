import type { Command } from 'commander'
import { Option } from 'commander'
import type { TaskRequest, TaskResult } from '../../node/requester/contract.ts'
import type { OpenedRequester } from '../../node/requester/open-requester.ts'
import { type AgreementRule, agreementRules, MAX_REDUNDANCY } from '../../protocol/agreement.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import { type TaskPriority, taskPriorities } from '../../protocol/priority.ts'
import { type SamplingOptions, samplingOf } from '../../protocol/sampling.ts'
import { simpleWorkflow } from '../../protocol/workflow/simple.ts'
import { runBatch } from '../batch/run-batch.ts'
import { addSamplingOptions, inputOption, integer, nameList, price, timeoutOption } from '../options.ts'
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
  readonly batch?: string
  readonly out?: string
  readonly resume?: boolean
  readonly models?: string[]
  readonly input?: string
  readonly maxTokens?: number
  readonly count: number
  readonly concurrency?: number
  readonly priority?: TaskPriority
  readonly maxPrice?: Price
  readonly redundancy?: number
  readonly agreement?: AgreementRule
  readonly timeoutMs: number
  readonly wait: boolean
  readonly json?: boolean
}

/** A task may be published this many times over by one command. */
const MAX_COUNT = 100_000
const MAX_CONCURRENCY = 16_384

export function addPublishCommand(program: Command, context: CommandContext): void {
  addVerifyOptions(
    addRequesterOptions(
      addSamplingOptions(
        program
          .command('publish')
          .description('have the network execute a workflow, a prompt, or a file of tasks')
          .argument('[workflow]', 'a workflow file, or - for standard input')
          .addOption(new Option('--prompt <text>', 'a single prompt instead of a workflow'))
          .addOption(
            new Option(
              '--batch <file>',
              'a file with one task in JSON a line, or - for standard input',
            ).conflicts(['prompt', 'input', 'count', 'maxTokens']),
          )
          .addOption(
            new Option('--out <file>', 'with --batch: where the results go, one a line, as tasks end'),
          )
          .addOption(new Option('--resume', 'with --out: go on with a batch that was interrupted'))
          .addOption(new Option('--models <names>', 'which models may execute it').argParser(nameList))
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
        .addOption(
          new Option('--concurrency <n>', 'with --batch or --count: tasks under way at a time').argParser(
            integer({ min: 1, max: MAX_CONCURRENCY }),
          ),
        )
        .addOption(
          new Option('--priority <p>', 'before or after other tasks of yours that wait').choices(
            taskPriorities,
          ),
        )
        .addOption(
          new Option('--redundancy <n>', 'have it done by so many nodes, and compare').argParser(
            integer({ min: 1, max: MAX_REDUNDANCY }),
          ),
        )
        .addOption(
          new Option('--agreement <rule>', 'with --redundancy: how many must give the same answer').choices(
            agreementRules,
          ),
        )
        .addOption(
          new Option(
            '--max-price <credits>',
            'for 1,000 prompt tokens and 1,000 completion tokens, at most; 0.01,0.04 say',
          ).argParser(price),
        )
        .addOption(timeoutOption())
        .option('--no-wait', 'leave when a node has accepted the task; fetch it later with driad result'),
    ),
  ).action(async (workflow: string | undefined, flags: PublishFlags) => {
    const output = context.output(flags)
    checkFlags(workflow, flags)
    if (flags.batch !== undefined) {
      const init = {
        path: flags.batch,
        resume: flags.resume === true,
        defaults: { ...optionsOf(flags), ...(flags.models !== undefined && { models: flags.models }) },
        timeoutMs: flags.timeoutMs,
        ...(flags.out !== undefined && { out: flags.out }),
        ...(flags.concurrency !== undefined && { concurrency: flags.concurrency }),
      }
      context.exitWith(await withRequester(context, flags, (opened) => runBatch(opened, init, output)))
      return
    }
    const request = await requestOf(workflow, flags)
    const publish = flags.count === 1 ? publishOne : publishMany
    context.exitWith(await withRequester(context, flags, (opened) => publish(opened, request, flags, output)))
  })
}

function checkFlags(workflow: string | undefined, flags: PublishFlags): void {
  const given = [workflow, flags.prompt, flags.batch].filter((what) => what !== undefined)
  if (given.length !== 1) {
    throw new DriadError(
      'bad_usage',
      'Give a workflow file (or - for standard input), --prompt TEXT or --batch FILE, and only one of them',
    )
  }
  if (flags.batch === undefined) {
    if (flags.models === undefined)
      throw new DriadError('bad_usage', 'Say with --models which may execute it')
    if (flags.out !== undefined || flags.resume)
      throw new DriadError('bad_usage', '--out and --resume go with --batch')
    return
  }
  if (!flags.wait) throw new DriadError('bad_usage', 'A batch waits for its results; --no-wait is not for it')
  if (flags.resume && flags.out === undefined)
    throw new DriadError('bad_usage', '--resume needs --out: it tells which tasks are done')
  if (flags.resume && flags.batch === '-')
    throw new DriadError('bad_usage', '--resume needs a file: what was read from standard input is gone')
}

function optionsOf(flags: PublishFlags): Partial<TaskRequest> {
  return {
    sampling: samplingOf(flags),
    ...(flags.priority !== undefined && { priority: flags.priority }),
    ...(flags.maxPrice !== undefined && { maxPrice: flags.maxPrice }),
    ...(flags.redundancy !== undefined && { redundancy: flags.redundancy }),
    ...(flags.agreement !== undefined && { agreement: flags.agreement }),
  }
}

async function requestOf(workflow: string | undefined, flags: PublishFlags): Promise<TaskRequest> {
  return {
    workflow:
      flags.prompt === undefined
        ? await readWorkflowArgument(workflow ?? '-')
        : simpleWorkflow({ prompt: flags.prompt, maxTokens: flags.maxTokens }),
    models: flags.models ?? [],
    input: flags.input,
    ...optionsOf(flags),
  }
}

async function publishOne(
  { requester }: OpenedRequester,
  request: TaskRequest,
  flags: PublishFlags,
  output: Output,
): Promise<ExitCode> {
  const taskId = await requester.publish({ ...request, deadlineMs: Date.now() + flags.timeoutMs })
  output.note(`published as ${taskId}`)
  const onEvent = (event: Parameters<typeof describeEvent>[0]) => {
    const words = describeEvent(event)
    if (words !== '') output.note(words)
  }
  const task: TaskResult = flags.wait
    ? await requester.wait(taskId, { onEvent })
    : await requester.waitUntilPlaced(taskId, { onEvent })
  return printTask(output, task)
}

/** Publishes the task as often as was asked for, and prints each one when it has ended. */
async function publishMany(
  { requester }: OpenedRequester,
  request: TaskRequest,
  flags: PublishFlags,
  output: Output,
): Promise<ExitCode> {
  const tasks = function* () {
    for (let left = flags.count; left > 0; left--)
      yield { ...request, deadlineMs: Date.now() + flags.timeoutMs }
  }
  const stream = requester.stream(tasks(), {
    until: flags.wait ? 'ended' : 'placed',
    ...(flags.concurrency !== undefined && { concurrency: flags.concurrency }),
  })
  let worst: ExitCode = exitCodes.done
  for await (const { task, refused } of stream) {
    // All of them are the same: what is wrong with one is wrong with all.
    if (refused !== undefined) throw refused
    const code = printTask(output, task)
    if (code > worst) worst = code
  }
  return worst
}
