import { type Command, Option } from 'commander'
import { type DisputeCode, disputeCodes } from '../../protocol/payment.ts'
import { taskIdArgument } from '../options.ts'
import type { CommandContext } from '../program.ts'
import { addRequesterOptions, type RequesterFlags, withRequester } from '../requester-process.ts'

interface DisputeFlags extends RequesterFlags {
  readonly json?: boolean
  readonly code: DisputeCode
  readonly reason: string
}

export function addDisputeCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('dispute')
    .description(
      'tell the node that did a task, signed, what is wrong with its result; what was paid stays paid',
    )
    .addArgument(taskIdArgument())
    .requiredOption('--reason <text>', 'in words, for its operator')
    .addOption(new Option('--code <code>', 'what it is about').choices(disputeCodes).default('other'))
  addRequesterOptions(command).action((taskId: string, { code, reason, ...flags }: DisputeFlags) =>
    withRequester(context, flags, async ({ requester }) => {
      await requester.dispute(taskId, { code, reason })
      context.output(flags).result({ taskId, code, reason }, 'The node is told as soon as it can be reached')
    }),
  )
}
