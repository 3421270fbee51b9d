import type { Command } from 'commander'
import { DriadError } from '../../protocol/errors.ts'
import { taskIdArgument, timeoutOption } from '../options.ts'
import type { CommandContext } from '../program.ts'
import { addRequesterOptions, type RequesterFlags, withRequester } from '../requester-process.ts'
import { describeEvent, printTask } from '../task-output.ts'

interface ResultFlags extends RequesterFlags {
  readonly timeoutMs: number
  readonly wait: boolean
  readonly json?: boolean
}

export function addResultCommand(program: Command, context: CommandContext): void {
  addRequesterOptions(
    program
      .command('result')
      .description('fetch the result of a task that was published from this data folder')
      .addArgument(taskIdArgument())
      .addOption(timeoutOption())
      .option('--no-wait', 'tell how it stands now, without waiting for its end'),
  ).action(async (taskId: string, flags: ResultFlags) => {
    const output = context.output(flags)
    const task = await withRequester(context, flags, async ({ requester }) => {
      if (!flags.wait) return requester.result(taskId, { signal: AbortSignal.timeout(flags.timeoutMs) })
      const signal = AbortSignal.timeout(flags.timeoutMs)
      try {
        return await requester.wait(taskId, {
          signal,
          onEvent: (event) => {
            const words = describeEvent(event)
            if (words !== '') output.note(words)
          },
        })
      } catch (cause) {
        if (!signal.aborted) throw cause
        const { status } = await requester.result(taskId, { signal: AbortSignal.timeout(1_000) })
        throw new DriadError(
          'deadline_exceeded',
          `The task is still ${status} after ${flags.timeoutMs} ms. It goes on; ask again later`,
          { cause },
        )
      }
    })
    context.exitWith(printTask(output, task))
  })
}
