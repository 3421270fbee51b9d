import { type Command, Option } from 'commander'
import { unpaidCauses, unpaidTasks } from '../../../node/earnings/unpaid-tasks.ts'
import { creditsText } from '../../../protocol/credits-text.ts'
import type { UnpaidCauseView, UnpaidTaskView } from '../../../protocol/earnings-views.ts'
import { type UnpaidCode, unpaidCodes } from '../../../protocol/payment.ts'
import { dataDirOption, integer } from '../../options.ts'
import { plural } from '../../plural.ts'
import type { CommandContext } from '../../program.ts'
import { type LedgerFlags, withLedger } from './with-ledger.ts'

export function addUnpaidCommand(ledger: Command, context: CommandContext): void {
  ledger
    .command('unpaid')
    .description('list the tasks that this node did and was not paid for, and why')
    .addOption(new Option('--code <code>', 'only for this reason').choices(unpaidCodes))
    .addOption(new Option('--limit <n>', 'how many').argParser(integer({ min: 1, max: 10_000 })).default(50))
    .addOption(dataDirOption())
    .action((flags: LedgerFlags & { code?: UnpaidCode; limit: number }) =>
      withLedger(context, flags, async ({ books }) => {
        const { code, limit } = flags
        const causes = books === undefined ? [] : unpaidCauses(books.store, 0, Number.MAX_SAFE_INTEGER)
        const { tasks } = books === undefined ? { tasks: [] } : unpaidTasks(books.store, { code, limit })
        context.output(flags).result({ causes, tasks }, unpaidText(causes, tasks))
      }),
    )
}

function unpaidText(causes: readonly UnpaidCauseView[], tasks: readonly UnpaidTaskView[]): string {
  if (causes.length === 0) return 'There are none'
  const credits = (micro: string) => creditsText(BigInt(micro))
  return [
    ...causes.map(
      ({ code, tasks: count, amountMicro }) =>
        `${code}: ${plural(count, 'task')}, ${credits(amountMicro)} credits`,
    ),
    ...tasks.map(
      ({ endedAtMs, code, amountMicro, taskId, reason }) =>
        `  ${new Date(endedAtMs).toISOString()}  ${code}  ${credits(amountMicro)}  ${taskId}  ${reason ?? ''}`,
    ),
  ].join('\n')
}
