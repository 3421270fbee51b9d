import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'

/** SQLite's symbolic result code (`SQLITE_BUSY`, `SQLITE_CONSTRAINT_UNIQUE`...), if `error` carries one. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : undefined
}

/** True if somebody else holds the lock: worth another try. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_BUSY') ?? false
}

/**
 * Classifies what SQLite threw where a person can do something about it. Everything else (a violated constraint,
 * a mistake in SQL) is returned as it is: it is for the code that wrote the statement.
 */
export function storeError(error: unknown, path: string): unknown {
  const found = classify(error)
  if (found === undefined) return error
  return new DriadError(found.code, found.message(path), { cause: error })
}

interface Classified {
  readonly code: DriadErrorCode
  readonly message: (path: string) => string
}

function classify(error: unknown): Classified | undefined {
  const code = sqliteCode(error)
  if (code === undefined) return openFailure(error)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return {
      code: 'data_folder_in_use',
      message: (path) => `Another program is keeping ${path} locked. Close it, then try again`,
    }
  }
  if (code === 'SQLITE_FULL') {
    return { code: 'disk_full', message: (path) => `There is no room left to write ${path}. Free some space` }
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return { code: 'store_corrupt', message: corruptMessage }
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return {
      code: 'data_folder_unusable',
      message: (path) => `The disk reported an error on ${path}. Check the disk and the space left on it`,
    }
  }
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)/.test(code)) {
    return { code: 'data_folder_unusable', message: unusableMessage }
  }
  return undefined
}

/** Failures to open come from libsql itself, without SQLite's code as a field; the number ends the message. */
function openFailure(error: unknown): Classified | undefined {
  if (!(error instanceof Error) || !error.message.startsWith('ConnectionFailed(')) return undefined
  if (error.message.endsWith(': 26")') || error.message.endsWith(': 11")')) {
    return { code: 'store_corrupt', message: corruptMessage }
  }
  return { code: 'data_folder_unusable', message: unusableMessage }
}

/** What kept a file of the data folder from being written: that there is no room, or that this user may not. */
export function cannotWrite(path: string, cause: unknown): DriadError {
  if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new DriadError('disk_full', `There is no room left to write ${path}. Free some space`, { cause })
  }
  const message = `Cannot write ${path}. Check that you may write to its folder, or choose another data folder`
  return new DriadError('data_folder_unusable', message, { cause })
}

function unusableMessage(path: string): string {
  return `Cannot open ${path}. Check that the folder exists and that you may read and write it`
}

/** What to tell a person whose database is damaged. We never delete it: receipts in it may be recoverable. */
export function corruptMessage(path: string): string {
  return (
    `${path} is damaged or is not a Driad database. Nothing was changed. ` +
    'Start the node (the app, or driad start): it saves what can be read, takes the rest from a backup, and says what is lost'
  )
}
