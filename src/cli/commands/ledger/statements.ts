import { type Command, InvalidArgumentError, Option } from 'commander'
import { readSettlementFile } from '../../../node/ledger/statements/settlement-file.ts'
import { listStatements } from '../../../node/ledger/statements/statement-store.ts'
import { creditsText } from '../../../protocol/credits-text.ts'
import type { StatementView } from '../../../protocol/earnings-views.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { publicKeyOfPeerId } from '../../../protocol/wire/keys.ts'
import { EARLIEST_TIME_MS } from '../../../protocol/wire/limits.ts'
import { dataDirOption, integer } from '../../options.ts'
import { plural } from '../../plural.ts'
import type { CommandContext } from '../../program.ts'
import { firstLine, isStatement, withLines, writeLines } from './text-files.ts'
import { type LedgerFlags, withLedger, withStatements } from './with-ledger.ts'

interface StatementFlags extends LedgerFlags {
  readonly requester: string
  readonly from: number
  readonly to?: number
  readonly out: string
}

/** From a receipt to a payment: the node states, the requester confirms, the node takes the confirmation. */
export function addStatementCommands(ledger: Command, context: CommandContext): void {
  ledger
    .command('statement')
    .description('sign what a requester owes this node for a time, with the receipts that prove it')
    .requiredOption('--requester <peer-id>', 'who owes it', peerId)
    .addOption(
      timeOption('--from <time>', 'first moment, as 2031-04-09 or 2031-04-09T12:00:00Z').default(
        EARLIEST_TIME_MS,
        'the beginning',
      ),
    )
    .addOption(timeOption('--to <time>', 'the moment after the last; now where absent'))
    .requiredOption('--out <file>', 'where to write')
    .addOption(dataDirOption())
    .action((flags: StatementFlags) =>
      withStatements(context, flags, async (statements) => {
        const period = { fromMs: flags.from, toMs: flags.to ?? Date.now() }
        const statement = await statements.issue(flags.requester, period)
        if (statement === undefined) {
          throw new DriadError('bad_usage', 'That requester owes nothing for that time that is not settled')
        }
        await writeLines(flags.out, statements.lines(statement))
        const { hash, requester, entries, totalMicro } = statement
        context
          .output(flags)
          .result(
            { path: flags.out, hash, requester, entries, totalMicro },
            `${creditsText(totalMicro)} credits of ${plural(entries, 'task')}, written to ${flags.out}`,
          )
      }),
    )

  ledger
    .command('confirm')
    .description('say that a statement of a node is paid: checks it against this ledger, and signs that')
    .argument('<statement>', 'the file that the node made')
    .option('--reference <text>', 'how it was paid: a transaction, a transfer', '')
    .requiredOption('--out <file>', 'where to write what the node is to get')
    .addOption(dataDirOption())
    .action((path: string, flags: LedgerFlags & { reference: string; out: string }) =>
      withStatements(context, flags, async (statements) => {
        const text = await withLines(path, (lines) => statements.confirm(lines, flags.reference))
        await writeLines(
          flags.out,
          (async function* () {
            yield text
          })(),
        )
        context.output(flags).result({ path: flags.out }, `confirmed; give ${flags.out} to the node`)
      }),
    )

  ledger
    .command('settle')
    .description('take what a requester signed for a statement: its entries are settled from then on')
    .argument('<settlement>', 'the file that the requester made')
    .addOption(dataDirOption())
    .action((path: string, flags: LedgerFlags) =>
      withStatements(context, flags, async (statements) => {
        await refuseStatement(path)
        const { settled, isNew } = await statements.settle(await readSettlementFile(path))
        const { hash, requester, entries, totalMicro } = settled.statement
        const result = { hash, requester, entries, totalMicro, reference: settled.reference, isNew }
        const text = `${plural(entries, 'entry', 'entries')} for ${creditsText(totalMicro)} credits ${entries === 1 ? 'is' : 'are'} settled`
        context.output(flags).result(result, isNew ? text : `${text}; that was known`)
      }),
    )

  ledger
    .command('statements')
    .description('list the statements that were made and confirmed, the newest first')
    .addOption(new Option('--limit <n>', 'how many').argParser(integer({ min: 1, max: 10_000 })).default(100))
    .addOption(dataDirOption())
    .action((flags: LedgerFlags & { limit: number }) =>
      withLedger(context, flags, async ({ books }) => {
        const statements = books === undefined ? [] : listStatements(books.store, flags.limit)
        const text = statements.length === 0 ? 'There are none' : statements.map(statementText).join('\n')
        context.output(flags).result({ statements }, text)
      }),
    )
}

/** The two files have names that are alike. Throws `bad_usage` for a statement where a settlement is needed. */
async function refuseStatement(path: string): Promise<void> {
  if (!isStatement(await firstLine(path))) return
  throw new DriadError(
    'bad_usage',
    `The file ${path} is a statement, not a settlement. Its requester makes the settlement: driad ledger confirm`,
  )
}

function peerId(text: string): string {
  try {
    publicKeyOfPeerId(text)
  } catch {
    throw new InvalidArgumentError('It must be a peer id that begins with 12D3KooW.')
  }
  return text
}

function statementText(statement: StatementView): string {
  const { direction, counterparty, fromMs, toMs, totalMicro, entries, settledAtMs } = statement
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 16)
  const state = settledAtMs === undefined ? 'open' : `settled ${day(settledAtMs)}`
  const sign = direction === 'credit' ? '+' : '-'
  return `${statement.hash.slice(0, 16)}  ${day(fromMs)} to ${day(toMs)}  ${sign}${creditsText(BigInt(totalMicro))}  ${plural(entries, 'entry', 'entries')}  ${counterparty}  ${state}`
}

function timeOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string): number => {
    const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
    if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be a date such as 2031-04-09.')
    return ms
  })
}
