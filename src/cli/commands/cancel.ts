import type { Command } from 'commander'
import { taskIdArgument } from '../options.ts'
import type { CommandContext } from '../program.ts'
import { addRequesterOptions, type RequesterFlags, withRequester } from '../requester-process.ts'

/** Longest that cancelling waits for the node that has the task. */
const CANCEL_TIMEOUT_MS = 10_000

export function addCancelCommand(program: Command, context: CommandContext): void {
  addRequesterOptions(
    program
      .command('cancel')
      .description('stop a task that was published from this data folder')
      .addArgument(taskIdArgument()),
  ).action(async (taskId: string, flags: RequesterFlags & { json?: boolean }) => {
    const task = await withRequester(context, flags, ({ requester }) =>
      requester.cancel(taskId, { signal: AbortSignal.timeout(CANCEL_TIMEOUT_MS) }),
    )
    context.output(flags).result({ taskId, status: task.status }, `${taskId} is ${task.status}`)
  })
}
