import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { type Command, Option } from 'commander'
import { type DataFolder, openDataFolder } from '../../node/data-folder.ts'
import { loadOrCreateIdentity } from '../../node/identity/load-identity.ts'
import type { Ledger, LedgerEntry, LedgerVerification } from '../../node/ledger/contract.ts'
import {
  exportLedger,
  type LedgerExportFormat,
  ledgerExportFormats,
} from '../../node/ledger/export-ledger.ts'
import { openLedger } from '../../node/ledger/open-ledger.ts'
import { verifyBundle } from '../../node/ledger/verify-bundle.ts'
import { verifyLedgerFile } from '../../node/ledger/verify-ledger.ts'
import { openStore } from '../../node/store/open-store.ts'
import { DriadError } from '../../protocol/errors.ts'
import { dataDirOption } from '../options.ts'
import { exitCodes } from '../output.ts'
import type { CommandContext } from '../program.ts'

interface LedgerFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

export function addLedgerCommands(program: Command, context: CommandContext): void {
  const ledger = program.command('ledger').description('what was earned and paid, and the proof of it')

  ledger
    .command('list')
    .description('list the entries and the balance')
    .addOption(dataDirOption())
    .action((flags: LedgerFlags) =>
      withLedger(flags, async (opened) => {
        const entries = opened?.ledger.entriesAfter(0) ?? []
        const balanceMicro = opened?.ledger.balanceMicro() ?? 0n
        context
          .output(flags)
          .result({ entries: entries.map(entryJson), balanceMicro }, entriesText(entries, balanceMicro))
      }),
    )

  ledger
    .command('verify')
    .description('recompute every hash, signature and amount; a bundle needs no data folder')
    .argument('[bundle]', 'an exported bundle, instead of the data folder')
    .addOption(dataDirOption())
    .action(async (bundle: string | undefined, flags: LedgerFlags) => {
      const verification = await (bundle === undefined ? verifyFolder(flags) : verifyFile(bundle))
      context.output(flags).result(verification, verificationText(verification))
      if (!verification.ok) context.exitWith(exitCodes.failed)
    })

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
      withLedger(flags, async (opened) => {
        const lines = opened === undefined ? noLines() : exportLedger({ ...opened, format: flags.format })
        if (flags.out === undefined) {
          for await (const line of lines) process.stdout.write(`${line}\n`)
          return
        }
        const file = await openFile(flags.out, 'w', 0o600)
        try {
          for await (const line of lines) await file.write(`${line}\n`)
        } finally {
          await file.close()
        }
        context.output(flags).result({ path: flags.out }, `written to ${flags.out}`)
      }),
    )
}

interface OpenedLedger {
  readonly ledger: Ledger
  readonly publicKey: Uint8Array
}

/** Opens the folder's ledger for reading, beside whoever writes it; undefined where nothing was ever earned or paid. */
async function withLedger(
  flags: LedgerFlags,
  work: (opened: OpenedLedger | undefined) => Promise<void>,
): Promise<void> {
  const folder = openDataFolder(flags.dataDir)
  if (!existsSync(folder.databasePath)) {
    await work(undefined)
    return
  }
  const publicKey = await publicKeyOf(folder)
  const store = openStore({ path: folder.databasePath, readOnly: true })
  try {
    await work({
      publicKey,
      ledger: openLedger({ store, anchorPath: folder.ledgerAnchorPath, publicKey, readOnly: true }),
    })
  } finally {
    await store.close()
  }
}

async function publicKeyOf(folder: DataFolder): Promise<Uint8Array> {
  return (await loadOrCreateIdentity({ dir: folder.path })).publicKey
}

async function verifyFolder(flags: LedgerFlags): Promise<LedgerVerification> {
  const folder = openDataFolder(flags.dataDir)
  return verifyLedgerFile({
    path: folder.databasePath,
    anchorPath: folder.ledgerAnchorPath,
    publicKey: await publicKeyOf(folder),
  })
}

async function verifyFile(path: string): Promise<LedgerVerification> {
  const file = await openFile(path, 'r')
  try {
    return await verifyBundle(
      createInterface({ input: file.createReadStream({ autoClose: false }), crlfDelay: Infinity }),
    )
  } finally {
    await file.close()
  }
}

/** A file that the command line names. Throws `bad_usage`. */
async function openFile(path: string, flags: 'r' | 'w', mode?: number): Promise<FileHandle> {
  let file: FileHandle | undefined
  try {
    file = await open(path, flags, mode)
    if ((await file.stat()).isDirectory()) throw new Error('it is a folder')
    return file
  } catch (cause) {
    await file?.close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    const verb = flags === 'r' ? 'read' : 'written'
    throw new DriadError('bad_usage', `The file ${path} cannot be ${verb}: ${reason}`, { cause })
  }
}

function entryJson({ receipt: _, outcome: __, ...entry }: LedgerEntry) {
  return entry
}

function entriesText(entries: readonly LedgerEntry[], balanceMicro: bigint): string {
  const lines = entries.map((entry) => {
    const sign = entry.direction === 'credit' ? '+' : '-'
    const at = new Date(entry.createdAtMs).toISOString()
    return `${String(entry.seq).padStart(6)}  ${at}  ${sign}${creditsText(entry.amountMicro)}  ${entry.model}  ${entry.counterparty}  ${entry.taskId}`
  })
  return [...lines, `balance: ${creditsText(balanceMicro)} credits`].join('\n')
}

function creditsText(micro: bigint): string {
  const digits = String(micro < 0n ? -micro : micro).padStart(7, '0')
  return `${micro < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}

function verificationText({ ok, entries, problems }: LedgerVerification): string {
  if (ok) return `The ledger is valid: ${entries} entries, every hash and signature recomputed`
  const lines = problems.map(
    (problem) => `  ${problem.seq === undefined ? 'ledger' : `entry ${problem.seq}`}: ${problem.message}`,
  )
  return ['The ledger is NOT valid:', ...lines].join('\n')
}

async function* noLines(): AsyncGenerator<string> {}
