import { chmodSync, rmSync } from 'node:fs'
import { DriadError } from '../../protocol/errors.ts'
import { Connection } from './connection.ts'
import { newestVersion } from './migrate.ts'
import { migrations } from './migrations/index.ts'

const BUSY_MS = 5_000

/**
 * Writes a copy of a database, whole as of one moment, beside whoever writes it. An older copy of that name is replaced.
 * Throws `disk_full`, `store_corrupt`, `data_folder_unusable`.
 */
export async function copyDatabase(path: string, target: string): Promise<void> {
  if (target.includes("'")) throw new DriadError('bad_usage', `${target} may hold no apostrophe`)
  rmSync(target, { force: true })
  const connection = new Connection({ path, readOnly: true, busyTimeoutMs: BUSY_MS })
  try {
    await connection.execAsync(`VACUUM INTO '${target}'`)
    chmodSync(target, 0o600)
  } finally {
    connection.close()
  }
}

/** The version of the schema that this program writes. */
export const ownSchema = newestVersion(migrations)
