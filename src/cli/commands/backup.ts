import type { Command } from 'commander'
import { type DataFolder, existingDataFolder } from '../../node/data-folder.ts'
import { publicKeyOfFolder } from '../../node/identity/load-identity.ts'
import { createLogger } from '../../node/logs/create-logger.ts'
import { type BackupFile, listBackups, makeBackup } from '../../node/recovery/backup-files.ts'
import { restoreBackup } from '../../node/recovery/recover-database.ts'
import { lossText } from '../../node/recovery/recovery-text.ts'
import { takeFolderLock } from '../../node/store/folder-lock.ts'
import { DriadError } from '../../protocol/errors.ts'
import { dataDirOption } from '../options.ts'
import type { CommandContext } from '../program.ts'

interface BackupFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

const MIB = 1024 * 1024

export function addBackupCommands(program: Command, context: CommandContext): void {
  const backup = program.command('backup').description('copies of the database: a node makes one a day')

  backup
    .command('list')
    .description('list the backups, the newest first')
    .addOption(dataDirOption())
    .action((flags: BackupFlags) => {
      const backups = listBackups(existingDataFolder(flags.dataDir))
      const text = backups.length === 0 ? 'There is no backup yet' : backups.map(lineOf).join('\n')
      context.output(flags).result(backups, text)
    })

  backup
    .command('now')
    .description('make one now, also while a node runs')
    .addOption(dataDirOption())
    .action(async (flags: BackupFlags) => {
      const folder = existingDataFolder(flags.dataDir)
      const made = await makeBackup({
        ...folder,
        publicKey: publicKeyOfFolder(folder.path),
        nowMs: Date.now(),
      })
      context.output(flags).result(made, `Made ${lineOf(made)}`)
    })

  backup
    .command('restore')
    .description(
      'put a backup in the place of the database, which is kept; the ledger keeps the entries of both. Not while anything uses the folder',
    )
    .argument('[name]', 'as driad backup list shows it; the newest where absent')
    .addOption(dataDirOption())
    .action(async (name: string | undefined, flags: BackupFlags) => {
      const folder = existingDataFolder(flags.dataDir)
      const chosen = name ?? listBackups(folder)[0]?.name
      if (chosen === undefined) throw new DriadError('bad_usage', 'There is no backup yet')
      const note = await restore(folder, chosen)
      const kept = note.keptPath === undefined ? '' : `\nThe database that was there lies in ${note.keptPath}`
      context
        .output(flags)
        .result(note, `${chosen} is in the place of the database. ${lossText(note)}${kept}`)
    })
}

async function restore(folder: DataFolder, name: string) {
  const lock = takeFolderLock(folder.nodeLockPath)
  const logs = createLogger({ level: 'error', destinations: { stderr: 'pretty' } })
  try {
    const publicKey = publicKeyOfFolder(folder.path)
    return await restoreBackup({ folder, publicKey, logger: logs.logger, name })
  } finally {
    await logs.close()
    lock.release()
  }
}

function lineOf({ name, sizeBytes, madeAtMs }: BackupFile): string {
  return `${name}  ${(sizeBytes / MIB).toFixed(1)} MiB  ${ageText(Date.now() - madeAtMs)}`
}

function ageText(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  if (hours < 1) return 'made within the hour'
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`
}
