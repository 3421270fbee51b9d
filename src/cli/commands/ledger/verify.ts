import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { existingDataFolder } from '../../../node/data-folder.ts'
import { loadOrCreateIdentity } from '../../../node/identity/load-identity.ts'
import { type BundleComparison, compareBundles } from '../../../node/ledger/compare-bundles.ts'
import type { LedgerLoss, LedgerProblem } from '../../../node/ledger/contract.ts'
import { rangeText } from '../../../node/ledger/gaps.ts'
import { parseSettlementFile, readSettlementFile } from '../../../node/ledger/statements/settlement-file.ts'
import { verifyStatement } from '../../../node/ledger/statements/statement-file.ts'
import { verifyBundle } from '../../../node/ledger/verify-bundle.ts'
import { verifyLedgerFile } from '../../../node/ledger/verify-ledger.ts'
import { creditsText } from '../../../protocol/credits-text.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { dataDirOption } from '../../options.ts'
import { exitCodes } from '../../output.ts'
import { plural } from '../../plural.ts'
import type { CommandContext } from '../../program.ts'
import { firstLine, isStatement, withLines } from './text-files.ts'
import type { LedgerFlags } from './with-ledger.ts'

interface Verified {
  readonly ok: boolean
  readonly entries: number
  readonly problems: readonly LedgerProblem[]
  readonly lost?: readonly LedgerLoss[]
}

export function addVerifyCommand(ledger: Command, context: CommandContext): void {
  ledger
    .command('verify')
    .description(
      'recompute every hash, signature and amount: of the data folder, or of an exported bundle, a statement or a settlement, which needs no data folder',
    )
    .argument('[file]', 'a bundle, a statement or a settlement, instead of the data folder')
    .argument('[other]', 'a second bundle: what the two owners paid each other must be the same in both')
    .addOption(dataDirOption())
    .action(async (file: string | undefined, other: string | undefined, flags: LedgerFlags) => {
      const output = context.output(flags)
      if (file !== undefined && other !== undefined) {
        const comparison = await withLines(file, (first) =>
          withLines(other, (second) => compareBundles(first, second)),
        )
        output.result(comparisonJson(comparison), comparisonText(comparison, [file, other]))
        if (!comparison.ok) context.exitWith(exitCodes.failed)
        return
      }
      const [what, verified] =
        file === undefined
          ? (['ledger', await verifyFolder(context, flags)] as const)
          : await verifyFile(file)
      output.result(verified, verifiedText(what, verified))
      if (!verified.ok) context.exitWith(exitCodes.failed)
    })
}

/** Nothing was ever earned or paid. Where an anchor is left, though, a ledger is missing. */
const nothingYet: Verified = { ok: true, entries: 0, problems: [] }

async function verifyFolder({ host }: CommandContext, flags: LedgerFlags): Promise<Verified> {
  const folder = existingDataFolder(flags.dataDir)
  if (!existsSync(folder.databasePath) && !existsSync(folder.ledgerAnchorPath)) return nothingYet
  const { publicKey } = await loadOrCreateIdentity({ dir: folder.path, vault: host.vault })
  return verifyLedgerFile({ path: folder.databasePath, anchorPath: folder.ledgerAnchorPath, publicKey })
}

/** What kind of file it is says its first line. */
async function verifyFile(path: string): Promise<readonly [what: string, verified: Verified]> {
  const head = await firstLine(path)
  if (isStatement(head)) {
    const { statement, ...verified } = await withLines(path, (lines) => verifyStatement(lines))
    return ['statement', { ...verified, ...(statement !== undefined && statementJson(statement)) }]
  }
  if (head.startsWith('{"driadSettlement"')) return ['settlement', await verifySettlement(path)]
  return ['ledger', await withLines(path, (lines) => verifyBundle(lines))]
}

async function verifySettlement(path: string): Promise<Verified> {
  try {
    const { statement, reference } = parseSettlementFile(await readSettlementFile(path))
    return {
      ok: true,
      entries: statement.entries,
      problems: [],
      ...statementJson(statement),
      reference,
    } as Verified
  } catch (error) {
    return { ok: false, entries: 0, problems: [{ message: DriadError.from(error).message }] }
  }
}

function statementJson(statement: { node: string; requester: string; totalMicro: bigint; hash: string }) {
  const { node, requester, totalMicro, hash } = statement
  return { node, requester, totalMicro, hash }
}

function verifiedText(what: string, { ok, entries, problems, lost = [] }: Verified): string {
  if (ok && lost.length > 0) return [validText(what, entries), ...lost.map(lossText)].join('\n')
  if (ok && entries === 0) return `The ${what} has no entries yet, so there is nothing to verify`
  if (ok) return validText(what, entries)
  return [
    `The ${what} is NOT valid:`,
    ...problems.map((problem) => `  ${problemText(what, problem)}`),
    ...lost.map(lossText),
  ].join('\n')
}

function validText(what: string, entries: number): string {
  return `The ${what} is valid: ${plural(entries, 'entry', 'entries')}, every hash and signature recomputed`
}

/** What was noted as lost when the database was mended. */
function lossText({ what, from, to }: LedgerLoss): string {
  return what === 'entries'
    ? `  known to be lost: ${rangeText({ from, to })}`
    : `  entry ${from}: what was asked for and delivered is known to be lost; the receipt is there`
}

function problemText(what: string, { seq, message }: LedgerProblem): string {
  return `${seq === undefined ? what : `entry ${seq}`}: ${message}`
}

function comparisonJson({ ok, bundles, sums, mismatches }: BundleComparison) {
  return { ok, bundles, sums, mismatches }
}

function comparisonText(comparison: BundleComparison, paths: readonly [string, string]): string {
  const lines = comparison.sums.map(
    ({ payer, payee, debitMicro, creditMicro, tasks }) =>
      `${payer} paid ${creditsText(debitMicro)} credits, ${payee} was paid ${creditsText(creditMicro)}: ${plural(tasks, 'task')}`,
  )
  if (lines.length === 0) lines.push('The two never paid each other')
  comparison.bundles.forEach((bundle, i) => {
    for (const problem of bundle.problems) lines.push(`  ${paths[i]}: ${problemText('ledger', problem)}`)
  })
  for (const { taskId, message } of comparison.mismatches) lines.push(`  task ${taskId}: ${message}`)
  return [
    comparison.ok ? 'Both ledgers are valid and agree' : 'The ledgers do NOT agree, or one is not valid:',
    ...lines,
  ].join('\n')
}
