import { type Command, Option } from 'commander'
import type { Ledger, LedgerEntry } from '../../../node/ledger/contract.ts'
import {
  emptyLedger,
  exportLedger,
  type LedgerExportFormat,
  ledgerExportFormats,
} from '../../../node/ledger/export-ledger.ts'
import { creditsText } from '../../../protocol/credits-text.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { addReceiptCommands } from './receipts.ts'
import { addStatementCommands } from './statements.ts'
import { writeLines } from './text-files.ts'
import { addUnpaidCommand } from './unpaid.ts'
import { addVerifyCommand } from './verify.ts'
import { type LedgerFlags, withLedger } from './with-ledger.ts'

export function addLedgerCommands(program: Command, context: CommandContext): void {
  const ledger = program.command('ledger').description('what was earned and paid, and the proof of it')

  ledger
    .command('list')
    .description('list the entries and the balance')
    .addOption(dataDirOption())
    .action((flags: LedgerFlags) =>
      withLedger(context, flags, async ({ books }) => {
        const entries = books?.ledger.entriesAfter(0).map((entry) => entryJson(books.ledger, entry)) ?? []
        const balanceMicro = books?.ledger.balanceMicro() ?? 0n
        context.output(flags).result({ entries, balanceMicro }, entriesText(entries, balanceMicro))
      }),
    )

  addVerifyCommand(ledger, context)

  ledger
    .command('export')
    .description('write the entries to a file, or to standard output')
    .addOption(dataDirOption())
    .addOption(
      new Option('--format <format>', 'bundle has all that proves the entries')
        .choices(ledgerExportFormats)
        .default('jsonl'),
    )
    .option('--out <file>', 'where to write')
    .action((flags: LedgerFlags & { format: LedgerExportFormat; out?: string }) =>
      withLedger(context, flags, async ({ identity, books }) => {
        const lines = exportLedger({ identity, ledger: books?.ledger ?? emptyLedger, format: flags.format })
        await writeLines(flags.out, lines)
        if (flags.out !== undefined)
          context.output(flags).result({ path: flags.out }, `written to ${flags.out}`)
      }),
    )

  addUnpaidCommand(ledger, context)
  addStatementCommands(ledger, context)
  addReceiptCommands(ledger, context)
}

type EntryJson = ReturnType<typeof entryJson>

function entryJson(ledger: Ledger, { receipt: _, outcome: __, ...entry }: LedgerEntry) {
  return { ...entry, state: ledger.isSettled(entry.seq) ? ('settled' as const) : entry.state }
}

function entriesText(entries: readonly EntryJson[], balanceMicro: bigint): string {
  const lines = entries.map((entry) => {
    const sign = entry.direction === 'credit' ? '+' : '-'
    const at = new Date(entry.createdAtMs).toISOString()
    return `${String(entry.seq).padStart(6)}  ${at}  ${sign}${creditsText(entry.amountMicro)}  ${entry.state}  ${entry.model}  ${entry.counterparty}  ${entry.taskId}`
  })
  return [...lines, `balance: ${creditsText(balanceMicro)} credits`].join('\n')
}
