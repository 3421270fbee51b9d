import { mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import envPaths from 'env-paths'
import { DriadError } from '../protocol/errors.ts'

/** Where everything of one identity is kept. Each path is a file in it, or a folder where the name says so. */
export interface DataFolder {
  readonly path: string
  readonly databasePath: string
  readonly ledgerAnchorPath: string
  readonly nodeLockPath: string
  /** Where a running node says how it is reached, for requesters of the same folder. */
  readonly runningNodePath: string
  /** Where a running node says from where it can be reached, for `driad network status`. */
  readonly reachabilityPath: string
  /** What the checks of a running node found, for `driad health`. */
  readonly healthPath: string
  /** The ports that the system chose the last time. */
  readonly keptPortsPath: string
  /** The last catalogue of models that was fetched, with its signature. */
  readonly cataloguePath: string
  readonly logsFolder: string
  /** Copies of the database, one a day. */
  readonly backupsFolder: string
  /** What became damaged, by the time when it was found. */
  readonly damagedFolder: string
  /** What was mended, and what is lost. */
  readonly recoveryNotesPath: string
  /** How the last runs of the node ended. */
  readonly runsPath: string
  /** Where statements of what requesters owe go, and their settlements come in. */
  readonly statementsFolder: string
  /** What is remembered of updates of the program, and what they need meanwhile. */
  readonly updatesFolder: string
  /** Where downloaded models go. */
  readonly modelsFolder: string
}

/** The person's own folder for this program's data, where no other is asked for. */
export function defaultDataFolder(): string {
  return envPaths('driad', { suffix: '' }).data
}

/** Makes the folder if it is missing, for this user alone. Throws `bad_usage` where that cannot be done. */
export function openDataFolder(path: string = defaultDataFolder()): DataFolder {
  const folder = resolvedFolder(path)
  try {
    makeFolder(folder)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DriadError('bad_usage', `The data folder ${folder} cannot be used: ${reason}`, { cause })
  }
  return dataFolderAt(folder)
}

/** For what makes sense only where there is something already: a mistyped path is not made. Throws `bad_usage`. */
export function existingDataFolder(path: string = defaultDataFolder()): DataFolder {
  const folder = resolvedFolder(path)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new DriadError(
      'bad_usage',
      `There is no data folder ${folder}. Check --data-dir, or start a node there once`,
    )
  }
  return dataFolderAt(folder)
}

function resolvedFolder(path: string): string {
  // Resolved, it would be the working directory, and fill that with files that nobody asked for.
  if (path === '') throw new DriadError('bad_usage', 'The data folder has no name: give its path')
  return resolve(path)
}

function dataFolderAt(folder: string): DataFolder {
  return {
    path: folder,
    databasePath: join(folder, 'driad.sqlite'),
    ledgerAnchorPath: join(folder, 'ledger.anchor'),
    nodeLockPath: join(folder, 'node.lock'),
    runningNodePath: join(folder, 'node.json'),
    reachabilityPath: join(folder, 'reachability.json'),
    healthPath: join(folder, 'health.json'),
    keptPortsPath: join(folder, 'ports.json'),
    cataloguePath: join(folder, 'catalogue.signed'),
    logsFolder: join(folder, 'logs'),
    backupsFolder: join(folder, 'backups'),
    damagedFolder: join(folder, 'damaged'),
    recoveryNotesPath: join(folder, 'recovery.json'),
    runsPath: join(folder, 'runs.json'),
    statementsFolder: join(folder, 'statements'),
    updatesFolder: join(folder, 'updates'),
    modelsFolder: join(folder, 'models'),
  }
}

/** Not `mkdirSync({ recursive: true })`: where the file system refuses with ENOENT, as /proc does, that never returns. */
function makeFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found?.isDirectory()) return
  if (found !== undefined) throw new Error('it is a file, not a folder')
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (cause) {
    // Another process of this folder may just have made it.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw cause
  }
}
