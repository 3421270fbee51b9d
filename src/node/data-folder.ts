import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
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
  /** The ports that the system chose the last time. */
  readonly keptPortsPath: string
  readonly logsFolder: string
}

/** The person's own folder for this program's data, where no other is asked for. */
export function defaultDataFolder(): string {
  return envPaths('driad', { suffix: '' }).data
}

/** Makes the folder if it is missing, for this user alone. Throws `bad_usage` where that cannot be done. */
export function openDataFolder(path: string = defaultDataFolder()): DataFolder {
  const folder = resolve(path)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DriadError('bad_usage', `The data folder ${folder} cannot be used: ${reason}`, { cause })
  }
  return {
    path: folder,
    databasePath: join(folder, 'driad.sqlite'),
    ledgerAnchorPath: join(folder, 'ledger.anchor'),
    nodeLockPath: join(folder, 'node.lock'),
    runningNodePath: join(folder, 'node.json'),
    keptPortsPath: join(folder, 'ports.json'),
    logsFolder: join(folder, 'logs'),
  }
}
